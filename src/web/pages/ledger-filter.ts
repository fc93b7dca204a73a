import type { Actor } from '../../kernel/actor.ts';
import { type Clock, shanghaiDate } from '../../kernel/clock.ts';
import type { Calendar } from '../../modules/calendar/index.ts';
import { CATEGORIES, CHANNELS, type DemandFilter, STATUSES, statusTitle } from '../../modules/demands/index.ts';
import { readDate } from '../../modules/forms/index.ts';
import type { OrgDirectory } from '../../modules/org/index.ts';
import { longDay } from '../format.ts';
import type { House } from '../house.ts';
import { textOf } from '../route.ts';
import { behindOf } from './statistics/behind.ts';

/** The conditions of the ledger as they stand in the address. */

export const TIMES: Record<string, string> = { overdue: '已逾期', today: '今日到期', soon: '临期' };
export const STATES: Record<string, string> = { open: '在办', closed: '已销号或作废' };
export const MARKS: Record<string, string> = {
  extended: '延期',
  joint: '联合',
  rework: '重办',
  restricted: '限定可见',
  duplicate: '疑似重复',
  up: '上报上级',
  down: '转交下级',
  provisional: '暂定期限',
};
const TEXTS = ['q', 'orgCode', 'channel', 'category', 'status', 'hostDepartment', 'time', 'state', 'tag'] as const;

/** Names of all conditions that can be kept and sent. */
export const LEDGER_CONDITIONS: readonly string[] = [...TEXTS, 'mark', 'from', 'to', 'mine', 'sort'];

export interface LedgerFilter {
  filter: DemandFilter;
  /** What is wrong with the conditions, by field. */
  problems: { field: string; message: string }[];
  /** The conditions as texts of an address, to link with. */
  query: Record<string, string>;
  /** Which number of the statistics the list stands behind. */
  behindWords?: string;
}

/** Adds the list behind a number, where the conditions name one that the person may see. */
export async function withNumber(house: House, actor: Actor, asked: LedgerFilter): Promise<LedgerFilter> {
  const behind = await behindOf(house, actor, asked.query.behind);
  return behind ? { ...asked, filter: { ...asked.filter, behind }, behindWords: behind.words } : asked;
}

/** Reads the conditions; a day that is none is named and kept as typed. Known codes only: another value finds nothing and says so in the condition line. */
export function ledgerFilter(source: Record<string, unknown>, actor: Actor, today: string): LedgerFilter {
  const filter: DemandFilter = {};
  const query: Record<string, string> = {};
  const problems: { field: string; message: string }[] = [];
  for (const key of TEXTS) {
    const value = textOf(source[key])?.replaceAll('\u0000', '').toWellFormed().slice(0, 100);
    if (value) {
      filter[key] = value;
      query[key] = value;
    }
  }
  const marks = [source.mark].flat().filter((mark): mark is string => typeof mark === 'string');
  const known = [...new Set(marks.flatMap((mark) => mark.split(',')))].filter((mark) => Object.hasOwn(MARKS, mark));
  if (known.length > 0) {
    filter.marks = known;
    query.mark = known.join(',');
  }
  for (const key of ['from', 'to'] as const) {
    const typed = textOf(source[key])?.slice(0, 40);
    if (!typed) continue;
    const read = readDate('date', typed, key === 'from' ? '“受理从”' : '“受理到”', today);
    query[key] = read.value;
    if ('problem' in read) problems.push({ field: key, message: read.problem });
    else filter[key] = read.value;
  }
  if (filter.from && filter.to && filter.from > filter.to)
    problems.push({ field: 'from', message: '开始日期晚于结束日期，请对调或改一个。' });
  const behind = textOf(source.behind)?.slice(0, 120);
  if (behind) query.behind = behind;
  if (textOf(source.mine)) {
    filter.registrar = actor.login;
    query.mine = '1';
  }
  if (textOf(source.sort) === 'due') {
    filter.sort = 'due';
    query.sort = 'due';
  }
  return { filter, problems, query };
}

/** The conditions in words, each with the address that drops it. */
export function conditionsInWords(
  { query, behindWords }: LedgerFilter,
  directory: OrgDirectory,
): { text: string; without: string }[] {
  const known = (list: Record<string, unknown>, value: string) => (Object.hasOwn(list, value) ? list[value] : value);
  const words: Record<string, (value: string) => string> = {
    q: (value) => `搜索“${value}”`,
    orgCode: (value) => `单位=${directory.bureau(value)?.shortName ?? value}`,
    channel: (value) => `渠道=${known(CHANNELS, value)}`,
    category: (value) => `类别=${known(CATEGORIES, value)}`,
    status: (value) => `状态=${statusTitle(value)}`,
    hostDepartment: (value) => `主办=${directory.department(value)?.name ?? value}`,
    time: (value) => String(known(TIMES, value)),
    state: (value) => String(known(STATES, value)),
    tag: (value) => `标签=${value}`,
    mark: (value) =>
      value
        .split(',')
        .map((mark) => MARKS[mark])
        .join('、'),
    from: (value) => `${dayOr(value)}起`,
    to: (value) => `到 ${dayOr(value)}`,
    mine: () => '我登记的',
    behind: () => `数字：${behindWords ?? '没有权限或写法不对，没有用上'}`,
  };
  return Object.entries(query)
    .filter(([key]) => Object.hasOwn(words, key))
    .map(([key, value]) => {
      const { [key]: _dropped, ...rest } = query;
      return { text: words[key]!(value), without: addressOf(rest) };
    });
}

const dayOr = (value: string): string => (/^\d{4}-\d{2}-\d{2}$/.test(value) ? longDay(value) : value);

export function addressOf(query: Record<string, string>, path = '/demands'): string {
  const text = new URLSearchParams(query).toString();
  return text ? `${path}?${text}` : path;
}

/** Until when “临期” reaches: the close of the next working day. */
export function pageTimes(clock: Clock, calendar: Calendar, orgCode: string): { now: Date; soon?: Date } {
  const now = clock.now();
  if (!calendar.year(Number(shanghaiDate(now).slice(0, 4)))) return { now };
  return { now, soon: calendar.addWorkingDays(now, 1, orgCode).dueAt };
}

export const statusOptions: Record<string, string> = Object.fromEntries(
  Object.entries(STATUSES).map(([code, { title }]) => [code, title]),
);
