/** Working days: pure arithmetic over tables of ours, and the tables. */
export {
  Calendar,
  type CalendarData,
  type CalendarDay,
  type CalendarYear,
  type CountedDay,
  type DayKind,
  type DueDay,
  toLocalDate,
} from './calendar.ts';
export { addClosure, checkYear, loadCalendar, publishYear, seedCalendar, type YearFile } from './store-calendar.ts';
