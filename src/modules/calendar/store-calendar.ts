import type { Sql } from '../../db/sql.ts';
import type { LocalDate } from '../../kernel/clock.ts';
import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { Calendar, type CalendarDay, type DayKind, toLocalDate, type YearStatus } from './calendar.ts';

/** A year as it is imported: the shape of `data/calendar/<year>.json`. */
export interface YearFile {
  year: number;
  status: YearStatus;
  source: string;
  days: { date: LocalDate; kind: DayKind; name: string; orgCode?: string | null }[];
}

/** The calendar in force, with its version. */
export async function loadCalendar(sql: Sql): Promise<Calendar> {
  const [version] = await sql.query<{ version: number }>('select version from calendar_version where one');
  const years = await sql.query<any>('select year, status, source from calendar_year order by year');
  const days = await sql.query<any>('select date::text as date, kind, name, org_code from calendar_day order by date');
  const hours = await sql.query<any>('select org_code, from_date::text as from_date, close from work_hours');
  return new Calendar({
    version: version?.version ?? 0,
    years,
    days: days.map((day): CalendarDay => ({ date: day.date, kind: day.kind, name: day.name, orgCode: day.org_code })),
    hours: hours.map((row) => ({ orgCode: row.org_code, from: row.from_date, close: row.close })),
  });
}

/** Years that are missing are taken from the files; a year already there is never overwritten by a restart. */
export async function seedCalendar(tx: Sql, files: readonly YearFile[]): Promise<void> {
  const known = new Set((await tx.query<{ year: number }>('select year from calendar_year')).map((row) => row.year));
  const fresh = files.filter((file) => !known.has(file.year));
  for (const file of fresh) await writeYear(tx, file, 'seed');
  if (fresh.length > 0) await nextVersion(tx);
}

/** Replaces a year by a checked arrangement and raises the calendar version; open clocks are recomputed by the caller. */
export async function publishYear(tx: Sql, file: YearFile, by: string): Promise<number> {
  checkYear(file);
  await tx.query(
    `delete from calendar_day where date >= make_date($1, 1, 1) and date <= make_date($1, 12, 31) and kind <> 'TEMP_CLOSURE'`,
    [file.year],
  );
  await writeYear(tx, file, by);
  return nextVersion(tx);
}

/** A day off by surprise (台风、雪灾停班), for one bureau or all. */
export async function addClosure(
  tx: Sql,
  closure: { date: LocalDate; name: string; orgCode: string | null },
): Promise<number> {
  const date = toLocalDate(closure.date);
  if (!closure.name.trim())
    throw invalid('请写明停班原因', [{ pointer: '/name', message: '请写明停班原因，例如“台风停班”。' }]);
  await tx.query(
    `insert into calendar_day (date, kind, name, org_code) values ($1::date, 'TEMP_CLOSURE', $2, $3)
     on conflict (date, coalesce(org_code, '')) do update set kind = excluded.kind, name = excluded.name`,
    [date, closure.name.trim(), closure.orgCode],
  );
  return nextVersion(tx);
}

/** Every wrong line is named with what is wrong and how to put it right. */
export function checkYear(file: YearFile): void {
  const problems: FieldProblem[] = [];
  const seen = new Set<string>();
  for (const [index, day] of file.days.entries()) {
    const line = (message: string) =>
      problems.push({ pointer: `/days/${index}`, message: `第 ${index + 1} 行${message}` });
    try {
      toLocalDate(day.date);
    } catch {
      line(`“${day.date}”不是有效日期，请写成 ${file.year}-01-01 的样子。`);
      continue;
    }
    if (Number(day.date.slice(0, 4)) !== file.year) line(`“${day.date}”不在 ${file.year} 年。`);
    if (seen.has(day.date)) line(`“${day.date}”重复。`);
    seen.add(day.date);
    const weekday = new Date(`${day.date}T00:00:00Z`).getUTCDay();
    if (day.kind === 'MAKEUP_WORKDAY' && weekday !== 0 && weekday !== 6) line(`“${day.date}”是周一至周五，不用补班。`);
    if (!['HOLIDAY', 'MAKEUP_WORKDAY'].includes(day.kind)) line('类型只能是放假（HOLIDAY）或补班（MAKEUP_WORKDAY）。');
  }
  if (problems.length > 0) throw invalid(`放假安排有 ${problems.length} 处需要修改`, problems);
}

async function writeYear(tx: Sql, file: YearFile, by: string): Promise<void> {
  await tx.query(
    `insert into calendar_year (year, status, source, imported_by) values ($1, $2, $3, $4)
     on conflict (year) do update set status = excluded.status, source = excluded.source, imported_by = excluded.imported_by, imported_at = now()`,
    [file.year, file.status, file.source, by],
  );
  await tx.query(
    `insert into calendar_day (date, kind, name, org_code)
     select date::date, kind, name, org_code from jsonb_to_recordset($1::jsonb) as r(date text, kind text, name text, org_code text)
     on conflict (date, coalesce(org_code, '')) do nothing`,
    [JSON.stringify(file.days.map(({ orgCode, ...day }) => ({ ...day, org_code: orgCode ?? null })))],
  );
}

async function nextVersion(tx: Sql): Promise<number> {
  const [row] = await tx.query<{ version: number }>(
    'insert into calendar_version (one, version) values (true, 1) on conflict (one) do update set version = calendar_version.version + 1 returning version',
  );
  return row!.version;
}
