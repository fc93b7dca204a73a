import type { Json } from '../../port.ts';
import { compare as compareNumbers, Decimal, fromNumber, isNumeric, type Numeric } from './decimal.ts';
import { DayTimeDuration, FeelDate, FeelDateTime, FeelTime, YearMonthDuration } from './temporal.ts';

/** A value of the expression language. A context is a plain object without prototype or a `Map`-free JSON object. */
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
  | FeelFunction;

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
  contains(value: Value): boolean | null {
    const low = order(value, this.start);
    const high = order(value, this.end);
    if (low === null || high === null) return null;
    return (this.includeStart ? low >= 0 : low > 0) && (this.includeEnd ? high <= 0 : high < 0);
  }
}

export class FeelFunction {
  readonly parameters: readonly string[];
  readonly invoke: (args: Value[]) => Value;
  constructor(parameters: readonly string[], invoke: (args: Value[]) => Value) {
    this.parameters = parameters;
    this.invoke = invoke;
  }
}

export type TypeName =
  | 'null'
  | 'boolean'
  | 'number'
  | 'string'
  | 'list'
  | 'context'
  | 'date'
  | 'time'
  | 'date time'
  | 'days-time-duration'
  | 'years-months-duration'
  | 'range'
  | 'function';

export function typeOf(value: Value): TypeName {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'string';
  if (isNumeric(value)) return 'number';
  if (Array.isArray(value)) return 'list';
  if (value instanceof Context) return 'context';
  if (value instanceof FeelDate) return 'date';
  if (value instanceof FeelTime) return 'time';
  if (value instanceof FeelDateTime) return 'date time';
  if (value instanceof DayTimeDuration) return 'days-time-duration';
  if (value instanceof YearMonthDuration) return 'years-months-duration';
  if (value instanceof Range) return 'range';
  return 'function';
}

/** JSON of a variable into a value. Text stays text: dates in variables are strings. */
export function fromJson(json: Json | undefined): Value {
  if (json === null || json === undefined) return null;
  if (typeof json === 'number') return fromNumber(json);
  if (typeof json !== 'object') return json;
  if (Array.isArray(json)) return json.map(fromJson);
  return new Context(new Map(Object.entries(json).map(([key, value]) => [key, fromJson(value)])));
}

/** The form in which Zeebe stores a value as a variable. A function or range has none and becomes null. */
export function toJson(value: Value): Json {
  if (value === null || typeof value === 'boolean' || typeof value === 'string' || typeof value === 'number')
    return value;
  if (value instanceof Decimal) return value.toNumber();
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Context) {
    const object: { [key: string]: Json } = {};
    for (const [key, item] of value.entries)
      Object.defineProperty(object, key, { value: toJson(item), enumerable: true, configurable: true, writable: true });
    return object;
  }
  if (value instanceof Range || value instanceof FeelFunction) return null;
  return value.toString();
}

/** The text of `string()`; null where there is none. */
export function toText(value: Value, nested = false): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return nested ? `"${value}"` : value;
  if (value instanceof FeelDateTime) return value.toString(true);
  if (value instanceof FeelTime) return value.toString(true);
  if (value instanceof DayTimeDuration) return value.toString(true);
  if (Array.isArray(value)) return `[${value.map((item) => toText(item, true)).join(', ')}]`;
  if (value instanceof Context)
    return `{${[...value.entries].map(([key, item]) => `${key}:${toText(item, true)}`).join(', ')}}`;
  return String(value);
}

/** Equality; null when the types differ (null itself equals only null). */
export function equal(a: Value, b: Value): boolean | null {
  if (a === null || b === null) return a === b;
  const type = typeOf(a);
  if (type !== typeOf(b)) return null;
  switch (type) {
    case 'number':
      return compareNumbers(a as Numeric, b as Numeric) === 0;
    case 'boolean':
    case 'string':
      return a === b;
    case 'list': {
      const [x, y] = [a as Value[], b as Value[]];
      if (x.length !== y.length) return false;
      return x.every((item, index) => equal(item, y[index]!) === true);
    }
    case 'context': {
      const [x, y] = [(a as Context).entries, (b as Context).entries];
      if (x.size !== y.size) return false;
      return [...x].every(([key, item]) => y.has(key) && equal(item, y.get(key)!) === true);
    }
    case 'date time': {
      const [x, y] = [a as FeelDateTime, b as FeelDateTime];
      // java.time compares the wall clock and the offset, not the instant.
      return (
        x.local === y.local &&
        (x.zone === null) === (y.zone === null) &&
        x.zone?.offset === y.zone?.offset &&
        x.zone?.region === y.zone?.region
      );
    }
    case 'time': {
      const [x, y] = [a as FeelTime, b as FeelTime];
      return x.millis === y.millis && x.zone?.offset === y.zone?.offset;
    }
    case 'range': {
      const [x, y] = [a as Range, b as Range];
      return (
        x.includeStart === y.includeStart &&
        x.includeEnd === y.includeEnd &&
        equal(x.start, y.start) === true &&
        equal(x.end, y.end) === true
      );
    }
    case 'function':
      return a === b;
    default:
      return order(a, b) === 0;
  }
}

/** -1, 0, 1 for values of one ordered type; null for everything else. */
export function order(a: Value, b: Value): number | null {
  if (isNumeric(a)) return isNumeric(b) ? compareNumbers(a, b) : null;
  if (typeof a === 'string') return typeof b === 'string' ? (a < b ? -1 : a > b ? 1 : 0) : null;
  if (a instanceof FeelDate && b instanceof FeelDate) return Math.sign(a.day - b.day);
  if (a instanceof FeelDateTime && b instanceof FeelDateTime)
    return (a.zone === null) === (b.zone === null) ? Math.sign(a.instant - b.instant) : null;
  if (a instanceof FeelTime && b instanceof FeelTime) {
    if ((a.zone === null) !== (b.zone === null)) return null;
    return Math.sign(a.millis - (a.zone?.offset ?? 0) * 1000 - (b.millis - (b.zone?.offset ?? 0) * 1000));
  }
  if (a instanceof DayTimeDuration && b instanceof DayTimeDuration) return Math.sign(a.millis - b.millis);
  if (a instanceof YearMonthDuration && b instanceof YearMonthDuration) return Math.sign(a.months - b.months);
  return null;
}

/** Where names are looked up: inner frames first, then the variables of the process. */
export interface Scope {
  lookup(name: string): Value | undefined;
  readonly now: number;
}
