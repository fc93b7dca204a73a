import type { Iterator, Node } from './ast.ts';
import { builtin, namedArguments } from './builtins.ts';
import { add, divide, isNumeric, multiply, type Numeric, negate, power, subtract, toInteger } from './decimal.ts';
import {
  DayTimeDuration,
  FeelDate,
  FeelDateTime,
  FeelTime,
  parseDate,
  parseDateTime,
  parseDuration,
  parseTime,
  YearMonthDuration,
} from './temporal.ts';
import { Context, equal, FeelFunction, order, Range, type Scope, type TypeName, typeOf, type Value } from './values.ts';

/** A compiled node: no tree is walked at run time. */
export type Compiled = (scope: Scope) => Value;

/** Long on purpose: one case per kind of node, each a line or a call. */
export function compile(node: Node): Compiled {
  switch (node.kind) {
    case 'literal': {
      const { value } = node;
      return () => value;
    }
    case 'temporal': {
      const value = parseTemporal(node.text);
      return () => value;
    }
    case 'name': {
      const { name } = node;
      return (scope) => scope.lookup(name) ?? null;
    }
    case 'input':
      return (scope) => scope.lookup('?') ?? null;
    case 'path':
      return compilePath(compile(node.target), node.name);
    case 'filter':
      return compileFilter(compile(node.target), node.filter);
    case 'call':
      return compileCall(node);
    case 'negate': {
      const operand = compile(node.operand);
      return (scope) => negateValue(operand(scope));
    }
    case 'arithmetic': {
      const [left, right] = [compile(node.left), compile(node.right)];
      const operation = ARITHMETIC[node.operator];
      return (scope) => operation(left(scope), right(scope));
    }
    case 'compare': {
      const [left, right] = [compile(node.left), compile(node.right)];
      const test = COMPARE[node.operator];
      return (scope) => test(left(scope), right(scope));
    }
    case 'between': {
      const [value, low, high] = [compile(node.value), compile(node.low), compile(node.high)];
      return (scope) => {
        const item = value(scope);
        return both(COMPARE['>='](item, low(scope)), COMPARE['<='](item, high(scope)));
      };
    }
    case 'in':
      return compileIn(node);
    case 'test': {
      const operand = compile(node.operand);
      const test = COMPARE[node.operator];
      return (scope) => test(scope.lookup('?') ?? null, operand(scope));
    }
    case 'range': {
      const [start, end] = [compile(node.start), compile(node.end)];
      return (scope) => new Range(start(scope), end(scope), node.includeStart, node.includeEnd);
    }
    case 'and': {
      const [left, right] = [compile(node.left), compile(node.right)];
      return (scope) => {
        const first = left(scope);
        return first === false ? false : both(first, right(scope));
      };
    }
    case 'or': {
      const [left, right] = [compile(node.left), compile(node.right)];
      return (scope) => {
        const first = left(scope);
        if (first === true) return true;
        const second = right(scope);
        if (second === true) return true;
        return first === false && second === false ? false : null;
      };
    }
    case 'if': {
      const [condition, then, otherwise] = [compile(node.condition), compile(node.then), compile(node.otherwise)];
      return (scope) => (condition(scope) === true ? then(scope) : otherwise(scope));
    }
    case 'for':
      return compileFor(node.iterators, compile(node.body));
    case 'some':
    case 'every':
      return compileQuantified(node.kind, node.iterators, compile(node.body));
    case 'list': {
      const items = node.items.map(compile);
      return (scope) => items.map((item) => item(scope));
    }
    case 'context':
      return compileContext(node.entries);
    case 'function': {
      const body = compile(node.body);
      const { parameters } = node;
      return (scope) =>
        new FeelFunction(parameters, (args) =>
          body(frame(scope, new Map(parameters.map((name, index) => [name, args[index] ?? null])))),
        );
    }
    case 'instanceOf': {
      const value = compile(node.value);
      return (scope) => isInstance(value(scope), node.type);
    }
  }
}

/** A scope with some names in front of another. */
export function frame(outer: Scope, names: Map<string, Value>): Scope {
  return { now: outer.now, lookup: (name) => (names.has(name) ? names.get(name) : outer.lookup(name)) };
}

function both(first: Value, second: Value): Value {
  if (first === false || second === false) return false;
  return first === true && second === true ? true : null;
}

type Binary = (a: Value, b: Value) => Value;
const ordered =
  (test: (comparison: number) => boolean): Binary =>
  (a, b) => {
    if (a === null || b === null) return null;
    const comparison = order(a, b);
    return comparison === null ? null : test(comparison);
  };

const COMPARE: Record<'=' | '!=' | '<' | '<=' | '>' | '>=', Binary> = {
  '=': equal,
  '!=': (a, b) => {
    const same = equal(a, b);
    return same === null ? null : !same;
  },
  '<': ordered((n) => n < 0),
  '<=': ordered((n) => n <= 0),
  '>': ordered((n) => n > 0),
  '>=': ordered((n) => n >= 0),
};

const ARITHMETIC: Record<'+' | '-' | '*' | '/' | '**', Binary> = {
  '+': plus,
  '-': minus,
  '*': times,
  '/': over,
  '**': (a, b) => (isNumeric(a) && isNumeric(b) ? power(a, b) : null),
};

function plus(a: Value, b: Value): Value {
  if (isNumeric(a) && isNumeric(b)) return add(a, b);
  if (typeof a === 'string' && typeof b === 'string') return a + b;
  if (b instanceof DayTimeDuration) {
    if (a instanceof DayTimeDuration) return new DayTimeDuration(a.millis + b.millis);
    return shift(a, b.millis);
  }
  if (b instanceof YearMonthDuration) {
    if (a instanceof YearMonthDuration) return new YearMonthDuration(a.months + b.months);
    return a instanceof FeelDate || a instanceof FeelDateTime ? a.plusMonths(b.months) : null;
  }
  if (
    (a instanceof DayTimeDuration || a instanceof YearMonthDuration) &&
    (b instanceof FeelDate || b instanceof FeelDateTime || b instanceof FeelTime)
  )
    return plus(b, a);
  return null;
}

function minus(a: Value, b: Value): Value {
  if (isNumeric(a) && isNumeric(b)) return subtract(a, b);
  if (a instanceof FeelDate && b instanceof FeelDate) return new DayTimeDuration((a.day - b.day) * DAY_MS);
  if (a instanceof FeelDateTime && b instanceof FeelDateTime)
    return (a.zone === null) === (b.zone === null) ? new DayTimeDuration(a.instant - b.instant) : null;
  if (a instanceof FeelTime && b instanceof FeelTime)
    return new DayTimeDuration(a.millis - (a.zone?.offset ?? 0) * 1000 - (b.millis - (b.zone?.offset ?? 0) * 1000));
  if (b instanceof DayTimeDuration) return plus(a, new DayTimeDuration(-b.millis));
  if (b instanceof YearMonthDuration) return plus(a, new YearMonthDuration(-b.months));
  return null;
}

const DAY_MS = 86_400_000;

function shift(value: Value, millis: number): Value {
  if (value instanceof FeelDateTime) return value.plusMillis(millis);
  if (value instanceof FeelDate) return new FeelDate(value.day + Math.floor(millis / DAY_MS));
  if (value instanceof FeelTime)
    return new FeelTime((((value.millis + millis) % DAY_MS) + DAY_MS) % DAY_MS, value.zone);
  return null;
}

function times(a: Value, b: Value): Value {
  if (isNumeric(a) && isNumeric(b)) return multiply(a, b);
  if (isNumeric(a) && !isNumeric(b)) return times(b, a);
  if (a instanceof DayTimeDuration && isNumeric(b)) return new DayTimeDuration(a.millis * Number(b));
  if (a instanceof YearMonthDuration && isNumeric(b)) return new YearMonthDuration(Math.trunc(a.months * Number(b)));
  return null;
}

function over(a: Value, b: Value): Value {
  if (isNumeric(a) && isNumeric(b)) return divide(a, b);
  if (a instanceof DayTimeDuration) {
    if (isNumeric(b)) return Number(b) === 0 ? null : new DayTimeDuration(Math.trunc(a.millis / Number(b)));
    return b instanceof DayTimeDuration ? divide(a.millis, b.millis) : null;
  }
  if (a instanceof YearMonthDuration) {
    if (isNumeric(b)) return Number(b) === 0 ? null : new YearMonthDuration(Math.trunc(a.months / Number(b)));
    return b instanceof YearMonthDuration ? divide(a.months, b.months) : null;
  }
  return null;
}

function negateValue(value: Value): Value {
  if (isNumeric(value)) return negate(value);
  if (value instanceof DayTimeDuration) return new DayTimeDuration(-value.millis);
  if (value instanceof YearMonthDuration) return new YearMonthDuration(-value.months);
  return null;
}

function compilePath(target: Compiled, name: string): Compiled {
  return (scope) => property(target(scope), name);
}

/** `a.b`: of a context its entry, of a list the entries of all, of a temporal value its part. */
export function property(value: Value, name: string): Value {
  if (value instanceof Context) return value.get(name) ?? null;
  if (Array.isArray(value)) return value.map((item) => property(item, name));
  if (value instanceof Range) {
    const parts: Record<string, Value> = {
      start: value.start,
      end: value.end,
      'start included': value.includeStart,
      'end included': value.includeEnd,
    };
    return parts[name] ?? null;
  }
  if (value instanceof FeelDate || value instanceof FeelDateTime) {
    const date = value instanceof FeelDate ? value : value.date;
    if (name === 'year') return date.year;
    if (name === 'month') return date.month;
    if (name === 'day') return date.dayOfMonth;
    if (name === 'weekday') return date.weekday;
  }
  if (value instanceof FeelTime || value instanceof FeelDateTime) {
    if (name === 'hour') return Math.floor(value.millis / 3600_000);
    if (name === 'minute') return Math.floor((value.millis % 3600_000) / 60_000);
    if (name === 'second') return Math.floor((value.millis % 60_000) / 1000);
    if (name === 'time offset') return value.zone ? new DayTimeDuration(value.zone.offset * 1000) : null;
    if (name === 'timezone') return value.zone?.region ?? null;
  }
  if (value instanceof DayTimeDuration) {
    const parts: Record<string, number> = { days: DAY_MS, hours: 3600_000, minutes: 60_000, seconds: 1000 };
    const limits: Record<string, number> = { days: Number.POSITIVE_INFINITY, hours: 24, minutes: 60, seconds: 60 };
    if (parts[name]) return Math.trunc(value.millis / parts[name]) % limits[name]!;
  }
  if (value instanceof YearMonthDuration) {
    if (name === 'years') return Math.trunc(value.months / 12);
    if (name === 'months') return value.months % 12;
  }
  return null;
}

function compileFilter(target: Compiled, filterNode: Node): Compiled {
  const filter = compile(filterNode);
  const boolean = ['compare', 'and', 'or', 'in', 'between', 'some', 'every', 'instanceOf'].includes(filterNode.kind);
  return (scope) => {
    const list = target(scope);
    if (!Array.isArray(list)) return null;
    if (!boolean) {
      const index = filter(scope);
      if (isNumeric(index)) return at(list, index);
    }
    return list.filter((item) => filter(itemScope(scope, item)) === true);
  };
}

/** Inside a filter `item` is the element, and the entries of a context element are names of their own; a missing one is looked up outside. */
function itemScope(outer: Scope, item: Value): Scope {
  return {
    now: outer.now,
    lookup(name) {
      if (name === 'item') return item;
      if (item instanceof Context) {
        const entry = item.get(name);
        if (entry !== undefined) return entry;
      }
      return outer.lookup(name);
    },
  };
}

function at(list: Value[], index: Numeric): Value {
  const position = toInteger(index);
  if (position === null || position === 0) return null;
  return list[position > 0 ? position - 1 : list.length + position] ?? null;
}

function compileCall(node: Extract<Node, { kind: 'call' }>): Compiled {
  const args = node.args.map(compile);
  if (node.callee) {
    const callee = compile(node.callee);
    return (scope) =>
      invoke(
        callee(scope),
        args.map((argument) => argument(scope)),
        node.names,
      );
  }
  const name = node.name!;
  const known = builtin(name);
  if (known) {
    return (scope) => {
      const values = args.map((argument) => argument(scope));
      const positional = node.names ? namedArguments(name, node.names, values) : values;
      return positional === null ? null : known(positional, scope);
    };
  }
  return (scope) =>
    invoke(
      scope.lookup(name) ?? null,
      args.map((argument) => argument(scope)),
      node.names,
    );
}

function invoke(callee: Value, args: Value[], names: string[] | null): Value {
  if (!(callee instanceof FeelFunction)) return null;
  if (names) return callee.invoke(callee.parameters.map((name) => args[names.indexOf(name)] ?? null));
  return args.length === callee.parameters.length ? callee.invoke(args) : null;
}

function compileIn(node: Extract<Node, { kind: 'in' }>): Compiled {
  const value = compile(node.value);
  const tests = node.tests.map((test) => ({ unary: usesInput(test), run: compile(test) }));
  return (scope) => {
    const item = value(scope);
    const inner = frame(scope, new Map([['?', item]]));
    let unknown = false;
    for (const test of tests) {
      const result = test.unary ? test.run(inner) : matches(item, test.run(scope));
      if (result === true) return true;
      if (result === null) unknown = true;
    }
    return unknown ? null : false;
  };
}

const usesInput = (node: Node): boolean =>
  node.kind === 'test' ||
  node.kind === 'input' ||
  JSON.stringify(node, (_, v) => (typeof v === 'bigint' ? String(v) : v)).includes('"kind":"input"');

function matches(item: Value, test: Value): boolean | null {
  if (test instanceof Range) return test.contains(item);
  if (Array.isArray(test) && !Array.isArray(item)) {
    let unknown = false;
    for (const element of test) {
      const result = matches(item, element);
      if (result === true) return true;
      if (result === null) unknown = true;
    }
    return unknown ? null : false;
  }
  return equal(item, test);
}

/** All combinations of the iterators, the last one fastest. Null when a source is no list. */
function combinations(
  iterators: { name: string; source: Compiled; end: Compiled | null }[],
  scope: Scope,
  visit: (scope: Scope) => boolean,
): boolean {
  const walk = (index: number, inner: Scope): boolean | null => {
    const iterator = iterators[index];
    if (!iterator) return visit(inner);
    const items = itemsOf(iterator.source(inner), iterator.end ? iterator.end(inner) : undefined);
    if (!items) return null;
    for (const item of items) {
      const next = walk(index + 1, frame(inner, new Map([[iterator.name, item]])));
      if (next !== true) return next;
    }
    return true;
  };
  return walk(0, scope) !== null;
}

function itemsOf(source: Value, end: Value | undefined): Value[] | null {
  if (end === undefined) {
    if (Array.isArray(source)) return source;
    if (source instanceof Range) return itemsOf(source.start, source.end);
    return null;
  }
  if (source instanceof FeelDate && end instanceof FeelDate) {
    const step = source.day <= end.day ? 1 : -1;
    return Array.from({ length: Math.abs(end.day - source.day) + 1 }, (_, n) => new FeelDate(source.day + n * step));
  }
  if (!isNumeric(source) || !isNumeric(end)) return null;
  const [from, to] = [toInteger(source), toInteger(end)];
  if (from === null || to === null || Math.abs(to - from) > 1_000_000) return null;
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, n) => (from <= to ? from + n : from - n));
}

const compileIterators = (iterators: Iterator[]) =>
  iterators.map(({ name, source, end }) => ({ name, source: compile(source), end: end ? compile(end) : null }));

function compileFor(iterators: Iterator[], body: Compiled): Compiled {
  const compiled = compileIterators(iterators);
  return (scope) => {
    const results: Value[] = [];
    const complete = combinations(compiled, scope, (inner) => {
      results.push(body(frame(inner, new Map([['partial', [...results]]]))));
      return true;
    });
    return complete ? results : null;
  };
}

function compileQuantified(kind: 'some' | 'every', iterators: Iterator[], body: Compiled): Compiled {
  const compiled = compileIterators(iterators);
  const decisive = kind === 'some';
  return (scope) => {
    let result: Value = !decisive;
    const complete = combinations(compiled, scope, (inner) => {
      const value = body(inner);
      if (value === decisive) {
        result = decisive;
        return false;
      }
      if (typeof value !== 'boolean') result = null;
      return true;
    });
    return complete ? result : null;
  };
}

function compileContext(entries: { key: string; value: Node }[]): Compiled {
  const compiled = entries.map(({ key, value }) => ({ key, value: compile(value) }));
  return (scope) => {
    const result = new Map<string, Value>();
    const inner = frame(scope, result);
    for (const { key, value } of compiled) result.set(key, value(inner));
    return new Context(result);
  };
}

function parseTemporal(text: string): Value {
  return parseDate(text) ?? parseDateTime(text) ?? parseTime(text) ?? parseDuration(text);
}

const TYPE_WORDS: Record<string, TypeName> = {
  'date and time': 'date time',
  'days and time duration': 'days-time-duration',
  'years and months duration': 'years-months-duration',
  'day-time-duration': 'days-time-duration',
  'year-month-duration': 'years-months-duration',
};

function isInstance(value: Value, type: string): boolean {
  if (type === 'Any' || type === 'any') return value !== null;
  return typeOf(value) === (TYPE_WORDS[type] ?? type);
}
