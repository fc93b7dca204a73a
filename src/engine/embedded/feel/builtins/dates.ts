import { isNumeric, toInt } from '../decimal.ts';
import { DayTimeDuration, daysInMonth, epochDay, FeelDate, FeelDateTime, YearMonthDuration } from '../temporal.ts';
import type { Value } from '../values.ts';
import { define, type Functions } from './define.ts';

const WEEKDAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

const onDate = (read: (date: FeelDate) => Value) =>
  define(['date'], ([value]) => {
    const date = value instanceof FeelDateTime ? value.date : value;
    return date instanceof FeelDate ? read(date) : undefined;
  });

/** ISO: the week of the year its Thursday lies in. */
function weekOfYear(date: FeelDate): number {
  const thursday = date.day - date.weekday + 4;
  return Math.floor((thursday - epochDay(new FeelDate(thursday).year, 1, 1)!) / 7) + 1;
}

/** Zeebe's own: the text of a repeating timer. */
function cycle(repetitions: Value, interval: Value): Value | undefined {
  if (!(interval instanceof DayTimeDuration || interval instanceof YearMonthDuration)) return undefined;
  if (repetitions === null) return `R/${interval}`;
  return isNumeric(repetitions) ? `R${toInt(repetitions)}/${interval}` : undefined;
}

export const dateFunctions: Functions = {
  now: [define([], (_, now) => FeelDateTime.ofInstant(now, { offset: 0, region: 'Etc/UTC' }))],
  today: [define([], (_, now) => new FeelDate(Math.floor(now / 86_400_000)))],
  'day of year': [onDate((date) => date.day - epochDay(date.year, 1, 1)! + 1)],
  'day of week': [onDate((date) => WEEKDAYS[date.weekday - 1]!)],
  'month of year': [onDate((date) => MONTHS[date.month - 1]!)],
  'week of year': [onDate(weekOfYear)],
  'last day of month': [
    onDate((date) => new FeelDate(epochDay(date.year, date.month, daysInMonth(date.year, date.month))!)),
  ],
  cycle: [
    define(['repetitions', 'interval'], ([repetitions, interval]) => cycle(repetitions!, interval!)),
    define(['interval'], ([interval]) => cycle(null, interval!)),
  ],
};
