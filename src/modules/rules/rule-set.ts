/** A rule set as its file holds it; `conditions` and `event` are json-rules-engine's. */
export interface RuleSet {
  id: string;
  title: string;
  version: number;
  /** `YYYY-MM-DD`. */
  effectiveFrom: string;
  /** Clauses of the policy it rests on. */
  basis: string[];
  facts: Record<string, FactDeclaration>;
  /** `first` and `highest-priority`: the fired rule of highest priority decides. `all`: fired outcomes are laid over the default, higher priority last. */
  strategy: Strategy;
  outcomeSchema: Record<string, OutcomeKey>;
  default: { outcome: Outcome; reason: string };
  rules: Rule[];
}

export type Strategy = 'first' | 'all' | 'highest-priority';
export const STRATEGIES: readonly string[] = ['first', 'all', 'highest-priority'];

export type ValueType = 'string' | 'number' | 'boolean' | 'list' | 'object';
/** Chinese word of each type. */
export const TYPE_WORDS: Record<ValueType, string> = {
  string: '文字',
  number: '数字',
  boolean: '“是”或“否”',
  list: '列表',
  object: '对象',
};

interface Declaration {
  type: ValueType;
  /** Chinese, for people. */
  title: string;
  /** Allowed values with their Chinese words; of a list, the allowed items. */
  enum?: Record<string, string>;
  minimum?: number;
  maximum?: number;
  /** Clause it rests on. */
  basis?: string;
}
export interface FactDeclaration extends Declaration {
  /** Must have a value; a fact that is not required is null when it is not given. */
  required?: boolean;
}
export interface OutcomeKey extends Declaration {
  /** Every way to a decision must give it. */
  required?: boolean;
}

export type Outcome = Record<string, any>;

export interface Rule {
  id: string;
  title: string;
  priority: number;
  conditions: Conditions;
  event: { type: string; params: Outcome };
  basis?: string;
  /** What people should know about it. */
  note?: string;
  /** Out of use (停用): kept in the file, never judged. */
  disabled?: boolean;
}

/** Rules in the order they are judged; those out of use are left out. */
export const judgedRules = (ruleSet: RuleSet): { rule: Rule; index: number }[] =>
  ruleSet.rules
    .map((rule, index) => ({ rule, index }))
    .filter(({ rule }) => rule.disabled !== true)
    .sort((a, b) => b.rule.priority - a.rule.priority || a.index - b.index);

export type Conditions = { all: Condition[] } | { any: Condition[] } | { not: Condition };
export type Condition = Conditions | Comparison;
export interface Comparison {
  fact: string;
  operator: string;
  value: unknown;
  path?: string;
}

export type Facts = Record<string, unknown>;

export const isComparison = (condition: Condition): condition is Comparison => 'fact' in condition;

export const isObject = (value: unknown): value is Record<string, any> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** `{ "fact": "ownHost" }`: the value is taken from a fact. */
export const isReference = (value: unknown): value is { fact: string; path?: string } =>
  isObject(value) && typeof value.fact === 'string';

/** What a value is, in the words of the declarations. */
export const typeOf = (value: unknown): string => (Array.isArray(value) ? 'list' : typeof value);

/** A Chinese clause (“应当是数字。”) when a value that is not null does not fit its declaration. */
export function misfit(value: unknown, declaration: Declaration): string | undefined {
  if (typeOf(value) !== declaration.type || (typeof value === 'number' && !Number.isFinite(value)))
    return `应当是${TYPE_WORDS[declaration.type]}。`;
  const { enum: allowed, minimum, maximum } = declaration;
  if (allowed) {
    const strange = (Array.isArray(value) ? value : [value]).find((item) => !Object.hasOwn(allowed, String(item)));
    if (strange !== undefined) return `的值“${String(strange)}”不在可选值（${Object.keys(allowed).join('、')}）里。`;
  }
  if (minimum !== undefined && (value as number) < minimum) return `不能小于 ${minimum}。`;
  if (maximum !== undefined && (value as number) > maximum) return `不能大于 ${maximum}。`;
  return undefined;
}

const PATH = /^\$?(\.[A-Za-z_][\w-]*)+$/;
/** A path is property names only, `$.a.b`: no filters and no scripts of JSONPath. */
export const isPath = (path: unknown): path is string => typeof path === 'string' && PATH.test(path);

/** `$.a.b` inside a fact, own properties only; null where there is nothing. */
export function atPath(value: unknown, path: string | undefined): unknown {
  if (!path) return value;
  let current = value;
  for (const part of path
    .replace(/^\$\.?/, '')
    .split('.')
    .filter(Boolean)) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, part)) return null;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}
