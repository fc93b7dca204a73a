import type { ValueType } from './rule-set.ts';

/**
 * The operators and decorators of json-rules-engine in one table, for the linter, the compiler and the words for people.
 * The evaluators repeat the library's own, its validation of the fact's value included; the property test holds them equal.
 */
export type Compare = (actual: any, required: any) => boolean;

/** What is known of one side of a comparison before there is a value. */
export interface Side {
  kind: ValueType | 'null' | 'unknown';
  /** May be null when the rule runs. */
  optional: boolean;
}
/** A Chinese sentence when the sides do not fit the operator. */
type Refuse = (actual: Side, required: Side) => string | undefined;

interface Operator {
  compare: Compare;
  words: string;
  refuse: Refuse;
}
interface Decorator {
  decorate(next: Compare): Compare;
  words: string;
  refuse(actual: Side, required: Side, next: Refuse): string | undefined;
}

const isNumber = (value: any) => Number.parseFloat(value).toString() !== 'NaN';
const isList = Array.isArray;

const sameKind: Refuse = (a, b) => {
  if ([a, b].some((side) => side.kind === 'list' || side.kind === 'object'))
    return '列表和对象不能比较相等，请改用“包含”“属于”，或用 path 取其中一项。';
  if ([a, b].some((side) => side.kind === 'null' || side.kind === 'unknown') || a.kind === b.kind) return undefined;
  return '两边的类型不同，永远不会相等。';
};
const ordered: Refuse = (a, b) => {
  if (![a, b].every((side) => side.kind === 'number' || side.kind === 'unknown')) return '大小比较的两边应当是数字。';
  // JavaScript takes null for 0 in a comparison, which nobody means.
  return b.optional ? '用来比较的事实可能没有值，请把它声明为必有（required）。' : undefined;
};
const ofList: Refuse = (_a, b) => {
  if (b.kind !== 'list') return '“属于”“不属于”的值应当是列表。';
  return b.optional ? '“属于”所用的列表可能没有值，请把该事实声明为必有（required）。' : undefined;
};
const inList: Refuse = (a) =>
  a.kind === 'list' || a.kind === 'unknown' ? undefined : '“包含”“不包含”只能用于列表类型的事实。';

const OPERATORS: Record<string, Operator> = {
  equal: { compare: (a, b) => a === b, words: '等于', refuse: sameKind },
  notEqual: { compare: (a, b) => a !== b, words: '不等于', refuse: sameKind },
  in: { compare: (a, b) => b.indexOf(a) > -1, words: '属于', refuse: ofList },
  notIn: { compare: (a, b) => b.indexOf(a) === -1, words: '不属于', refuse: ofList },
  contains: { compare: (a, b) => isList(a) && a.indexOf(b) > -1, words: '包含', refuse: inList },
  doesNotContain: { compare: (a, b) => isList(a) && a.indexOf(b) === -1, words: '不包含', refuse: inList },
  lessThan: { compare: (a, b) => isNumber(a) && a < b, words: '小于', refuse: ordered },
  lessThanInclusive: { compare: (a, b) => isNumber(a) && a <= b, words: '不大于', refuse: ordered },
  greaterThan: { compare: (a, b) => isNumber(a) && a > b, words: '大于', refuse: ordered },
  greaterThanInclusive: { compare: (a, b) => isNumber(a) && a >= b, words: '不小于', refuse: ordered },
};

const ITEM: Side = { kind: 'unknown', optional: false };
const listFact: Decorator['refuse'] = (a, b, next) =>
  a.kind === 'list' || a.kind === 'unknown' ? next(ITEM, b) : '“至少一项”“每一项”只能用于列表类型的事实。';
const listValue: Decorator['refuse'] = (a, b, next) => ofList(a, b) ?? next(a, ITEM);

const DECORATORS: Record<string, Decorator> = {
  someFact: {
    decorate: (next) => (a, b) => isList(a) && a.some((item) => next(item, b)),
    words: '至少一项',
    refuse: listFact,
  },
  everyFact: {
    decorate: (next) => (a, b) => isList(a) && a.every((item) => next(item, b)),
    words: '每一项都',
    refuse: listFact,
  },
  someValue: {
    decorate: (next) => (a, b) => b.some((item: unknown) => next(a, item)),
    words: '对其中至少一个值',
    refuse: listValue,
  },
  everyValue: {
    decorate: (next) => (a, b) => b.every((item: unknown) => next(a, item)),
    words: '对其中每一个值',
    refuse: listValue,
  },
  swap: { decorate: (next) => (a, b) => next(b, a), words: '反过来', refuse: (a, b, next) => next(b, a) },
  not: { decorate: (next) => (a, b) => !next(a, b), words: '并非', refuse: (a, b, next) => next(a, b) },
};

export const OPERATOR_NAMES = Object.keys(OPERATORS);

/** Finds `decorator:...:operator`; undefined when a part of the name is unknown. */
export function findOperator(name: string): Operator | undefined {
  const parts = name.split(':');
  const base = parts.pop()!;
  let found = Object.hasOwn(OPERATORS, base) ? OPERATORS[base] : undefined;
  for (const part of parts.reverse()) {
    const decorator = Object.hasOwn(DECORATORS, part) ? DECORATORS[part] : undefined;
    if (!found || !decorator) return undefined;
    const next: Operator = found;
    found = {
      compare: decorator.decorate(next.compare),
      words: `${decorator.words}${next.words}`,
      refuse: (a, b) => decorator.refuse(a, b, next.refuse),
    };
  }
  return found;
}
