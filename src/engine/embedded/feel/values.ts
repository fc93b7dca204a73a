import type { Json } from '../../port.ts';
import {
  compare as compareNumbers,
  Decimal,
  fromNumber,
  isNumeric,
  isWhole,
  type Numeric,
  parseDecimal,
  toLong,
} from './decimal.ts';
import { DayTimeDuration, FeelDate, FeelDateTime, FeelTime, YearMonthDuration } from './temporal.ts';

/** A value of the expression language. */
export type Value =
  | null
  | boolean
  | Numeric
  | string
  | Value[]
  | Context
  | FeelDate
  | FeelTime
  | FeelDateTime
  | DayTimeDuration
  | YearMonthDuration
  | Range
  | FeelFunction
  | FeelError;

export class Context {
  readonly entries: Map<string, Value>;
  constructor(entries: Map<string, Value> = new Map()) {
    this.entries = entries;
  }
  get(name: string): Value | undefined {
    return this.entries.get(name);
  }
}

export class Range {
  readonly start: Value;
  readonly end: Value;
  readonly includeStart: boolean;
  readonly includeEnd: boolean;
  constructor(start: Value, end: Value, includeStart: boolean, includeEnd: boolean) {
    this.start = start;
    this.end = end;
    this.includeStart = includeStart;
    this.includeEnd = includeEnd;
  }
}

export class FeelFunction {
  readonly parameters: readonly string[];
  /** The last parameter takes all further arguments as a list. */
  readonly variadic: boolean;
  readonly invoke: (args: Value[], now: number) => Value;
  constructor(parameters: readonly string[], invoke: (args: Value[], now: number) => Value, variadic = false) {
    this.parameters = parameters;
    this.invoke = invoke;
    this.variadic = variadic;
  }
}

/** Something that has no value. Most operations turn it into null; what comes out as the result of the whole expression is a failure. */
export class FeelError {
  readonly message: string;
  /** Only inside a unary test there is an input `?`. */
  readonly fatal: boolean;
  constructor(message: string, fatal = false) {
    this.message = message;
    this.fatal = fatal;
  }
}

/** The expression as a whole fails: an incident, as in Zeebe. */
export class EvaluationAborted extends Error {}

export const isError = (value: Value): value is FeelError => value instanceof FeelError;

export type TypeName =
  | 'null'
  | 'boolean'
  | 'number'
  | 'string'
  | 'list'
  | 'context'
  | 'date'
  | 'time'
  | 'date and time'
  | 'days and time duration'
  | 'years and months duration'
  | 'range'
  | 'function'
  | 'error';

export function typeOf(value: Value): TypeName {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'string';
  if (isNumeric(value)) return 'number';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Context) return 'context';
  if (value instanceof FeelDate) return 'date';
  if (value instanceof FeelTime) return 'time';
  if (value instanceof FeelDateTime) return 'date and time';
  if (value instanceof DayTimeDuration) return 'days and time duration';
  if (value instanceof YearMonthDuration) return 'years and months duration';
  if (value instanceof Range) return 'range';
  return value instanceof FeelFunction ? 'function' : 'error';
}

/** Types that are compared with each other only among themselves: local times and zoned ones are two. */
export function classOf(value: Value): string {
  const local = (value instanceof FeelTime || value instanceof FeelDateTime) && !value.zone;
  return local ? `local ${typeOf(value)}` : typeOf(value);
}

/** Whole numbers beyond 2^53 are kept as raw JSON text, so that no digit is lost. */
const rawJson = JSON as unknown as { rawJSON(text: string): Json; isRawJSON(value: unknown): boolean };

/** JSON of a variable into a value. Text stays text: dates in variables are strings. */
export function fromJson(json: Json | undefined): Value {
  if (json === null || json === undefined) return null;
  if (typeof json === 'number') return fromNumber(json);
  if (typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(fromJson);
  if (rawJson.isRawJSON(json)) return parseDecimal((json as unknown as { rawJSON: string }).rawJSON);
  return new Context(new Map(Object.entries(json).map(([key, value]) => [key, fromJson(value)])));
}

function numberToJson(value: Decimal): Json {
  if (!isWhole(value)) {
    const double = value.toNumber();
    return Math.abs(double) > Number.MAX_SAFE_INTEGER ? rawJson.rawJSON(double.toExponential()) : double;
  }
  const long = toLong(value);
  const plain = Number(long);
  return Number.isSafeInteger(plain) ? plain : rawJson.rawJSON(String(long));
}

/** The form in which Zeebe stores a value as a variable. A function, range or error has none and becomes null. */
export function toJson(value: Value): Json {
  if (value === null || typeof value !== 'object') return value;
  if (value instanceof Decimal) return numberToJson(value);
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Context) {
    const object: { [key: string]: Json } = {};
    for (const [key, item] of value.entries)
      Object.defineProperty(object, key, { value: toJson(item), enumerable: true, configurable: true, writable: true });
    return object;
  }
  if (value instanceof Range || value instanceof FeelFunction || value instanceof FeelError) return null;
  return value.toString();
}

/** The text of `string()`. */
export function toText(value: Value, nested = true): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return nested ? `"${value}"` : value;
  if (typeof value !== 'object') return String(value);
  if (value instanceof FeelDateTime || value instanceof FeelTime || value instanceof DayTimeDuration)
    return value.toString(true);
  if (value instanceof YearMonthDuration) return value.toText();
  if (Array.isArray(value)) return `[${value.map((item) => toText(item)).join(', ')}]`;
  if (value instanceof Context)
    return `{${[...value.entries].map(([key, item]) => `${key}:${toText(item)}`).join(', ')}}`;
  if (value instanceof Range)
    return `${value.includeStart ? '[' : '('}${toText(value.start)}..${toText(value.end)}${value.includeEnd ? ']' : ')'}`;
  if (value instanceof FeelFunction) return `function(${value.parameters.join(', ')})`;
  if (value instanceof FeelError) return `${value.fatal ? 'fatal error' : 'error'}("${value.message}")`;
  return String(value);
}

const sameMoment = (x: FeelDateTime, y: FeelDateTime): boolean =>
  // java.time compares the wall clock, the offset and the zone, not the instant.
  x.local === y.local && x.zone?.offset === y.zone?.offset && x.zone?.region === y.zone?.region;
const sameTime = (x: FeelTime, y: FeelTime): boolean =>
  x.millis === y.millis && x.zone?.offset === y.zone?.offset && x.zone?.region === y.zone?.region;

/** FEEL's `=`: null when the types cannot be compared (null itself equals only null). */
export function equal(a: Value, b: Value): boolean | null {
  if (a === null || b === null) return a === b || (isError(a ?? b) && !((a ?? b) as FeelError).fatal);
  if (classOf(a) !== classOf(b)) return null;
  switch (typeOf(a)) {
    case 'list': {
      const [x, y] = [a as Value[], b as Value[]];
      return x.length === y.length && x.every((item, index) => equal(item, y[index]!) === true);
    }
    case 'context': {
      const [x, y] = [(a as Context).entries, (b as Context).entries];
      return x.size === y.size && [...x].every(([key, item]) => y.has(key) && equal(item, y.get(key)!) === true);
    }
    case 'range':
    case 'function':
    case 'error':
      return null;
    default:
      return identical(a, b);
  }
}

/** Scala's equality of two values: what `list contains` and `index of` go by. Two contexts are never the same. */
export function identical(a: Value, b: Value): boolean {
  if (a === b) return !(a instanceof Context);
  if (isNumeric(a)) return isNumeric(b) && compareNumbers(a, b) === 0;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (classOf(a) !== classOf(b)) return false;
  if (Array.isArray(a))
    return a.length === (b as Value[]).length && a.every((item, index) => identical(item, (b as Value[])[index]!));
  if (a instanceof FeelDate) return a.day === (b as FeelDate).day;
  if (a instanceof FeelTime) return sameTime(a, b as FeelTime);
  if (a instanceof FeelDateTime) return sameMoment(a, b as FeelDateTime);
  if (a instanceof DayTimeDuration) return a.millis === (b as DayTimeDuration).millis;
  if (a instanceof YearMonthDuration) return a.months === (b as YearMonthDuration).months;
  if (a instanceof Range) {
    const other = b as Range;
    return (
      a.includeStart === other.includeStart &&
      a.includeEnd === other.includeEnd &&
      identical(a.start, other.start) &&
      identical(a.end, other.end)
    );
  }
  return a instanceof FeelError && a.message === (b as FeelError).message;
}

/** Whether there is an order among such values at all. */
export function isComparable(value: Value): boolean {
  if (Array.isArray(value)) {
    const [first] = value;
    return first !== undefined && isComparable(first) && value.every((item) => classOf(item) === classOf(first));
  }
  return !['null', 'boolean', 'context', 'range', 'function', 'error'].includes(typeOf(value));
}

/** -1, 0, 1 for values of one ordered type; lists look comparable to Zeebe and then are not: a failure. */
export function order(a: Value, b: Value): number {
  if (isNumeric(a) && isNumeric(b)) return compareNumbers(a, b);
  if (typeof a === 'string' && typeof b === 'string') return a < b ? -1 : a > b ? 1 : 0;
  if (a instanceof FeelDate && b instanceof FeelDate) return Math.sign(a.day - b.day);
  if (a instanceof FeelDateTime && b instanceof FeelDateTime && classOf(a) === classOf(b)) {
    const moments = Math.sign(a.instant - b.instant);
    return moments || (sameMoment(a, b) ? 0 : Math.sign(a.local - b.local) || -1);
  }
  if (a instanceof FeelTime && b instanceof FeelTime && classOf(a) === classOf(b)) return Math.sign(a.utc - b.utc);
  if (a instanceof DayTimeDuration && b instanceof DayTimeDuration) return Math.sign(a.millis - b.millis);
  if (a instanceof YearMonthDuration && b instanceof YearMonthDuration) return Math.sign(a.months - b.months);
  throw new EvaluationAborted(`${toText(a)} can not be compared to ${toText(b)}`);
}

/** Where names are looked up: inner frames first, then the variables of the process. */
export interface Scope {
  lookup(name: string): Value | undefined;
  /** Functions an expression has defined as entries of a context. */
  functions(name: string): readonly FeelFunction[];
  readonly now: number;
}
