import { add, divide, isNumeric, multiply, type Numeric, negate, power, sign, subtract, toInt } from './decimal.ts';
import { DayTimeDuration, FeelDate, FeelDateTime, FeelTime, YearMonthDuration } from './temporal.ts';
import { classOf, FeelError, isError, type Value } from './values.ts';

/** Arithmetic as feel-scala has it; what does not go together is an error, which the caller turns into null. */
type Operation = (a: Value, b: Value) => Value;

const DAY_MS = 86_400_000;
const impossible = new FeelError('operands do not go together');

const checked =
  (operation: Operation): Operation =>
  (a, b) =>
    isError(a) ? a : isError(b) ? b : operation(a, b);

const isMoment = (value: Value): value is FeelDate | FeelTime | FeelDateTime =>
  value instanceof FeelDate || value instanceof FeelTime || value instanceof FeelDateTime;

function plus(a: Value, b: Value): Value {
  if (isNumeric(a)) return isNumeric(b) ? add(a, b) : impossible;
  if (typeof a === 'string') return typeof b === 'string' ? a + b : impossible;
  if (a instanceof DayTimeDuration && b instanceof DayTimeDuration) return new DayTimeDuration(a.millis + b.millis);
  if (a instanceof YearMonthDuration && b instanceof YearMonthDuration)
    return new YearMonthDuration(a.months + b.months);
  if (isMoment(a)) return moved(a, b, 1);
  return isMoment(b) ? moved(b, a, 1) : impossible;
}

function minus(a: Value, b: Value): Value {
  if (isNumeric(a)) return isNumeric(b) ? subtract(a, b) : impossible;
  if (isMoment(a) && isMoment(b)) return classOf(a) === classOf(b) ? between(a, b) : impossible;
  if (a instanceof DayTimeDuration && b instanceof DayTimeDuration) return new DayTimeDuration(a.millis - b.millis);
  if (a instanceof YearMonthDuration && b instanceof YearMonthDuration)
    return new YearMonthDuration(a.months - b.months);
  return isMoment(a) ? moved(a, b, -1) : impossible;
}

function between(a: FeelDate | FeelTime | FeelDateTime, b: Value): DayTimeDuration {
  if (a instanceof FeelDate) return new DayTimeDuration((a.day - (b as FeelDate).day) * DAY_MS);
  if (a instanceof FeelDateTime) return new DayTimeDuration(a.instant - (b as FeelDateTime).instant);
  const difference = a.utc - (b as FeelTime).utc;
  // Between two times with a zone the distance has no direction.
  return new DayTimeDuration(a.zone ? Math.abs(difference) : difference);
}

function moved(value: FeelDate | FeelTime | FeelDateTime, duration: Value, direction: 1 | -1): Value {
  if (duration instanceof YearMonthDuration)
    return value instanceof FeelTime ? impossible : value.plusMonths(direction * duration.months);
  if (!(duration instanceof DayTimeDuration)) return impossible;
  const millis = direction * duration.millis;
  if (value instanceof FeelDateTime) return value.plusMillis(millis);
  if (value instanceof FeelDate) return new FeelDate(value.day + Math.floor(millis / DAY_MS));
  return new FeelTime((((value.millis + millis) % DAY_MS) + DAY_MS) % DAY_MS, value.zone);
}

function times(a: Value, b: Value): Value {
  if (isNumeric(a) && isNumeric(b)) return multiply(a, b);
  const [duration, factor] = isNumeric(a) ? [b, a] : [a, b];
  if (!isNumeric(factor)) return impossible;
  if (duration instanceof DayTimeDuration) return new DayTimeDuration(duration.millis * toInt(factor));
  return duration instanceof YearMonthDuration ? new YearMonthDuration(duration.months * toInt(factor)) : impossible;
}

function over(a: Value, b: Value): Value {
  if (isNumeric(b)) {
    if (sign(b) === 0) return impossible;
    if (isNumeric(a)) return divide(a, b);
    if (a instanceof DayTimeDuration) return new DayTimeDuration(toInt(divide(a.millis, b)));
    return a instanceof YearMonthDuration ? new YearMonthDuration(toInt(divide(a.months, b))) : impossible;
  }
  // Between durations Java divides whole numbers.
  if (a instanceof DayTimeDuration && b instanceof DayTimeDuration && b.millis !== 0)
    return Math.trunc(a.millis / b.millis) || 0;
  if (a instanceof YearMonthDuration && b instanceof YearMonthDuration && b.months !== 0)
    return Math.trunc(a.months / b.months) || 0;
  return impossible;
}

export const arithmetic: Record<'+' | '-' | '*' | '/' | '**', Operation> = {
  '+': checked(plus),
  '-': checked(minus),
  '*': checked(times),
  '/': checked(over),
  '**': checked((a, b) => (isNumeric(a) && isNumeric(b) ? power(a, b) : impossible)),
};

export const negateValue = (value: Value): Value =>
  isError(value) ? value : isNumeric(value) ? negate(value as Numeric) : impossible;
