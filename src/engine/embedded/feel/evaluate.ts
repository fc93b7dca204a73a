import type { Node, TemporalType } from './ast.ts';
import { builtins, functionNamed } from './builtins/index.ts';
import { add, compare, isNumeric, type Numeric, sign, toInt } from './decimal.ts';
import { arithmetic, negateValue } from './operators.ts';
import {
  DayTimeDuration,
  type FeelDate,
  FeelDateTime,
  type FeelTime,
  parseDate,
  parseDateTime,
  parseDuration,
  parseTime,
  type YearMonthDuration,
} from './temporal.ts';
import {
  Context,
  classOf,
  EvaluationAborted,
  equal,
  FeelError,
  FeelFunction,
  identical,
  isComparable,
  isError,
  order,
  Range,
  type Scope,
  typeOf,
  type Value,
} from './values.ts';

/** A compiled node: no tree is walked at run time. */
export type Compiled = (scope: Scope) => Value;

const INPUT = 'cellInput';
const LONGEST_COUNT = 1_000_000;

/** Long on purpose: one case per kind of node, each a line or a call. */
export function compile(node: Node): Compiled {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'temporal': {
      const value = readTemporal(node.type, node.text);
      return () => value;
    }
    case 'name': {
      const { name } = node;
      return (scope) => scope.lookup(name) ?? null;
    }
    case 'input':
      return (scope) =>
        scope.lookup('?') ?? new FeelError("No input value available. '?' is used outside a test.", true);
    case 'path': {
      const target = compile(node.target);
      const { name } = node;
      return (scope) => property(target(scope), name);
    }
    case 'filter':
      return compileFilter(compile(node.target), node.filter);
    case 'call':
      return compileCall(node);
    case 'negate': {
      const operand = compile(node.operand);
      return (scope) => orNull(negateValue(operand(scope)));
    }
    case 'arithmetic': {
      const [left, right] = [compile(node.left), compile(node.right)];
      const operation = arithmetic[node.operator];
      return (scope) => orNull(operation(left(scope), right(scope)));
    }
    case 'compare': {
      const [left, right] = [compile(node.left), compile(node.right)];
      const test = COMPARE[node.operator];
      return (scope) => test(left(scope), right(scope));
    }
    case 'not': {
      const operand = compile(node.operand);
      return (scope) => {
        const value = booleanOrNull(operand(scope));
        return typeof value === 'boolean' ? !value : value;
      };
    }
    case 'in': {
      const [value, test] = [compile(node.value), compile(node.test)];
      return (scope) => {
        const item = value(scope);
        return isError(item) ? item : test(frame(scope, { [INPUT]: item }));
      };
    }
    case 'testCompare': {
      const operand = compile(node.operand);
      const test = COMPARE[node.operator];
      return (scope) => test(scope.lookup(INPUT) ?? null, operand(scope));
    }
    case 'testRange': {
      const [start, end] = [compile(node.range.start), compile(node.range.end)];
      const { includeStart, includeEnd } = node.range;
      return (scope) => inRange(scope.lookup(INPUT) ?? null, start(scope), end(scope), includeStart, includeEnd);
    }
    case 'testExpression': {
      const operand = compile(node.operand);
      return (scope) => testAgainst(operand, scope);
    }
    case 'testAny': {
      const tests = node.tests.map(compile);
      return (scope) =>
        decide(
          tests.map((test) => () => test(scope)),
          true,
        );
    }
    case 'range': {
      const [start, end] = [compile(node.start), compile(node.end)];
      return (scope) => makeRange(start(scope), end(scope), node.includeStart, node.includeEnd);
    }
    case 'and':
    case 'or': {
      const [left, right] = [compile(node.left), compile(node.right)];
      const decisive = node.kind === 'or';
      return (scope) => decide([() => left(scope), () => right(scope)], decisive);
    }
    case 'if': {
      const [condition, then, otherwise] = [compile(node.condition), compile(node.then), compile(node.otherwise)];
      return (scope) => {
        const met = condition(scope);
        if (isError(met) && met.fatal) return met;
        return met === true ? then(scope) : otherwise(scope);
      };
    }
    case 'for':
      return compileFor(node.iterators, compile(node.body));
    case 'some':
    case 'every': {
      const body = compile(node.body);
      const frames = compileIterators(node.iterators);
      const decisive = node.kind === 'some';
      return (scope) => {
        const all = frames(scope);
        return all
          ? orNull(
              decide(
                all.map((names) => () => body(frame(scope, names))),
                decisive,
              ),
            )
          : null;
      };
    }
    case 'count': {
      const [start, end] = [compile(node.start), compile(node.end)];
      return (scope) => countBetween(start(scope), end(scope));
    }
    case 'list': {
      const items = node.items.map(compile);
      return (scope) => collect(items, (item) => item(scope));
    }
    case 'context':
      return compileContext(node.entries);
    case 'function': {
      const body = compile(node.body);
      const { parameters } = node;
      return (scope) =>
        new FeelFunction(parameters, (args) =>
          body(frame(scope, Object.fromEntries(parameters.map((name, index) => [name, args[index] ?? null])))),
        );
    }
    case 'instanceOf': {
      const value = compile(node.value);
      return (scope) => isInstance(value(scope), node.type);
    }
  }
}

const orNull = (value: Value): Value => (isError(value) && !value.fatal ? null : value);

/** A scope with some names in front of another. */
export function frame(outer: Scope, names: Record<string, Value>): Scope {
  return {
    now: outer.now,
    functions: outer.functions,
    lookup: (name) => (Object.hasOwn(names, name) ? names[name] : outer.lookup(name)),
  };
}

/** All items, or the first error among them. */
function collect<T>(items: readonly T[], read: (item: T) => Value): Value {
  const values: Value[] = [];
  for (const item of items) {
    const value = read(item);
    if (isError(value)) return new FeelError(value.message);
    values.push(value);
  }
  return values;
}

// ---- truth ---------------------------------------------------------------------------------------------------

const booleanOrNull = (value: Value): Value =>
  typeof value === 'boolean' ? value : isError(value) && value.fatal ? value : null;

/** `or` and `some` are decided by the first true, `and` and `every` by the first false; anything that is no boolean leaves null. */
function decide(items: readonly (() => Value)[], decisive: boolean): Value {
  let result: Value = !decisive;
  for (const item of items) {
    const value = booleanOrNull(item());
    if (value === decisive || isError(value)) return value;
    if (value === null) result = null;
  }
  return result;
}

type Binary = (a: Value, b: Value) => Value;
const withBoth =
  (test: Binary): Binary =>
  (a, b) =>
    isError(a) ? a : isError(b) ? b : test(a, b);
const ordered = (test: (comparison: number) => boolean): Binary =>
  withBoth((a, b) => (isComparable(a) && isComparable(b) && classOf(a) === classOf(b) ? test(order(a, b)) : null));

const COMPARE: Record<'=' | '<' | '<=' | '>' | '>=', Binary> = {
  '=': withBoth(equal),
  '<': ordered((n) => n < 0),
  '<=': ordered((n) => n <= 0),
  '>': ordered((n) => n > 0),
  '>=': ordered((n) => n >= 0),
};

function inRange(item: Value, start: Value, end: Value, includeStart: boolean, includeEnd: boolean): Value {
  if (isError(item)) return item;
  if (![item, start, end].every((value) => isComparable(value) && classOf(value) === classOf(item))) return null;
  const [low, high] = [order(item, start), order(item, end)];
  return (includeStart ? low >= 0 : low > 0) && (includeEnd ? high <= 0 : high < 0);
}

/** An expression as a test: it is true, it holds the input, or it is the input. */
function testAgainst(operand: Compiled, scope: Scope): Value {
  const input = scope.lookup(INPUT) ?? null;
  const value = operand(scope);
  if (isError(value) && value.fatal) {
    const answer = operand(frame(scope, { '?': input }));
    return typeof answer === 'boolean' ? answer : null;
  }
  if (value === true) return true;
  if (Array.isArray(value) && value.some((item) => identical(item, input))) return true;
  const same = COMPARE['='](input, value);
  if (same === true) return true;
  return same === null && !Array.isArray(value) ? null : false;
}

function makeRange(start: Value, end: Value, includeStart: boolean, includeEnd: boolean): Value {
  if (isError(start)) return start;
  if (isError(end)) return end;
  const point = isComparable(start) && typeof start !== 'string' && !Array.isArray(start);
  return point && classOf(start) === classOf(end)
    ? new Range(start, end, includeStart, includeEnd)
    : new FeelError('Invalid range definition');
}

const SHORT_TYPES: Record<string, string> = {
  'date time': 'date and time',
  'year-month-duration': 'years and months duration',
  'day-time-duration': 'days and time duration',
};

function isInstance(value: Value, type: string): Value {
  if (isError(value)) return value;
  return type === 'Any' ? value !== null : typeOf(value) === (SHORT_TYPES[type] ?? type);
}

// ---- parts of values -----------------------------------------------------------------------------------------

/** `a.b`: of a context its entry, of a list the entries of all, of a temporal value its part. */
export function property(value: Value, name: string): Value {
  if (isError(value)) return value;
  if (value instanceof Context) return value.get(name) ?? null;
  if (Array.isArray(value)) return value.map((item) => property(item, name));
  const read = PROPERTIES[typeOf(value)]?.[name];
  return read ? read(value as never) : null;
}

const DAY_MS = 86_400_000;
const DATE_PARTS = {
  year: (date: FeelDate) => date.year,
  month: (date: FeelDate) => date.month,
  day: (date: FeelDate) => date.dayOfMonth,
  weekday: (date: FeelDate) => date.weekday,
};
const TIME_PARTS = {
  hour: (value: FeelTime | FeelDateTime) => Math.floor(value.millis / 3600_000),
  minute: (value: FeelTime | FeelDateTime) => Math.floor((value.millis % 3600_000) / 60_000),
  second: (value: FeelTime | FeelDateTime) => Math.floor((value.millis % 60_000) / 1000),
  'time offset': (value: FeelTime | FeelDateTime) => value.zone && new DayTimeDuration(value.zone.offset * 1000),
  timezone: (value: FeelTime | FeelDateTime) => value.zone?.region ?? null,
};
const plain = (value: number) => (value === 0 ? 0 : value);

const PROPERTIES: Record<string, Record<string, (value: never) => Value>> = {
  date: DATE_PARTS,
  time: TIME_PARTS,
  'date and time': {
    ...TIME_PARTS,
    ...Object.fromEntries(
      Object.entries(DATE_PARTS).map(([name, read]) => [name, (value: FeelDateTime) => read(value.date)]),
    ),
  },
  'days and time duration': {
    days: ({ millis }: DayTimeDuration) => plain(Math.trunc(millis / DAY_MS)),
    hours: ({ millis }: DayTimeDuration) => plain(Math.trunc(millis / 3600_000) % 24),
    minutes: ({ millis }: DayTimeDuration) => plain(Math.trunc(millis / 60_000) % 60),
    // java.time counts seconds downward: -1.5 s are -2 s and half a second.
    seconds: ({ millis }: DayTimeDuration) => plain(Math.floor(millis / 1000) % 60),
  },
  'years and months duration': {
    years: ({ years }: YearMonthDuration) => plain(years),
    months: ({ months }: YearMonthDuration) => plain(months % 12),
  },
};

function compileFilter(target: Compiled, filterNode: Node): Compiled {
  const filter = compile(filterNode);
  // A literal index, a test for each item, or whatever the value outside says.
  const literal =
    filterNode.kind === 'literal' ||
    (filterNode.kind === 'negate' && filterNode.operand.kind === 'literal' && isNumeric(filterNode.operand.value));
  const perItem = filterNode.kind === 'compare' || filterNode.kind === 'call';
  return (scope) => {
    const list = target(scope);
    if (!Array.isArray(list)) return isError(list) && list.fatal ? list : null;
    if (!perItem) {
      const index = filter(scope);
      if (isNumeric(index)) return at(list, index);
      if (literal && list.length === 0) return [];
    }
    return filterItems(list, (item) => filter(itemScope(scope, item)));
  };
}

/** The first item tells whether the filter is a test or a position. */
function filterItems(list: Value[], filter: (item: Value) => Value): Value {
  if (list.length === 0) return [];
  const first = filter(list[0]!);
  if (isNumeric(first)) return at(list, first);
  if (isError(first)) return orNull(first);
  const chosen: Value[] = first === true ? [list[0]!] : [];
  for (const item of list.slice(1)) {
    const value = filter(item);
    if (isError(value)) return null;
    if (value === true) chosen.push(item);
  }
  return chosen;
}

/** Inside a filter `item` is the element, and the entries of a context element are names of their own; a missing one is looked up outside. */
function itemScope(outer: Scope, item: Value): Scope {
  return {
    now: outer.now,
    functions: outer.functions,
    lookup(name) {
      if (item instanceof Context) {
        const entry = item.get(name);
        if (entry !== undefined) return entry;
      }
      return name === 'item' ? item : outer.lookup(name);
    },
  };
}

function at(list: Value[], index: Numeric): Value {
  const position = sign(index) > 0 ? add(index, -1) : add(list.length, index);
  if (sign(position) < 0 || compare(position, list.length) >= 0) return null;
  return list[toInt(position)] ?? null;
}

// ---- iteration -----------------------------------------------------------------------------------------------

/** All combinations, the last iterator fastest; every source is read outside. Undefined when one is no list. */
function compileIterators(iterators: readonly { name: string; source: Node }[]) {
  const compiled = iterators.map(({ name, source }) => ({ name, source: compile(source) }));
  return (scope: Scope): Record<string, Value>[] | undefined => {
    let frames: Record<string, Value>[] = [{}];
    const lists = compiled.map(({ name, source }) => ({ name, list: source(scope) }));
    for (const { name, list } of lists) {
      if (!Array.isArray(list)) return undefined;
      if (frames.length * list.length > LONGEST_COUNT) throw new EvaluationAborted('too many combinations');
      frames = frames.flatMap((names) => list.map((item) => ({ ...names, [name]: item })));
    }
    return frames;
  };
}

function compileFor(iterators: readonly { name: string; source: Node }[], body: Compiled): Compiled {
  const frames = compileIterators(iterators);
  return (scope) => {
    const all = frames(scope);
    if (!all) return null;
    const results: Value[] = [];
    for (const names of all) results.push(body(frame(scope, { ...names, partial: [...results] })));
    return results;
  };
}

function countBetween(start: Value, end: Value): Value {
  if (!isNumeric(start) || !isNumeric(end)) return isError(start) ? start : new FeelError('Expected numbers');
  const step = compare(start, end) < 0 ? 1 : -1;
  const values: Value[] = [];
  for (let value = start; compare(value, end) * step <= 0; value = add(value, step)) {
    values.push(value);
    if (values.length > LONGEST_COUNT) throw new EvaluationAborted('the range is too long');
  }
  return values;
}

// ---- contexts and functions ----------------------------------------------------------------------------------

/** An entry sees the ones before it; a function among them can be called. */
function compileContext(entries: readonly { key: string; value: Node }[]): Compiled {
  const compiled = entries.map(({ key, value }) => ({ key, value: compile(value) }));
  return (scope) => {
    const values = new Map<string, Value>();
    const functions = new Map<string, FeelFunction>();
    const inner: Scope = {
      now: scope.now,
      lookup: (name) => (values.has(name) ? values.get(name) : scope.lookup(name)),
      functions: (name) =>
        functions.has(name) ? [functions.get(name)!, ...scope.functions(name)] : scope.functions(name),
    };
    for (const { key, value } of compiled) {
      const result = value(inner);
      if (isError(result)) return new FeelError(result.message);
      if (result instanceof FeelFunction) functions.set(key, result);
      else {
        // The last of two equal keys counts, in the place of the first.
        values.set(key, result);
      }
    }
    return new FunctionContext(values, functions);
  };
}

/** A context literal: its functions are no entries, but they can be called. */
class FunctionContext extends Context {
  readonly functions: Map<string, FeelFunction>;
  constructor(entries: Map<string, Value>, functions: Map<string, FeelFunction>) {
    super(entries);
    this.functions = functions;
  }
}

function compileCall(node: Extract<Node, { kind: 'call' }>): Compiled {
  const args = node.args.map(compile);
  const { name, names } = node;
  if (node.target) {
    const target = compile(node.target);
    return (scope) => {
      const context = target(scope);
      if (!(context instanceof Context))
        return isError(context) ? context : new FeelError(`Expected context to call '${name}'`);
      const own = context instanceof FunctionContext ? context.functions.get(name) : undefined;
      const found = functionNamed(own ? [own] : [], names ?? args.length);
      return found ? invoke(found, args, names, scope) : new FeelError(`No function found with name '${name}'`);
    };
  }
  const known = functionNamed(builtins[name] ?? [], names ?? args.length);
  return (scope) => {
    const found = functionNamed(scope.functions(name), names ?? args.length) ?? known;
    if (!found) return null;
    const result = invoke(found, args, names, scope);
    if (isError(result) && name === 'assert' && !result.fatal) throw new EvaluationAborted(result.message);
    return orNull(result);
  };
}

function invoke(found: FeelFunction, args: readonly Compiled[], names: readonly string[] | null, scope: Scope): Value {
  const values = args.map((argument) => argument(scope));
  if (names)
    return found.invoke(
      found.parameters.map((parameter) => {
        const index = names.lastIndexOf(parameter);
        return index < 0 ? null : values[index]!;
      }),
      scope.now,
    );
  if (!found.variadic) return found.invoke(values, scope.now);
  const fixed = found.parameters.length - 1;
  const rest = values.slice(fixed);
  const [only] = rest;
  const last = fixed === 0 && rest.length === 1 && Array.isArray(only) ? only : rest;
  return found.invoke([...values.slice(0, fixed), last], scope.now);
}

// ---- temporal literals ---------------------------------------------------------------------------------------

function readTemporal(type: TemporalType, text: string): Value {
  switch (type) {
    case 'date':
      return parseDate(text);
    case 'time':
      return parseTime(text);
    case 'date and time': {
      const date = parseDate(text);
      return date ? new FeelDateTime(date, 0, null) : parseDateTime(text);
    }
    case 'duration':
      return parseDuration(text);
    case '@':
      return parseDate(text) ?? parseDateTime(text) ?? parseDuration(text) ?? parseTime(text);
  }
}
