import {
  absolute,
  compare,
  fromDouble,
  isNumeric,
  modulo,
  type Numeric,
  type Rounding,
  remainder,
  roundTo,
  sign,
  toInt,
  toNumber,
} from '../decimal.ts';
import { DayTimeDuration, YearMonthDuration } from '../temporal.ts';
import { FeelError, type Value } from '../values.ts';
import { define, type Functions, forms, isText } from './define.ts';

const onNumber = (run: (value: Numeric) => Value) =>
  define(['number'], ([value]) => (isNumeric(value) ? run(value) : undefined));

const scaled =
  (mode: Rounding) =>
  ([value, scale]: Value[]): Value | undefined =>
    isNumeric(value) && isNumeric(scale) ? roundTo(value, toInt(scale), mode) : undefined;
const whole =
  (mode: Rounding) =>
  ([value]: Value[]): Value | undefined =>
    isNumeric(value) ? roundTo(value, 0, mode) : undefined;

const MODES: Record<string, Rounding> = {
  UP: 'up',
  DOWN: 'down',
  CEILING: 'ceiling',
  FLOOR: 'floor',
  HALF_UP: 'half up',
  HALF_DOWN: 'half down',
  HALF_EVEN: 'half even',
};

function decimalWithMode([value, scale, mode]: Value[]): Value | undefined {
  if (!isNumeric(value) || !isNumeric(scale) || !isText(mode)) return undefined;
  const found = MODES[mode.toUpperCase()];
  if (found) return roundTo(value, toInt(scale), found);
  // Java's UNNECESSARY: rounding would be an error.
  if (mode.toUpperCase() !== 'UNNECESSARY') return new FeelError(`Illegal argument '${mode}' for rounding mode`);
  const rounded = roundTo(value, toInt(scale), 'down');
  return compare(rounded, value) === 0 ? rounded : new FeelError('Rounding necessary');
}

const magnitude = ([value]: Value[]): Value | undefined => {
  if (isNumeric(value)) return absolute(value);
  if (value instanceof DayTimeDuration) return new DayTimeDuration(Math.abs(value.millis));
  return value instanceof YearMonthDuration ? new YearMonthDuration(Math.abs(value.months)) : undefined;
};

export const numberFunctions: Functions = {
  decimal: [define(['n', 'scale'], scaled('half even')), define(['n', 'scale', 'mode'], decimalWithMode)],
  floor: [define(['n'], whole('floor')), define(['n', 'scala'], scaled('floor'))],
  ceiling: [define(['n'], whole('ceiling')), define(['n', 'scale'], scaled('ceiling'))],
  'round up': [define(['n', 'scale'], scaled('up'))],
  'round down': [define(['n', 'scale'], scaled('down'))],
  'round half up': [define(['n', 'scale'], scaled('half up'))],
  'round half down': [define(['n', 'scala'], scaled('half down'))],
  abs: forms([['number'], ['n']], magnitude),
  modulo: [define(['dividend', 'divisor'], ([a, b]) => (isNumeric(a) && isNumeric(b) ? modulo(a, b) : undefined))],
  sqrt: [onNumber((value) => (sign(value) < 0 ? null : fromDouble(Math.sqrt(toNumber(value)))))],
  log: [onNumber((value) => fromDouble(Math.log(toNumber(value))))],
  exp: [onNumber((value) => fromDouble(Math.exp(toNumber(value))))],
  odd: [onNumber((value) => compare(remainder(absolute(value), 2), 1) === 0)],
  even: [onNumber((value) => sign(remainder(value, 2)) === 0)],
  'random number': [define([], () => fromDouble(Math.random()))],
};
