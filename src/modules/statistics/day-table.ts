import type { Sql } from '../../db/sql.ts';
import type { Calendar } from '../deadlines/index.ts';
import { addDays } from './period.ts';

/** Working days as the database counts them: per day `[working seconds before, working days up to and including, opens, lunch from, lunch to, close]`. */
export type DayTable = Record<string, readonly number[]>;

const SECONDS = (time: string) => Number(time.slice(0, 2)) * 3600 + Number(time.slice(3, 5)) * 60;
/** What began earlier than this before a period is not asked for its working days. */
const BEFORE_DAYS = 400;
const AFTER_DAYS = 40;

interface HoursRow {
  from: string;
  opens: string;
  lunchFrom: string;
  lunchTo: string;
  close: string;
}

/** The table for a period, on the calendar and the hours of the whole city. A year nobody has entered is left out: what needs it is not counted as in time. */
export async function dayTable(sql: Sql, calendar: Calendar, period: { from: string; to: string }): Promise<DayTable> {
  const hours = await sql.query<HoursRow>(
    `select from_date::text as "from", coalesce(opens, '08:30') as opens, coalesce(lunch_from, '12:00') as "lunchFrom",
       coalesce(lunch_to, '14:00') as "lunchTo", close from work_hours
     where org_code is null order by from_date`,
  );
  const table: Record<string, number[]> = {};
  let [seconds, count] = [0, 0];
  const last = addDays(period.to, AFTER_DAYS);
  for (let day = addDays(period.from, -BEFORE_DAYS); day <= last; day = addDays(day, 1)) {
    if (!calendar.year(Number(day.slice(0, 4)))) continue;
    if (!calendar.isWorkday(day)) {
      table[day] = [seconds, count];
      continue;
    }
    count += 1;
    const valid = hours.filter((row) => row.from <= day).at(-1) ?? DEFAULT;
    const [opens, lunchFrom, lunchTo, close] = [valid.opens, valid.lunchFrom, valid.lunchTo, valid.close].map(
      SECONDS,
    ) as [number, number, number, number];
    table[day] = [seconds, count, opens, lunchFrom, lunchTo, close];
    seconds += lunchFrom - opens + (close - lunchTo);
  }
  return table;
}

const DEFAULT: HoursRow = { from: '', opens: '08:30', lunchFrom: '12:00', lunchTo: '14:00', close: '17:30' };

/** The number of each day as a list that begins with the first day: the quickest the database can look up. Days nobody has entered have none. */
export function dayNumbers(table: DayTable): { first: string; numbers: (number | null)[] } {
  const days = Object.keys(table).sort();
  const [first = '2000-01-01', last = first] = [days[0], days.at(-1)];
  const numbers: (number | null)[] = [];
  for (let day = first; day <= last; day = addDays(day, 1)) numbers.push(table[day]?.[1] ?? null);
  return { first, numbers };
}

/** Working days from one moment to another (the first day does not count), as SQL over the two parameters of `dayNumbers`. */
export const workingDaysSql = (from: string, to: string, days: { first: string; numbers: string }): string => {
  const number = (at: string) => `(${days.numbers})[(${at} at time zone 'Asia/Shanghai')::date - ${days.first} + 1]`;
  return `(${number(to)} - ${number(from)})`;
};
