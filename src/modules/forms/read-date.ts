import { narrow } from './plain-text.ts';

export type DateRead = { value: string } | { value: string; problem: string };

const two = (part: string): string => part.padStart(2, '0');
const DAY_MS = 86_400_000;

/**
 * Reads a date as people write it: `2026-11-23`, `20261123`, `2026年11月23日`, and without the year `11-23`, `1123`, `11月23日`, which is the one
 * nearest to today. With a time: `2026-11-23 09:12`, `11-23 9:12`, `1123 0912`; a time alone is today's.
 */
export function readDate(
  subtype: 'date' | 'time' | 'datetime',
  text: string,
  label: string,
  today: string | undefined,
): DateRead {
  const plain = narrow(text);
  if (subtype === 'time') {
    const time = readTime(plain);
    return time ? { value: time } : { value: text, problem: `${label}应当写成 时:分，例如 09:30。` };
  }
  const { day, rest } = splitDay(plain, subtype, today);
  if (!day)
    return {
      value: text,
      problem: `${label}应当写成 年-月-日${subtype === 'datetime' ? ' 时:分' : ''}，例如 2026-11-24${subtype === 'datetime' ? ' 09:30' : ''}。`,
    };
  if (day === 'no-year') return { value: text, problem: `${label}还缺年份，例如 2026-11-24。` };
  const real = new Date(`${day}T00:00:00Z`);
  if (Number.isNaN(+real) || real.toISOString().slice(0, 10) !== day)
    return { value: text, problem: `${label}里的日期 ${day} 不存在，请核对月份和日期。` };
  if (subtype === 'date')
    // A program may send an instant where a day is asked for; people who write more than a day are told.
    return rest === '' || /^T?\d{1,2}:\d{2}/.test(rest)
      ? { value: day }
      : { value: text, problem: `${label}应当写成 年-月-日，例如 2026-11-24。` };
  if (rest === '') return { value: text, problem: `${label}还缺时间，例如 ${day} 09:30。` };
  const offset = /(Z|[+-]\d{2}:?\d{2})$/.exec(rest)?.[1];
  const clock = rest.replace(/^T/, '').slice(0, offset ? -offset.length : undefined);
  const time = readTime(clock.replace(/(:\d{2}:\d{2})(\.\d+)?$/, (whole) => whole.slice(0, 3)));
  if (!time) return { value: text, problem: `${label}里的时间 ${clock.trim().slice(0, 20)} 不存在。` };
  return { value: `${day}T${time}:00${offset ?? '+08:00'}` };
}

/** The day at the front of the text, and what follows it. */
function splitDay(
  text: string,
  subtype: 'date' | 'datetime',
  today: string | undefined,
): { day: string | 'no-year' | undefined; rest: string } {
  const full =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?!\d)/.exec(text) ?? /^(\d{4})(\d{2})(\d{2})(?!\d)/.exec(text);
  if (full) return { day: `${full[1]}-${two(full[2]!)}-${two(full[3]!)}`, rest: text.slice(full[0].length).trim() };
  const short = /^(\d{1,2})[-/.月](\d{1,2})日?(?![\d:])/.exec(text) ?? /^(\d{2})(\d{2})(?!\d)/.exec(text);
  if (short) {
    const rest = text.slice(short[0].length).trim();
    return { day: today ? nearestDay(two(short[1]!), two(short[2]!), today) : 'no-year', rest };
  }
  if (subtype === 'datetime' && today && readTime(text)) return { day: today, rest: text };
  return { day: undefined, rest: text };
}

/** The day and month in the year that lies nearest to today: in late November, `01-05` is next January. */
function nearestDay(month: string, day: string, today: string): string {
  const year = Number(today.slice(0, 4));
  const distance = (candidate: string) =>
    Math.abs(Date.parse(`${candidate}T00:00:00Z`) - Date.parse(`${today}T00:00:00Z`)) / DAY_MS;
  const candidates = [year, year + 1, year - 1].map((y) => `${y}-${month}-${day}`).filter(isRealDay);
  return candidates.sort((a, b) => distance(a) - distance(b))[0] ?? `${year}-${month}-${day}`;
}

function isRealDay(day: string): boolean {
  const real = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(+real) && real.toISOString().slice(0, 10) === day;
}

function readTime(text: string): string | undefined {
  const match = /^(\d{1,2})[:时点](\d{2})分?$/.exec(text.trim()) ?? /^(\d{2})(\d{2})$/.exec(text.trim());
  if (!match || Number(match[1]) > 23 || Number(match[2]) > 59) return undefined;
  return `${two(match[1]!)}:${match[2]}`;
}
