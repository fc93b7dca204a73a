import {
  add,
  compare,
  divide,
  fromDouble,
  isNumeric,
  multiply,
  type Numeric,
  subtract,
  toInt,
  toNumber,
} from '../decimal.ts';
import {
  EvaluationAborted,
  equal,
  FeelError,
  FeelFunction,
  identical,
  isComparable,
  order,
  type Value,
} from '../values.ts';
import { define, type Functions, isList, isText } from './define.ts';

const onList = (run: (list: Value[]) => Value, parameter = 'list') =>
  define([parameter], ([list]) => (isList(list) ? run(list) : undefined));
const onItems = (run: (list: Value[]) => Value, parameter = 'list') =>
  define([parameter], ([list]) => (isList(list) ? run(list) : undefined), true);

/** Takes numbers only; an empty list has no result. */
const onNumbers = (run: (numbers: Numeric[]) => Value, empty: Value = null) =>
  onItems((list) => {
    if (list.length === 0) return empty;
    return list.every(isNumeric) ? run(list as Numeric[]) : new FeelError('expected numbers');
  });

const extreme = (wanted: number) =>
  onItems((list) => {
    if (list.length === 0) return null;
    if (!isComparable(list)) return new FeelError('not comparable');
    return list.reduce((best, item) => (Math.sign(order(item, best)) === wanted ? item : best));
  });

const sum = (list: Numeric[]): Numeric => list.reduce((total, item) => add(total, item), 0 as Numeric);

function median(list: Numeric[]): Value {
  const sorted = [...list].sort(compare);
  const middle = sorted.length / 2;
  return sorted.length % 2 ? sorted[Math.floor(middle)]! : divide(add(sorted[middle - 1]!, sorted[middle]!), 2);
}

function stddev(list: Numeric[]): Value {
  const mean = divide(sum(list), list.length);
  const squares = list.map((item) => multiply(subtract(item, mean), subtract(item, mean)));
  return fromDouble(Math.sqrt(toNumber(divide(sum(squares), list.length - 1))));
}

function mode(list: Numeric[]): Value {
  const groups: { value: Numeric; count: number }[] = [];
  for (const item of list) {
    const known = groups.find((group) => compare(group.value, item) === 0);
    if (known) known.count += 1;
    else groups.push({ value: item, count: 1 });
  }
  const most = Math.max(...groups.map((group) => group.count));
  return groups
    .filter((group) => group.count === most)
    .map((group) => group.value)
    .sort(compare);
}

/** True until something else comes; what is no boolean leaves null, which only the decisive value overcomes. */
const quantify = (decisive: boolean) =>
  onItems((list) => {
    let result: Value = !decisive;
    for (const item of list) {
      if (result === decisive) return decisive;
      if (result === null) result = item === decisive ? decisive : null;
      else result = typeof item === 'boolean' ? item : null;
    }
    return result;
  });

const same = (a: Value, b: Value) => equal(a, b) === true;
const distinct = (list: Value[]): Value[] =>
  list.filter((item, index) => list.findIndex((other) => same(other, item) || other === item) === index);
const flatten = (list: Value[]): Value[] => list.flatMap((item) => (isList(item) ? flatten(item) : [item]));

/** From a position that counts from 1, or from the end. */
const indexOf = (list: Value[], position: Numeric): number => {
  const whole = toInt(position);
  return whole > 0 ? whole - 1 : list.length + whole;
};
const cut = (list: Value[], from: number, to: number): Value[] => list.slice(Math.max(0, from), Math.max(0, from, to));

function sort([list, precedes]: Value[]): Value | undefined {
  if (!isList(list) || !(precedes instanceof FeelFunction)) return undefined;
  if (precedes.parameters.length !== 2) return new FeelError('expected a function with two arguments');
  const before = (a: Value, b: Value): boolean => {
    const answer = precedes.invoke([a, b], 0);
    if (typeof answer !== 'boolean') throw new EvaluationAborted('expected boolean');
    return answer;
  };
  try {
    return [...list].sort((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0));
  } catch (error) {
    return new FeelError((error as Error).message);
  }
}

function join([list, delimiter = null, prefix = null, suffix = null]: Value[]): Value | undefined {
  const optional = (value: Value) => value === null || isText(value);
  if (
    !isList(list) ||
    !optional(delimiter) ||
    isText(prefix) !== isText(suffix) ||
    !optional(prefix) ||
    !optional(suffix)
  )
    return undefined;
  if (!list.every(optional)) return new FeelError('expected a list of strings');
  return `${prefix ?? ''}${list.filter(isText).join((delimiter as string | null) ?? '')}${suffix ?? ''}`;
}

export const listFunctions: Functions = {
  'list contains': [
    define(['list', 'element'], ([list, element]) =>
      isList(list) ? list.some((item) => identical(item, element!)) : undefined,
    ),
  ],
  count: [onList((list) => list.length)],
  min: [extreme(-1)],
  max: [extreme(1)],
  sum: [onNumbers(sum)],
  product: [onNumbers((list) => list.reduce((total, item) => multiply(total, item), 1 as Numeric))],
  mean: [onNumbers((list) => divide(sum(list), list.length))],
  median: [onNumbers(median)],
  stddev: [onNumbers(stddev)],
  mode: [onNumbers(mode, [])],
  and: [quantify(false)],
  all: [quantify(false)],
  or: [quantify(true)],
  any: [quantify(true)],
  sublist: [
    define(['list', 'start'], ([list, start]) =>
      isList(list) && isNumeric(start) ? cut(list, indexOf(list, start), list.length) : undefined,
    ),
    define(['list', 'start', 'length'], ([list, start, length]) =>
      isList(list) && isNumeric(start) && isNumeric(length)
        ? cut(list, indexOf(list, start), indexOf(list, start) + toInt(length))
        : undefined,
    ),
  ],
  append: [
    define(
      ['list', 'items'],
      ([list, items]) => (isList(list) && isList(items) ? [...list, ...items] : undefined),
      true,
    ),
  ],
  concatenate: [onItems((lists) => lists.flat(), 'lists')],
  'insert before': [
    define(['list', 'position', 'newItem'], ([list, position, item]) => {
      if (!isList(list) || !isNumeric(position)) return undefined;
      const at = Math.max(0, indexOf(list, position));
      return [...list.slice(0, at), item!, ...list.slice(at)];
    }),
  ],
  remove: [
    define(['list', 'position'], ([list, position]) => {
      if (!isList(list) || !isNumeric(position)) return undefined;
      const [from, to] = [indexOf(list, position), indexOf(list, add(position, 1))];
      return [...list.slice(0, Math.max(0, from)), ...list.slice(Math.max(0, to))];
    }),
  ],
  reverse: [onList((list) => [...list].reverse())],
  'index of': [
    define(['list', 'match'], ([list, match]) =>
      isList(list) ? list.flatMap((item, index) => (identical(item, match!) ? [index + 1] : [])) : undefined,
    ),
  ],
  union: [onItems((lists) => distinct(lists.flat()), 'lists')],
  'distinct values': [onList(distinct)],
  'duplicate values': [
    onList((list) => distinct(list).filter((item) => list.filter((other) => same(other, item)).length > 1)),
  ],
  flatten: [onList(flatten)],
  sort: [define(['list', 'precedes'], sort)],
  'string join': [
    define(['list'], join),
    define(['list', 'delimiter'], join),
    define(['list', 'delimiter', 'prefix', 'suffix'], join),
  ],
};
