/** Working days: pure arithmetic over tables of ours, and the tables. */
export {
  type ArrangedDay,
  arrangedDays,
  checkYear,
  differenceOf,
  missingHolidays,
  publishYear,
  type YearDifference,
  type YearFile,
} from './arrangement.ts';
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
export { addClosure, type Closure, listClosures, removeClosure } from './closures.ts';
export { type CalendarGap, calendarGaps } from './gaps.ts';
export { daysElsewhere, readArrangement } from './read-arrangement.ts';
export { readDay } from './read-day.ts';
export { calendarVersion, loadCalendar, seedCalendar, yearRecord } from './store-calendar.ts';
export { lockVersion } from './version.ts';
export { addHours, type Hours, listHours, type NewHours, removeHours } from './work-hours.ts';
