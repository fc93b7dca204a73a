import type { Sql } from '../../db/sql.ts';
import type { LocalDate } from '../../kernel/clock.ts';
import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { type DayKind, toLocalDate, type YearStatus } from './calendar.ts';
import { nextVersion } from './version.ts';

/** A year as it is imported: the shape of `data/calendar/<year>.json`. */
export interface YearFile {
  year: number;
  status: YearStatus;
  source: string;
  days: ArrangedDay[];
}
export interface ArrangedDay {
  date: LocalDate;
  kind: DayKind;
  name: string;
  orgCode?: string | null;
}

/** What an import would change of a year; temporary closures stand beside it and stay. */
export interface YearDifference {
  added: ArrangedDay[];
  removed: ArrangedDay[];
  /** The day was a holiday and becomes a workday, or the other way round. */
  turned: { date: LocalDate; from: DayKind; to: DayKind; name: string }[];
  unchanged: number;
}

/** Every wrong line is named with what is wrong and how to put it right. `lines` are the numbers people see, when they differ from the order. */
export function checkYear(file: YearFile, lines?: readonly number[]): void {
  const problems: FieldProblem[] = [];
  const seen = new Set<string>();
  for (const [index, day] of file.days.entries()) {
    const line = (message: string) =>
      problems.push({ pointer: `/days/${index}`, message: `第 ${lines?.[index] ?? index + 1} 行${message}` });
    try {
      if (!/^\d{4}-\d{2}-\d{2}$/.test(day.date)) throw new Error();
      toLocalDate(day.date);
    } catch {
      line(`“${day.date}”不是有效日期。请写成 ${file.year}-01-01 的样子。`);
      continue;
    }
    if (Number(day.date.slice(0, 4)) !== file.year)
      line(`“${day.date}”不在 ${file.year} 年。请改年份，或到那一年的日历里导入。`);
    if (seen.has(day.date)) line(`“${day.date}”重复。请只留一行。`);
    seen.add(day.date);
    if (!['HOLIDAY', 'MAKEUP_WORKDAY'].includes(day.kind)) line('的类型只能是放假或补班。');
    const weekday = new Date(`${day.date}T00:00:00Z`).getUTCDay();
    if (day.kind === 'MAKEUP_WORKDAY' && weekday !== 0 && weekday !== 6)
      line(`“${day.date}”是周一至周五，本来就上班，不用补班。`);
    if (!day.name?.trim()) line(`“${day.date}”没有写名称，例如“春节”。`);
  }
  if (file.days.length === 0)
    problems.push({ pointer: '/days', message: '没有读到任何日子。请粘贴放假通知的正文，或每行一个日子的表格。' });
  if (!file.source?.trim()) problems.push({ pointer: '/source', message: '“来源”还没有填写。请写明通知名称和文号。' });
  if (problems.length > 0) throw invalid(`放假安排有 ${problems.length} 处需要修改`, problems);
}

/** Statutory holidays (全国年节及纪念日放假办法): an arrangement without one of them is hardly whole. */
const STATUTORY = ['元旦', '春节', '清明节', '劳动节', '端午节', '中秋节', '国庆节'];

/** Statutory holidays an arrangement does not name; people are asked whether they pasted all of it. */
export const missingHolidays = (file: Pick<YearFile, 'days'>): string[] =>
  STATUTORY.filter((name) => !file.days.some((day) => day.kind === 'HOLIDAY' && day.name.includes(name)));

/** The holidays and make-up workdays of a year as they stand. */
export function arrangedDays(sql: Sql, year: number): Promise<ArrangedDay[]> {
  return sql.query<ArrangedDay>(
    `select date::text as date, kind, name from calendar_day
     where date >= make_date($1::int, 1, 1) and date <= make_date($1::int, 12, 31) and kind <> 'TEMP_CLOSURE' order by date`,
    [year],
  );
}

/** What would change; changes nothing. */
export function differenceOf(before: readonly ArrangedDay[], after: readonly ArrangedDay[]): YearDifference {
  const old = new Map(before.map((day) => [day.date, day]));
  const fresh = new Map(after.map((day) => [day.date, day]));
  const sorted = [...after].sort((a, b) => (a.date < b.date ? -1 : 1));
  return {
    added: sorted.filter((day) => !old.has(day.date)),
    removed: before.filter((day) => !fresh.has(day.date)),
    turned: sorted.flatMap((day) => {
      const was = old.get(day.date);
      return was && was.kind !== day.kind ? [{ date: day.date, from: was.kind, to: day.kind, name: day.name }] : [];
    }),
    unchanged: sorted.filter((day) => old.get(day.date)?.kind === day.kind).length,
  };
}

/** Replaces a year by a checked arrangement and raises the calendar version; clocks are moved by `deadlines`. */
export async function publishYear(tx: Sql, file: YearFile, by: { login: string; at: Date }): Promise<number> {
  checkYear(file);
  await tx.query(
    `delete from calendar_day where date >= make_date($1::int, 1, 1) and date <= make_date($1::int, 12, 31) and kind <> 'TEMP_CLOSURE'`,
    [file.year],
  );
  await writeYear(tx, file, by);
  return nextVersion(tx);
}

/** Writes the days of a year. */
export async function writeYear(tx: Sql, file: YearFile, by: { login: string; at?: Date }): Promise<void> {
  await tx.query(
    `insert into calendar_year (year, status, source, imported_by, imported_at) values ($1, $2, $3, $4, coalesce($5::timestamptz, now()))
     on conflict (year) do update set status = excluded.status, source = excluded.source, imported_by = excluded.imported_by, imported_at = excluded.imported_at`,
    [file.year, file.status, file.source, by.login, by.at?.toISOString() ?? null],
  );
  await tx.query(
    `insert into calendar_day (date, kind, name, org_code)
     select date::date, kind, name, org_code from jsonb_to_recordset($1::jsonb) as r(date text, kind text, name text, org_code text)
     on conflict do nothing`,
    [JSON.stringify(file.days.map(({ orgCode, ...day }) => ({ ...day, org_code: orgCode ?? null })))],
  );
}
