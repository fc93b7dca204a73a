import type { Actor } from '../../../kernel/actor.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { readDate } from '../../../modules/forms/index.ts';
import {
  monthOf,
  monthPeriod,
  type Period,
  quarterPeriod,
  rangePeriod,
  readPeriod,
  yearPeriod,
} from '../../../modules/statistics/index.ts';
import { textOf } from '../../route.ts';

/** What somebody wants to know, as it stands in the address. */
export interface Asked {
  period: Period;
  orgCode?: string;
  /** 不含剔除. */
  net: boolean;
  compare: boolean;
  problems: { field: string; message: string }[];
  /** As typed, for the form and for links. */
  query: Record<string, string>;
}

/** A county sees itself; the city any bureau or all of them. */
export const bureauFor = (actor: Actor, asked: string | undefined): string | undefined =>
  actor.bureauLevel === 'CITY' ? asked : actor.orgCode;

export function readAsked(
  source: Record<string, unknown>,
  actor: Actor,
  now: Date,
  bureaus: readonly { code: string }[],
): Asked {
  const today = shanghaiDate(now);
  const problems: Asked['problems'] = [];
  const query: Record<string, string> = {};
  const wanted = textOf(source.orgCode);
  const orgCode = bureauFor(actor, bureaus.some(({ code }) => code === wanted) ? wanted : undefined);
  if (orgCode && actor.bureauLevel === 'CITY') query.orgCode = orgCode;
  const days: Partial<Record<'from' | 'to', string>> = {};
  for (const [key, name] of [
    ['from', '“从”'],
    ['to', '“到”'],
  ] as const) {
    const typed = textOf(source[key])?.slice(0, 40);
    if (!typed) continue;
    const read = readDate('date', typed, name, today);
    query[key] = read.value;
    if ('problem' in read) problems.push({ field: key, message: read.problem });
    else days[key] = read.value;
  }
  if (days.from && days.to && days.from > days.to)
    problems.push({ field: 'from', message: '开始日期晚于结束日期，请对调或改一个。' });
  const key = textOf(source.period)?.slice(0, 30);
  const known = key ? readPeriod(key) : undefined;
  if (known && !query.from && !query.to) query.period = known.key;
  const free = problems.length === 0 && (days.from || days.to);
  const period = free
    ? rangePeriod(days.from ?? earliest(days.to!), days.to ?? later(days.from!, today))
    : (known ?? monthOf(now));
  const net = textOf(source.way) === 'net';
  if (net) query.way = 'net';
  const compare = textOf(source.compare) === '1';
  if (compare) query.compare = '1';
  return { period, ...(orgCode ? { orgCode } : {}), net, compare, problems, query };
}

/** Without a beginning the year of the end is meant; without an end, until today. */
const earliest = (to: string) => `${to.slice(0, 4)}-01-01`;
const later = (from: string, today: string) => (from > today ? from : today);

/** Periods to choose from: the months of a year back, the quarters, the years. */
export function periodChoices(now: Date): { title: string; periods: Period[] }[] {
  const today = shanghaiDate(now);
  const [year, month] = [Number(today.slice(0, 4)), Number(today.slice(5, 7))];
  const months = Array.from({ length: 13 }, (_, n) => {
    const at = year * 12 + month - 1 - n;
    return monthPeriod(Math.floor(at / 12), (at % 12) + 1);
  });
  const quarter = Math.ceil(month / 3);
  const quarters = Array.from({ length: 5 }, (_, n) => {
    const at = year * 4 + quarter - 1 - n;
    return quarterPeriod(Math.floor(at / 4), (at % 4) + 1);
  });
  return [
    { title: '月', periods: months },
    { title: '季度', periods: quarters },
    { title: '年', periods: [yearPeriod(year), yearPeriod(year - 1), yearPeriod(year - 2)] },
  ];
}
