import { isNumeric, type Numeric, parseDecimal, remainder, toInt, toNumber } from '../decimal.ts';
import {
  DayTimeDuration,
  epochDay,
  FeelDate,
  FeelDateTime,
  FeelTime,
  parseDate,
  parseDateTime,
  parseDuration,
  parseTime,
  parseZone,
  YearMonthDuration,
} from '../temporal.ts';
import { EvaluationAborted, FeelError, toText, type Value } from '../values.ts';
import { define, type Functions, isText } from './define.ts';

const readable = (value: Value | null, text: string): Value => value ?? new FeelError(`Failed to parse '${text}'`);

const dateFrom = ([from]: Value[]): Value | undefined => {
  if (isText(from)) return readable(parseDate(from), from);
  if (from instanceof FeelDateTime) return from.date;
  return from instanceof FeelDate ? from : undefined;
};

const dateOf = (parts: Value[]): Value | undefined => {
  if (!parts.every(isNumeric)) return undefined;
  const [year, month, day] = (parts as Numeric[]).map(toInt) as [number, number, number];
  const found = epochDay(year, month, day);
  return found === null ? new FeelError('Failed to parse date') : new FeelDate(found);
};

const timeFrom = ([from]: Value[]): Value | undefined => {
  if (isText(from)) return readable(parseTime(from), from);
  if (from instanceof FeelDateTime) return new FeelTime(from.millis, from.zone);
  return from instanceof FeelDate ? new FeelTime(0, { offset: 0 }) : undefined;
};

function timeOf([hour, minute, second, offset]: Value[]): Value | undefined {
  if (!isNumeric(hour) || !isNumeric(minute) || !isNumeric(second)) return undefined;
  if (offset !== undefined && offset !== null && !(offset instanceof DayTimeDuration)) return undefined;
  const [h, m, s] = [toInt(hour), toInt(minute), toInt(second)];
  const fraction = offset === null ? 0 : Math.floor(toNumber(remainder(second, 1)) * 1000);
  const valid = h >= 0 && h < 24 && m >= 0 && m < 60 && s >= 0 && s < 60 && fraction >= 0;
  if (!valid || (offset && Math.abs(offset.millis) > 18 * 3600_000)) return new FeelError('Failed to parse time');
  const zone = offset ? { offset: Math.trunc(offset.millis / 1000) } : null;
  return new FeelTime(h * 3600_000 + m * 60_000 + s * 1000 + fraction, zone);
}

const dateTimeFrom = ([from]: Value[]): Value | undefined => {
  if (!isText(from)) return undefined;
  const date = parseDate(from);
  return date ? new FeelDateTime(date, 0, null) : readable(parseDateTime(from), from);
};

function dateTimeOf([date, time]: Value[]): Value | undefined {
  if (isText(time)) {
    if (!(date instanceof FeelDateTime)) return undefined;
    const zone = parseZone(time, date.local);
    if (!zone) throw new EvaluationAborted(`Unknown time-zone ID: ${time}`);
    return date.zone ? FeelDateTime.ofInstant(date.instant, zone) : FeelDateTime.ofWallClock(date.local, zone);
  }
  const day = date instanceof FeelDateTime ? date.date : date;
  if (!(day instanceof FeelDate) || !(time instanceof FeelTime)) return undefined;
  const moment = new FeelDateTime(day, time.millis, time.zone);
  return time.zone?.region ? FeelDateTime.ofWallClock(moment.local, time.zone) : moment;
}

/** Full months from one day to the other, toward zero. */
function monthsBetween([from, to]: Value[]): Value | undefined {
  const [a, b] = [from, to].map((value) => (value instanceof FeelDateTime ? value.date : value));
  if (!(a instanceof FeelDate) || !(b instanceof FeelDate)) return undefined;
  let months = (b.year - a.year) * 12 + b.month - a.month;
  const days = b.dayOfMonth - a.dayOfMonth;
  if (months > 0 && days < 0) months -= 1;
  else if (months < 0 && days > 0) months += 1;
  return new YearMonthDuration(months);
}

const numberFrom = (text: string): Value => parseDecimal(text) ?? new FeelError(`Can't parse '${text}' as a number`);
const GROUPING = [' ', ',', '.'];
const POINT = [',', '.'];

function groupedNumber([from, grouping, point]: Value[]): Value | undefined {
  if (!isText(from)) return undefined;
  const given = (value: Value | undefined): value is string | null => value === null || isText(value);
  if (!given(grouping) || (point !== undefined && !given(point)) || (grouping === null && !isText(point)))
    return undefined;
  if (grouping !== null && !GROUPING.includes(grouping))
    return isText(point ?? grouping) ? new FeelError('grouping') : undefined;
  if (isText(point) && (!POINT.includes(point) || point === grouping))
    return grouping === null ? undefined : new FeelError('decimal separator');
  let text = grouping === null ? from : from.replaceAll(grouping, '');
  if (isText(point)) text = text.replaceAll(point, '.');
  return numberFrom(text);
}

export const conversionFunctions: Functions = {
  date: [define(['from'], dateFrom), define(['year', 'month', 'day'], dateOf)],
  'date and time': [define(['from'], dateTimeFrom), define(['date', 'time'], dateTimeOf)],
  time: [
    define(['from'], timeFrom),
    define(['hour', 'minute', 'second'], timeOf),
    define(['hour', 'minute', 'second', 'offset'], timeOf),
  ],
  number: [
    define(['from'], ([from]) => (isText(from) ? numberFrom(from) : undefined)),
    define(['from', 'grouping separator'], (args) => (isText(args[1]) ? groupedNumber(args) : undefined)),
    define(['from', 'grouping separator', 'decimal separator'], groupedNumber),
  ],
  string: [define(['from'], ([from]) => (from === null ? null : toText(from!, false)))],
  duration: [define(['from'], ([from]) => (isText(from) ? readable(parseDuration(from), from) : undefined))],
  'years and months duration': [define(['from', 'to'], monthsBetween)],
};
