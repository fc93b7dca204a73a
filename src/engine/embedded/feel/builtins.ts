import {
  compare,
  divide,
  fromDouble,
  isNumeric,
  modulo,
  multiply,
  type Numeric,
  parseDecimal,
  add as plus,
  type Rounding,
  roundTo,
  subtract,
  toInteger,
  toNumber,
} from './decimal.ts';
import {
  DayTimeDuration,
  daysInMonth,
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
} from './temporal.ts';
import { Context, equal, FeelFunction, order, Range, type Scope, toText, type Value } from './values.ts';

/** The functions of feel-scala 1.17. Wrong arguments give null, never an error; only `assert` fails. */
type Builtin = (args: Value[], scope: Scope) => Value;

/** `assert(value, condition[, cause])` did not hold: the expression fails. */
export class AssertionFailed extends Error {}

const DAY_MS = 86_400_000;
const isText = (value: Value | undefined): value is string => typeof value === 'string';
const isList = (value: Value | undefined): value is Value[] => Array.isArray(value);
const letters = (text: string) => [...text];

/** `f(list)` or `f(a, b, c)`. */
const spread = (args: Value[]): Value[] | null => {
  if (args.length !== 1) return args;
  const only = args[0] ?? null;
  return isList(only) ? only : only === null ? null : [only];
};

function numbersOf(args: Value[]): Numeric[] | null {
  const list = spread(args);
  return list?.every(isNumeric) ? (list as Numeric[]) : null;
}

function extreme(args: Value[], wanted: number): Value {
  const list = spread(args);
  if (!list || list.length === 0) return null;
  let best: Value = list[0] ?? null;
  for (const item of list.slice(1)) {
    const comparison = order(item, best);
    if (comparison === null) return null;
    if (comparison === wanted) best = item;
  }
  return best;
}

const sum = (list: Numeric[]): Numeric => list.reduce((total, item) => plus(total, item), 0 as Numeric);

function median(list: Numeric[]): Value {
  const sorted = [...list].sort(compare);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)]! : divide(plus(sorted[middle - 1]!, sorted[middle]!), 2);
}

function stddev(list: Numeric[]): Value {
  if (list.length < 2) return null;
  const mean = divide(sum(list), list.length)!;
  const squares = list.map((item) => multiply(subtract(item, mean), subtract(item, mean)));
  return fromDouble(Math.sqrt(toNumber(divide(sum(squares), list.length - 1)!)));
}

function mode(list: Value[]): Value {
  const groups: { value: Value; count: number }[] = [];
  for (const item of list) {
    const known = groups.find((group) => equal(group.value, item) === true);
    if (known) known.count += 1;
    else groups.push({ value: item, count: 1 });
  }
  const most = Math.max(0, ...groups.map((group) => group.count));
  return groups
    .filter((group) => group.count === most)
    .map((group) => group.value)
    .sort((a, b) => order(a, b) ?? 0);
}

const distinct = (list: Value[]): Value[] =>
  list.filter((item, index) => list.findIndex((other) => same(other, item)) === index);
const same = (a: Value, b: Value) => equal(a, b) === true;
const flatten = (list: Value[]): Value[] => list.flatMap((item) => (isList(item) ? flatten(item) : [item]));

/** From a 1-based position that may count from the end; null when it is 0. */
function offsetOf(length: number, position: Value): number | null {
  if (!isNumeric(position)) return null;
  const whole = toInteger(position);
  if (whole === null || whole === 0) return null;
  return whole > 0 ? whole - 1 : Math.max(0, length + whole);
}

function cut<T>(items: T[], start: Value, length: Value | undefined): T[] | null {
  const from = offsetOf(items.length, start);
  if (from === null) return null;
  if (length === undefined) return items.slice(from);
  if (!isNumeric(length)) return null;
  return items.slice(from, from + (toInteger(length) ?? 0));
}

function regex(pattern: Value, flags: Value | undefined, extra = ''): RegExp | null {
  if (!isText(pattern) || (flags !== undefined && !isText(flags))) return null;
  let jsFlags = extra;
  for (const flag of isText(flags) ? flags : '') {
    if ('ims'.includes(flag)) jsFlags += flag;
    else if (flag !== 'x') return null;
  }
  try {
    return new RegExp(pattern, `${jsFlags}u`);
  } catch {
    try {
      return new RegExp(pattern, jsFlags);
    } catch {
      return null;
    }
  }
}

function toDateParts(args: Value[]): Value {
  if (args.length === 3 && args.every(isNumeric)) {
    const day = epochDay(...(args.map((part) => toInteger(part as Numeric) ?? 0) as [number, number, number]));
    return day === null ? null : new FeelDate(day);
  }
  const [value] = args;
  if (args.length !== 1) return null;
  if (isText(value)) return parseDate(value);
  if (value instanceof FeelDateTime) return value.date;
  return value instanceof FeelDate ? value : null;
}

function toTime(args: Value[]): Value {
  const [value, minute, second, offset] = args;
  if (args.length === 1) {
    if (isText(value)) return parseTime(value);
    if (value instanceof FeelDateTime)
      return new FeelTime(
        value.millis,
        value.zone && { offset: value.zone.offset, ...(value.zone.region ? { region: value.zone.region } : {}) },
      );
    return value instanceof FeelTime ? value : null;
  }
  if (!isNumeric(value!) || !isNumeric(minute!) || !isNumeric(second!)) return null;
  const [h, m, s] = [toNumber(value), toNumber(minute), toNumber(second)];
  if (h < 0 || h > 23 || m < 0 || m > 59 || s < 0 || s >= 60) return null;
  const zone = offset instanceof DayTimeDuration ? { offset: offset.millis / 1000 } : null;
  return new FeelTime(h * 3600_000 + m * 60_000 + Math.floor(s * 1000), zone);
}

function toDateTime(args: Value[]): Value {
  const [value, time] = args;
  if (args.length === 1) {
    if (isText(value)) return parseDateTime(value) ?? dateAtMidnight(value);
    return value instanceof FeelDateTime ? value : null;
  }
  if (isText(time)) {
    if (!(value instanceof FeelDateTime)) return null;
    const zone = parseZone(time, value.local);
    return zone && FeelDateTime.ofInstant(value.instant, zone);
  }
  const date = value instanceof FeelDateTime ? value.date : value;
  return date instanceof FeelDate && time instanceof FeelTime ? new FeelDateTime(date, time.millis, time.zone) : null;
}

const dateAtMidnight = (text: string): Value => {
  const date = parseDate(text);
  return date && new FeelDateTime(date, 0, null);
};

function monthsBetween(from: Value, to: Value): Value {
  const [a, b] = [from, to].map((value) => (value instanceof FeelDateTime ? value.date : value));
  if (!(a instanceof FeelDate) || !(b instanceof FeelDate)) return null;
  let months = (b.year - a.year) * 12 + b.month - a.month;
  if (months > 0 && b.dayOfMonth < a.dayOfMonth) months -= 1;
  if (months < 0 && b.dayOfMonth > a.dayOfMonth) months += 1;
  return new YearMonthDuration(months);
}

const dateOf = (value: Value): FeelDate | null =>
  value instanceof FeelDate ? value : value instanceof FeelDateTime ? value.date : null;

function weekOfYear(date: FeelDate): number {
  const thursday = date.day - date.weekday + 4;
  const year = new FeelDate(thursday).year;
  return Math.floor((thursday - epochDay(year, 1, 1)!) / 7) + 1;
}

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

const rounding =
  (rule: Rounding): Builtin =>
  ([value, places]) =>
    isNumeric(value ?? null) && (places === undefined || isNumeric(places))
      ? roundTo(value as Numeric, places === undefined ? 0 : (toInteger(places as Numeric) ?? 0), rule)
      : null;

const textTest =
  (test: (a: string, b: string) => Value): Builtin =>
  ([a, b]) =>
    isText(a) && isText(b) ? test(a, b) : null;

function toNumberValue(args: Value[]): Value {
  const [value, grouping, point] = args;
  if (isNumeric(value ?? null)) return value!;
  if (!isText(value)) return null;
  let text = value;
  if (grouping !== undefined && grouping !== null) {
    if (!isText(grouping) || !' .,'.includes(grouping)) return null;
    text = text.replaceAll(grouping, '');
  }
  if (point !== undefined && point !== null) {
    if (!isText(point) || !'.,'.includes(point) || point === grouping) return null;
    text = text.replace(point, '.');
  }
  return parseDecimal(text);
}

function put(target: Value, path: Value[], value: Value): Value {
  if (!(target instanceof Context) || path.length === 0 || !isText(path[0])) return null;
  const entries = new Map(target.entries);
  if (path.length === 1) entries.set(path[0], value);
  else {
    const inner = put(entries.get(path[0]) ?? new Context(), path.slice(1), value);
    if (inner === null) return null;
    entries.set(path[0], inner);
  }
  return new Context(entries);
}

function merge(args: Value[]): Value {
  const list = spread(args);
  if (!list?.every((item) => item instanceof Context)) return null;
  return new Context(new Map((list as Context[]).flatMap((item) => [...item.entries])));
}

function stringJoin([list, delimiter, prefix, suffix]: Value[]): Value {
  if (!isList(list) || !list.every((item) => item === null || isText(item))) return null;
  const joined = list.filter(isText).join(isText(delimiter) ? delimiter : '');
  return `${isText(prefix) ? prefix : ''}${joined}${isText(suffix) ? suffix : ''}`;
}

function extract([text, pattern, flags]: Value[]): Value {
  const expression = regex(pattern ?? null, flags, 'g');
  return isText(text) && expression ? [...text.matchAll(expression)].map((match) => match[0]) : null;
}

function replace([text, pattern, replacement, flags]: Value[]): Value {
  const expression = regex(pattern ?? null, flags, 'g');
  return isText(text) && isText(replacement) && expression
    ? text.replace(expression, replacement.replace(/\$(\d)/g, '$$$1'))
    : null;
}

/** Points and ranges: `before`, `after`, `meets`, ... */
const bounds = (value: Value) =>
  value instanceof Range
    ? { low: value.start, high: value.end, lowIn: value.includeStart, highIn: value.includeEnd }
    : { low: value, high: value, lowIn: true, highIn: true };

function rangeRelation(
  test: (a: ReturnType<typeof bounds>, b: ReturnType<typeof bounds>, cmp: (x: Value, y: Value) => number) => boolean,
): Builtin {
  return ([a, b]) => {
    if (a === undefined || b === undefined || a === null || b === null) return null;
    let unordered = false;
    const result = test(bounds(a), bounds(b), (x, y) => {
      const comparison = order(x, y);
      if (comparison === null) unordered = true;
      return comparison ?? 0;
    });
    return unordered ? null : result;
  };
}

const before = rangeRelation(
  (a, b, cmp) => cmp(a.high, b.low) < 0 || (cmp(a.high, b.low) === 0 && !(a.highIn && b.lowIn)),
);

const FUNCTIONS: Record<string, Builtin> = {
  not: ([value]) => (typeof value === 'boolean' ? !value : null),
  'is defined': ([value]) => value !== null && value !== undefined,
  'get or else': ([value, other]) => value ?? other ?? null,
  assert: ([value, condition, cause]) => {
    const holds = condition === undefined ? value !== null : condition === true;
    if (!holds) throw new AssertionFailed(isText(cause) ? cause : 'The condition is not fulfilled');
    return value ?? null;
  },
  // conversion
  string: ([value]) => (value === null || value === undefined ? null : toText(value)),
  number: toNumberValue,
  date: toDateParts,
  time: toTime,
  'date and time': toDateTime,
  duration: ([value]) =>
    isText(value)
      ? parseDuration(value)
      : value instanceof DayTimeDuration || value instanceof YearMonthDuration
        ? value
        : null,
  'years and months duration': ([from, to]) => monthsBetween(from ?? null, to ?? null),
  context: ([list]) => {
    if (!isList(list)) return null;
    const entries = new Map<string, Value>();
    for (const item of list) {
      const key = item instanceof Context ? item.get('key') : null;
      if (!(item instanceof Context) || !isText(key) || item.get('value') === undefined) return null;
      entries.set(key, item.get('value')!);
    }
    return new Context(entries);
  },
  // text
  'string length': ([text]) => (isText(text) ? letters(text).length : null),
  'upper case': ([text]) => (isText(text) ? text.toUpperCase() : null),
  'lower case': ([text]) => (isText(text) ? text.toLowerCase() : null),
  substring: ([text, start, length]) =>
    isText(text) ? (cut(letters(text), start ?? null, length)?.join('') ?? null) : null,
  'substring before': textTest((a, b) => (a.includes(b) ? a.slice(0, a.indexOf(b)) : '')),
  'substring after': textTest((a, b) => (b === '' ? a : a.includes(b) ? a.slice(a.indexOf(b) + b.length) : '')),
  contains: textTest((a, b) => a.includes(b)),
  'starts with': textTest((a, b) => a.startsWith(b)),
  'ends with': textTest((a, b) => a.endsWith(b)),
  matches: ([text, pattern, flags]) => {
    const expression = regex(pattern ?? null, flags);
    return isText(text) && expression ? expression.test(text) : null;
  },
  replace,
  split: ([text, pattern]) => {
    const expression = regex(pattern ?? null, undefined);
    return isText(text) && expression ? text.split(expression) : null;
  },
  extract,
  'string join': stringJoin,
  // numbers
  decimal: ([value, places]) => rounding('half even')([value ?? null, places ?? null], null as never),
  floor: rounding('floor'),
  ceiling: rounding('ceiling'),
  'round up': rounding('up'),
  'round down': rounding('down'),
  'round half up': rounding('half up'),
  'round half down': rounding('half down'),
  abs: ([value]) => {
    if (isNumeric(value ?? null)) return compare(value as Numeric, 0) < 0 ? subtract(0, value as Numeric) : value!;
    if (value instanceof DayTimeDuration) return new DayTimeDuration(Math.abs(value.millis));
    return value instanceof YearMonthDuration ? new YearMonthDuration(Math.abs(value.months)) : null;
  },
  modulo: ([a, b]) => (isNumeric(a ?? null) && isNumeric(b ?? null) ? modulo(a as Numeric, b as Numeric) : null),
  sqrt: ([value]) =>
    isNumeric(value ?? null) && compare(value as Numeric, 0) >= 0
      ? fromDouble(Math.sqrt(toNumber(value as Numeric)))
      : null,
  log: ([value]) =>
    isNumeric(value ?? null) && compare(value as Numeric, 0) > 0
      ? fromDouble(Math.log(toNumber(value as Numeric)))
      : null,
  exp: ([value]) => (isNumeric(value ?? null) ? fromDouble(Math.exp(toNumber(value as Numeric))) : null),
  odd: ([value]) => (isNumeric(value ?? null) ? Math.abs(toNumber(value as Numeric)) % 2 === 1 : null),
  even: ([value]) => (isNumeric(value ?? null) ? toNumber(value as Numeric) % 2 === 0 : null),
  'random number': () => fromDouble(Math.random()),
  // lists
  'list contains': ([list, item]) => (isList(list) ? list.some((other) => same(other, item ?? null)) : null),
  count: ([list]) => (isList(list) ? list.length : null),
  min: (args) => extreme(args, -1),
  max: (args) => extreme(args, 1),
  sum: (args) => {
    const list = numbersOf(args);
    return list && list.length > 0 ? sum(list) : null;
  },
  product: (args) => {
    const list = numbersOf(args);
    return list && list.length > 0 ? list.reduce((total, item) => multiply(total, item), 1 as Numeric) : null;
  },
  mean: (args) => {
    const list = numbersOf(args);
    return list && list.length > 0 ? divide(sum(list), list.length) : null;
  },
  median: (args) => {
    const list = numbersOf(args);
    return list && list.length > 0 ? median(list) : null;
  },
  stddev: (args) => {
    const list = numbersOf(args);
    return list && stddev(list);
  },
  mode: (args) => {
    const list = numbersOf(args);
    return list && mode(list);
  },
  all: (args) => quantify(args, false),
  any: (args) => quantify(args, true),
  and: (args) => quantify(args, false),
  or: (args) => quantify(args, true),
  sublist: ([list, start, length]) => (isList(list) ? cut(list, start ?? null, length) : null),
  append: ([list, ...items]) => (isList(list) ? [...list, ...items] : null),
  concatenate: (args) => (args.every(isList) ? (args as Value[][]).flat(1) : null),
  'insert before': ([list, position, item]) => {
    if (!isList(list)) return null;
    const at = offsetOf(list.length, position ?? null);
    return at === null ? null : [...list.slice(0, at), item ?? null, ...list.slice(at)];
  },
  remove: ([list, position]) => {
    if (!isList(list)) return null;
    const at = offsetOf(list.length, position ?? null);
    return at === null ? null : list.filter((_, index) => index !== at);
  },
  reverse: ([list]) => (isList(list) ? [...list].reverse() : null),
  'index of': ([list, item]) =>
    isList(list) ? list.flatMap((other, index) => (same(other, item ?? null) ? [index + 1] : [])) : null,
  union: (args) => (args.every(isList) ? distinct((args as Value[][]).flat(1)) : null),
  'distinct values': ([list]) => (isList(list) ? distinct(list) : null),
  'duplicate values': ([list]) =>
    isList(list) ? distinct(list).filter((item) => list.filter((other) => same(other, item)).length > 1) : null,
  flatten: ([list]) => (isList(list) ? flatten(list) : null),
  sort: ([list, precedes]) => {
    if (!isList(list)) return null;
    if (!(precedes instanceof FeelFunction)) return null;
    return [...list].sort((a, b) => (precedes.invoke([a, b]) === true ? -1 : precedes.invoke([b, a]) === true ? 1 : 0));
  },
  // contexts
  'get value': ([target, key]) => {
    if (!(target instanceof Context)) return null;
    if (isText(key)) return target.get(key) ?? null;
    if (!isList(key)) return null;
    let value: Value = target;
    for (const part of key) value = value instanceof Context && isText(part) ? (value.get(part) ?? null) : null;
    return value;
  },
  'get entries': ([target]) =>
    target instanceof Context
      ? [...target.entries].map(
          ([key, value]) =>
            new Context(
              new Map<string, Value>([
                ['key', key],
                ['value', value],
              ]),
            ),
        )
      : null,
  'context put': ([target, key, value]) => put(target ?? null, isList(key) ? key : [key ?? null], value ?? null),
  'context merge': merge,
  put: ([target, key, value]) => put(target ?? null, isList(key) ? key : [key ?? null], value ?? null),
  'put all': merge,
  // time
  now: (_, scope) => FeelDateTime.ofInstant(scope.now, { offset: 0, region: 'Etc/UTC' }),
  today: (_, scope) => new FeelDate(Math.floor(scope.now / DAY_MS)),
  'day of week': ([value]) => named(value, (date) => WEEKDAYS[date.weekday - 1]!),
  'day of year': ([value]) => named(value, (date) => date.day - epochDay(date.year, 1, 1)! + 1),
  'week of year': ([value]) => named(value, weekOfYear),
  'month of year': ([value]) => named(value, (date) => MONTHS[date.month - 1]!),
  'last day of month': ([value]) =>
    named(value, (date) => new FeelDate(epochDay(date.year, date.month, daysInMonth(date.year, date.month))!)),
  // Zeebe's own: a repeating interval for timers
  cycle: (args) => {
    const [repetitions, interval] = args.length === 1 ? [null, args[0] ?? null] : [args[0] ?? null, args[1] ?? null];
    if (!(interval instanceof DayTimeDuration || interval instanceof YearMonthDuration)) return null;
    if (repetitions === null) return `R/${interval.toString()}`;
    return isNumeric(repetitions) ? `R${toInteger(repetitions) ?? ''}/${interval.toString()}` : null;
  },
  // ranges
  before,
  after: ([a, b], scope) => before([b ?? null, a ?? null], scope),
  meets: rangeRelation((a, b, cmp) => a.highIn && b.lowIn && cmp(a.high, b.low) === 0),
  'met by': rangeRelation((a, b, cmp) => a.lowIn && b.highIn && cmp(a.low, b.high) === 0),
  overlaps: rangeRelation((a, b, cmp) => {
    const high = cmp(a.high, b.low);
    const low = cmp(a.low, b.high);
    return (high > 0 || (high === 0 && a.highIn && b.lowIn)) && (low < 0 || (low === 0 && a.lowIn && b.highIn));
  }),
  'overlaps before': rangeRelation(
    (a, b, cmp) =>
      (cmp(a.low, b.low) < 0 || (cmp(a.low, b.low) === 0 && a.lowIn && !b.lowIn)) &&
      (cmp(a.high, b.low) > 0 || (cmp(a.high, b.low) === 0 && a.highIn && b.lowIn)) &&
      (cmp(a.high, b.high) < 0 || (cmp(a.high, b.high) === 0 && (!a.highIn || b.highIn))),
  ),
  'overlaps after': rangeRelation(
    (a, b, cmp) =>
      (cmp(b.low, a.low) < 0 || (cmp(b.low, a.low) === 0 && b.lowIn && !a.lowIn)) &&
      (cmp(b.high, a.low) > 0 || (cmp(b.high, a.low) === 0 && b.highIn && a.lowIn)) &&
      (cmp(b.high, a.high) < 0 || (cmp(b.high, a.high) === 0 && (!b.highIn || a.highIn))),
  ),
  includes: rangeRelation((a, b, cmp) => inside(b, a, cmp)),
  during: rangeRelation((a, b, cmp) => inside(a, b, cmp)),
  starts: rangeRelation(
    (a, b, cmp) =>
      cmp(a.low, b.low) === 0 &&
      a.lowIn === b.lowIn &&
      (cmp(a.high, b.high) < 0 || (cmp(a.high, b.high) === 0 && (!a.highIn || b.highIn))),
  ),
  'started by': rangeRelation(
    (a, b, cmp) =>
      cmp(a.low, b.low) === 0 &&
      a.lowIn === b.lowIn &&
      (cmp(b.high, a.high) < 0 || (cmp(b.high, a.high) === 0 && (!b.highIn || a.highIn))),
  ),
  finishes: rangeRelation(
    (a, b, cmp) =>
      cmp(a.high, b.high) === 0 &&
      a.highIn === b.highIn &&
      (cmp(b.low, a.low) < 0 || (cmp(b.low, a.low) === 0 && (!a.lowIn || b.lowIn))),
  ),
  'finished by': rangeRelation(
    (a, b, cmp) =>
      cmp(a.high, b.high) === 0 &&
      a.highIn === b.highIn &&
      (cmp(a.low, b.low) < 0 || (cmp(a.low, b.low) === 0 && (!b.lowIn || a.lowIn))),
  ),
  coincides: rangeRelation(
    (a, b, cmp) => cmp(a.low, b.low) === 0 && cmp(a.high, b.high) === 0 && a.lowIn === b.lowIn && a.highIn === b.highIn,
  ),
};

function inside(
  inner: ReturnType<typeof bounds>,
  outer: ReturnType<typeof bounds>,
  cmp: (x: Value, y: Value) => number,
): boolean {
  const low = cmp(outer.low, inner.low);
  const high = cmp(inner.high, outer.high);
  return (
    (low < 0 || (low === 0 && (outer.lowIn || !inner.lowIn))) &&
    (high < 0 || (high === 0 && (outer.highIn || !inner.highIn)))
  );
}

function quantify(args: Value[], decisive: boolean): Value {
  const list = spread(args);
  if (!list) return null;
  if (list.includes(decisive)) return decisive;
  return list.every((item) => typeof item === 'boolean') ? !decisive : null;
}

function named(value: Value | undefined, read: (date: FeelDate) => Value): Value {
  const date = dateOf(value ?? null);
  return date && read(date);
}

/** Parameter names as feel-scala declares them; several forms of a function are alternatives. */
const PARAMETERS: Record<string, string[][]> = {
  not: [['negand']],
  'is defined': [['value']],
  'get or else': [['value', 'default']],
  assert: [['value', 'condition', 'cause']],
  string: [['from']],
  number: [['from', 'grouping separator', 'decimal separator']],
  date: [['from'], ['year', 'month', 'day']],
  time: [['from'], ['hour', 'minute', 'second', 'offset']],
  'date and time': [['from'], ['date', 'time'], ['date', 'timezone']],
  duration: [['from']],
  'years and months duration': [['from', 'to']],
  context: [['entries']],
  'string length': [['string']],
  'upper case': [['string']],
  'lower case': [['string']],
  substring: [['string', 'start position', 'length']],
  'substring before': [['string', 'match']],
  'substring after': [['string', 'match']],
  contains: [['string', 'match']],
  'starts with': [['string', 'match']],
  'ends with': [['string', 'match']],
  matches: [['input', 'pattern', 'flags']],
  replace: [['input', 'pattern', 'replacement', 'flags']],
  split: [['string', 'delimiter']],
  extract: [['input', 'pattern', 'flags']],
  'string join': [['list', 'delimiter', 'prefix', 'suffix']],
  decimal: [['n', 'scale']],
  floor: [['n', 'scale']],
  ceiling: [['n', 'scale']],
  'round up': [['n', 'scale']],
  'round down': [['n', 'scale']],
  'round half up': [['n', 'scale']],
  'round half down': [['n', 'scale']],
  abs: [['number'], ['n']],
  modulo: [['dividend', 'divisor']],
  sqrt: [['number']],
  log: [['number']],
  exp: [['number']],
  odd: [['number']],
  even: [['number']],
  'list contains': [['list', 'element']],
  count: [['list']],
  min: [['list']],
  max: [['list']],
  sum: [['list']],
  product: [['list']],
  mean: [['list']],
  median: [['list']],
  stddev: [['list']],
  mode: [['list']],
  all: [['list']],
  any: [['list']],
  sublist: [['list', 'start position', 'length']],
  append: [['list', 'item']],
  'insert before': [['list', 'position', 'newItem']],
  remove: [['list', 'position']],
  reverse: [['list']],
  'index of': [['list', 'match']],
  'distinct values': [['list']],
  'duplicate values': [['list']],
  flatten: [['list']],
  sort: [['list', 'precedes']],
  'get value': [
    ['context', 'key'],
    ['context', 'keys'],
    ['m', 'key'],
  ],
  'get entries': [['context'], ['m']],
  'context put': [
    ['context', 'key', 'value'],
    ['context', 'keys', 'value'],
  ],
  'context merge': [['contexts']],
  cycle: [['interval'], ['repetitions', 'interval']],
  'day of week': [['date']],
  'day of year': [['date']],
  'week of year': [['date']],
  'month of year': [['date']],
  'last day of month': [['date']],
};

/** Named arguments in the order of the function's parameters; null when no form of the function has these names. */
export function namedArguments(name: string, names: readonly string[], values: Value[]): Value[] | null {
  const form = PARAMETERS[name]?.find((parameters) => names.every((given) => parameters.includes(given)));
  if (!form) return null;
  const last = Math.max(...names.map((given) => form.indexOf(given)));
  return form.slice(0, last + 1).map((parameter) => values[names.indexOf(parameter)] ?? null);
}

/** These take any number of arguments. */
const VARIADIC = new Set(['min', 'max', 'sum', 'product', 'mean', 'median', 'stddev', 'mode', 'all', 'any', 'append']);

/** The function of that name; undefined when there is none. Called with more arguments than it has, it gives null. */
export function builtin(name: string): Builtin | undefined {
  if (!Object.hasOwn(FUNCTIONS, name)) return undefined;
  const run = FUNCTIONS[name]!;
  const forms = VARIADIC.has(name) ? undefined : PARAMETERS[name];
  if (!forms) return run;
  const most = Math.max(...forms.map((form) => form.length));
  return (args, scope) => (args.length > most ? null : run(args, scope));
}
