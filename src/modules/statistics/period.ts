import { shanghaiDate, shanghaiInstant } from '../../kernel/clock.ts';

/** A stretch of calendar days, both included. */
export interface Period {
  /** `2026-11`, `2026-Q4`, `2026`, or `2026-11-01..2026-11-23`. */
  key: string;
  kind: 'MONTH' | 'QUARTER' | 'YEAR' | 'RANGE' | 'WEEK';
  title: string;
  from: string;
  to: string;
}

const two = (n: number) => String(n).padStart(2, '0');
const lastDay = (year: number, month: number) => new Date(Date.UTC(year, month, 0)).getUTCDate();
/** A day, so many days later. */
export const addDays = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
const said = (day: string) => `${Number(day.slice(0, 4))}年${Number(day.slice(5, 7))}月${Number(day.slice(8))}日`;

export const monthPeriod = (year: number, month: number): Period => ({
  key: `${year}-${two(month)}`,
  kind: 'MONTH',
  title: `${year}年${month}月`,
  from: `${year}-${two(month)}-01`,
  to: `${year}-${two(month)}-${two(lastDay(year, month))}`,
});

export const quarterPeriod = (year: number, quarter: number): Period => ({
  key: `${year}-Q${quarter}`,
  kind: 'QUARTER',
  title: `${year}年第${'一二三四'[quarter - 1]}季度`,
  from: `${year}-${two(quarter * 3 - 2)}-01`,
  to: `${year}-${two(quarter * 3)}-${two(lastDay(year, quarter * 3))}`,
});

export const yearPeriod = (year: number): Period => ({
  key: String(year),
  kind: 'YEAR',
  title: `${year}年`,
  from: `${year}-01-01`,
  to: `${year}-12-31`,
});

/** Monday to Sunday of the week a day lies in. */
export function weekPeriod(day: string): Period {
  const weekday = (new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7;
  const from = addDays(day, -weekday);
  return { key: `W${from}`, kind: 'WEEK', title: `${said(from)}这一周`, from, to: addDays(from, 6) };
}

export const rangePeriod = (from: string, to: string): Period => ({
  key: `${from}..${to}`,
  kind: 'RANGE',
  title: from === to ? said(from) : `${said(from)}–${said(to)}`,
  from,
  to,
});

const isDay = (day: string) =>
  !Number.isNaN(Date.parse(`${day}T00:00:00Z`)) && new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) === day;

/** Reads a key; undefined when it is none. */
export function readPeriod(key: string): Period | undefined {
  const [, year, month, quarter] = /^(20\d\d)(?:-(0[1-9]|1[0-2])|-Q([1-4]))?$/.exec(key) ?? [];
  if (year && month) return monthPeriod(Number(year), Number(month));
  if (year && quarter) return quarterPeriod(Number(year), Number(quarter));
  if (year) return yearPeriod(Number(year));
  const [, monday] = /^W(20\d\d-\d\d-\d\d)$/.exec(key) ?? [];
  if (monday && isDay(monday)) return weekPeriod(monday);
  const [, from, to] = /^(20\d\d-\d\d-\d\d)\.\.(20\d\d-\d\d-\d\d)$/.exec(key) ?? [];
  return from && to && isDay(from) && isDay(to) && from <= to ? rangePeriod(from, to) : undefined;
}

/** The month a moment lies in. */
export const monthOf = (now: Date): Period => {
  const today = shanghaiDate(now);
  return monthPeriod(Number(today.slice(0, 4)), Number(today.slice(5, 7)));
};

/** The same stretch a year earlier (同比). 29 February compares with the 28th. */
export function yearBefore(period: Period): Period {
  const back = (day: string) => {
    const earlier = `${Number(day.slice(0, 4)) - 1}${day.slice(4)}`;
    return isDay(earlier) ? earlier : `${earlier.slice(0, 8)}28`;
  };
  const year = Number(period.from.slice(0, 4)) - 1;
  if (period.kind === 'MONTH') return monthPeriod(year, Number(period.from.slice(5, 7)));
  if (period.kind === 'QUARTER') return quarterPeriod(year, Math.ceil(Number(period.from.slice(5, 7)) / 3));
  if (period.kind === 'YEAR') return yearPeriod(year);
  return rangePeriod(back(period.from), back(period.to));
}

/** The stretch just before (环比). */
export function periodBefore(period: Period): Period {
  const day = addDays(period.from, -1);
  const [year, month] = [Number(day.slice(0, 4)), Number(day.slice(5, 7))];
  if (period.kind === 'MONTH') return monthPeriod(year, month);
  if (period.kind === 'QUARTER') return quarterPeriod(year, Math.ceil(month / 3));
  if (period.kind === 'YEAR') return yearPeriod(year);
  if (period.kind === 'WEEK') return weekPeriod(day);
  const days = (Date.parse(period.to) - Date.parse(period.from)) / 86_400_000;
  return rangePeriod(addDays(day, -days), day);
}

/** From the first instant to the one after the last. */
export const instantsOf = (period: Pick<Period, 'from' | 'to'>): { from: Date; until: Date } => ({
  from: shanghaiInstant(period.from),
  until: shanghaiInstant(addDays(period.to, 1)),
});
