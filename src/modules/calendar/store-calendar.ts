import type { Sql } from '../../db/sql.ts';
import { writeYear, type YearFile } from './arrangement.ts';
import { Calendar, type CalendarDay } from './calendar.ts';
import { nextVersion } from './version.ts';
import { type NewHours, writeHours } from './work-hours.ts';

/** The calendar in force, with its version. */
export async function loadCalendar(sql: Sql): Promise<Calendar> {
  const version = await calendarVersion(sql);
  const years = await sql.query<any>('select year, status, source from calendar_year order by year');
  const days = await sql.query<any>('select date::text as date, kind, name, org_code from calendar_day order by date');
  const hours = await sql.query<any>('select org_code, from_date::text as from_date, close from work_hours');
  return new Calendar({
    version,
    years,
    days: days.map((day): CalendarDay => ({ date: day.date, kind: day.kind, name: day.name, orgCode: day.org_code })),
    hours: hours.map((row) => ({ orgCode: row.org_code, from: row.from_date, close: row.close })),
  });
}

/** Years that are missing are taken from the files; a year already there is never overwritten by a restart, nor are working hours. */
export async function seedCalendar(
  tx: Sql,
  files: readonly YearFile[],
  hours: readonly NewHours[] = [],
): Promise<void> {
  const known = new Set((await tx.query<{ year: number }>('select year from calendar_year')).map((row) => row.year));
  const fresh = files.filter((file) => !known.has(file.year));
  for (const file of fresh) await writeYear(tx, file, { login: 'seed' });
  const [anyHours] = await tx.query('select 1 from work_hours limit 1');
  const freshHours = anyHours ? [] : hours;
  for (const entry of freshHours) await writeHours(tx, entry, 'seed');
  if (fresh.length + freshHours.length > 0) await nextVersion(tx);
}

/** Where a year stands. */
export async function yearRecord(
  sql: Sql,
  year: number,
): Promise<{ status: string; source: string; importedBy: string; importedAt: Date } | undefined> {
  const [row] = await sql.query<any>(
    'select status, source, imported_by, imported_at from calendar_year where year = $1',
    [year],
  );
  return row
    ? { status: row.status, source: row.source, importedBy: row.imported_by, importedAt: new Date(row.imported_at) }
    : undefined;
}

/** How often the calendar has changed; a loaded one is good as long as this stands still. */
export async function calendarVersion(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ version: number }>('select version from calendar_version where one');
  return row?.version ?? 0;
}
