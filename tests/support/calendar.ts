import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Calendar, type YearFile } from '../../src/modules/calendar/index.ts';

const folder = join(import.meta.dirname, '../../data/calendar');
/** The seed files of the product. */
export const yearFiles = [2025, 2026, 2027].map(
  (year) => JSON.parse(readFileSync(join(folder, `${year}.json`), 'utf8')) as YearFile,
);

export const seededCalendar = (): Calendar =>
  new Calendar({ version: 1, years: yearFiles, days: yearFiles.flatMap((year) => year.days), hours: [] });
