import { shanghaiDate } from '../../../kernel/clock.ts';
import { notFound } from '../../../kernel/errors.ts';
import { may } from '../../../modules/access/index.ts';
import {
  type ArrangedDay,
  type Calendar,
  type CalendarDay,
  listClosures,
  listHours,
  yearRecord,
} from '../../../modules/calendar/index.ts';
import { CALENDAR_SUBJECT } from '../../../modules/deadlines/index.ts';
import { eventTitle, searchHistory } from '../../../modules/history/index.ts';
import { format, longDay, shortDay } from '../../format.ts';
import type { House } from '../../house.ts';
import { type Ask, type Route, textOf } from '../../route.ts';
import { calendarBar, waitingYear } from './frame.ts';

/** The year that is asked for; the current one without. */
export function yearOf(asked: unknown, today: string): number {
  const year = Number(textOf(asked) ?? today.slice(0, 4));
  if (!Number.isInteger(year) || year < 2000 || year > 2100) throw notFound('没有这一年的日历。');
  return year;
}

const SIGNS: Record<CalendarDay['kind'], string> = { HOLIDAY: '休', MAKEUP_WORKDAY: '班', TEMP_CLOSURE: '停' };

/** P29: the year as twelve months, closures, working hours, and what has been changed. */
export function calendarPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/calendar',
      permission: 'calendar.read',
      scope: '全部',
      handle: (ask) => showCalendar(house, ask),
    },
  ];
}

async function showCalendar(house: House, { req, res, actor }: Ask): Promise<void> {
  const today = shanghaiDate(house.clock.now());
  const year = yearOf(req.query.year, today);
  const [calendar, directory] = await Promise.all([house.calendar(), house.directory()]);
  const bureaus = directory.bureaus();
  const orgCode = bureaus.find((bureau) => bureau.code === textOf(req.query.org))?.code ?? actor.orgCode;
  const nameOf = (code: string | null) => (code ? (directory.bureau(code)?.shortName ?? code) : '全市');
  const events = await searchHistory(house.sql, { ...CALENDAR_SUBJECT, limit: 12 });
  const record = await yearRecord(house.sql, year);
  const known = calendar.year(year) !== undefined;
  const hours = await listHours(house.sql);
  res.render('admin/calendar/year', {
    title: `${year} 年工作日历`,
    year,
    record: record
      ? {
          ...record,
          by:
            record.importedBy === 'seed'
              ? '随程序带来'
              : `${directory.user(record.importedBy)?.name ?? '操作员'}，${format.time(record.importedAt)}`,
        }
      : null,
    version: calendar.version,
    months: known ? monthsOf(calendar, year, orgCode, today) : [],
    tally: known ? tallyOf(calendar, year, orgCode) : null,
    bureaus,
    orgCode,
    closures: (await listClosures(house.sql, year)).map((closure) => ({
      ...closure,
      where: nameOf(closure.orgCode),
      dayText: longDay(closure.date),
      open: closure.date >= today,
    })),
    hours: hours.map((item) => ({
      ...item,
      where: nameOf(item.orgCode),
      fromText: longDay(item.from),
      state: item.from > today ? 'COMING' : isInForce(hours, item, today) ? 'CURRENT' : 'PAST',
    })),
    events: events.map((event) => ({
      at: event.occurredAt,
      who: event.actorName,
      what: eventTitle(event.type),
      text: saidOf(event.type, event.payload, nameOf),
    })),
    edit: may(actor, 'calendar.edit'),
    done: doneText(req.query),
    waiting: await waitingYear(house, year),
    bar: await calendarBar(house),
  });
}

/** Months as rows of weeks, Monday first, with blanks where the month has no day. */
function monthsOf(calendar: Calendar, year: number, orgCode: string, today: string) {
  return Array.from({ length: 12 }, (_, index) => {
    const month = index + 1;
    const first = new Date(Date.UTC(year, index, 1));
    const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
    const cells: (ReturnType<typeof cellOf> | null)[] = Array.from({ length: (first.getUTCDay() + 6) % 7 }, () => null);
    for (let day = 1; day <= count; day += 1) {
      const date = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
      cells.push(cellOf(calendar, date, orgCode, today));
    }
    while (cells.length % 7 !== 0) cells.push(null);
    const weeks = Array.from({ length: cells.length / 7 }, (_week, week) => cells.slice(week * 7, week * 7 + 7));
    return { title: `${month}月`, weeks };
  });
}

function cellOf(calendar: Calendar, date: string, orgCode: string, today: string) {
  const exception = calendar.exception(date, orgCode);
  const works = calendar.isWorkday(date, orgCode);
  return {
    number: Number(date.slice(8)),
    sign: exception ? SIGNS[exception.kind] : '',
    name: exception?.name ?? (works ? '' : '周末'),
    works,
    today: date === today,
  };
}

function tallyOf(calendar: Calendar, year: number, orgCode: string) {
  const tally = { work: 0, holidays: 0, makeup: 0, closures: 0 };
  for (let time = Date.UTC(year, 0, 1); time < Date.UTC(year + 1, 0, 1); time += 86_400_000) {
    const date = new Date(time).toISOString().slice(0, 10);
    if (calendar.isWorkday(date, orgCode)) tally.work += 1;
    const kind = calendar.exception(date, orgCode)?.kind;
    if (kind === 'HOLIDAY') tally.holidays += 1;
    if (kind === 'MAKEUP_WORKDAY') tally.makeup += 1;
    if (kind === 'TEMP_CLOSURE') tally.closures += 1;
  }
  return tally;
}

const isInForce = (
  all: { id: string; orgCode: string | null; from: string }[],
  item: { id: string; orgCode: string | null },
  today: string,
) => all.find((other) => other.orgCode === item.orgCode && other.from <= today)?.id === item.id;

/** One sentence per change, from what the event kept. */
function saidOf(type: string, payload: Record<string, any>, nameOf: (code: string | null) => string): string {
  const moved = `${payload.moved} 个在走的期限重算`;
  if (type === 'calendar.published')
    return `${payload.year} 年：增加 ${payload.added.length} 天，减少 ${payload.removed.length} 天，改变 ${payload.turned.length} 天；${moved}。原因：${payload.reason}`;
  if (type.startsWith('calendar.closure'))
    return `${nameOf(payload.orgCode)} ${payload.date} ${payload.name}；${moved}。`;
  return `${nameOf(payload.orgCode)} ${payload.from} 起${payload.name}，${payload.close} 下班；${moved}。`;
}

/** What has just been done; only a known word and a number travel in the address. */
function doneText(query: Record<string, unknown>): string | null {
  const moved = Number(textOf(query.moved));
  const words: Record<string, string> = {
    closed: '停班已登记',
    reopened: '停班已撤销',
    hours: '作息已保存',
    'hours-removed': '作息已撤销',
  };
  const word = words[textOf(query.done) ?? ''];
  if (!word || !Number.isInteger(moved)) return null;
  return `${word}。${moved > 0 ? `${moved} 个在走的期限已重算，每件都记了原因。` : '没有期限因此改变。'}`;
}

/** Days in words for a preview: runs of days are joined. */
export function daysInWords(days: readonly Pick<ArrangedDay, 'date' | 'name'>[]): { text: string; name: string }[] {
  const runs: { from: string; to: string; name: string }[] = [];
  for (const day of days) {
    const last = runs[runs.length - 1];
    const next = last && new Date(Date.parse(`${last.to}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
    if (last && last.name === day.name && next === day.date) last.to = day.date;
    else runs.push({ from: day.date, to: day.date, name: day.name });
  }
  return runs.map((run) => ({
    text: run.from === run.to ? shortDay(run.from) : `${shortDay(run.from)}–${shortDay(run.to)}`,
    name: run.name,
  }));
}
