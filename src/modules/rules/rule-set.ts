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
  /** `first`: the fired rule of highest priority decides. `all`: fired outcomes are laid over the default, higher priority last. */
  strategy: 'first' | 'all' | 'highest-priority';
  outcomeSchema: Record<string, OutcomeKey>;
  default: { outcome: Outcome; reason: string };
  rules: Rule[];
}

export interface FactDeclaration {
  type: 'string' | 'number' | 'boolean' | 'list' | 'object';
  title: string;
  enum?: Record<string, string>;
  required?: boolean;
}

export interface OutcomeKey {
  type: 'string' | 'number' | 'boolean' | 'list' | 'object';
  title: string;
  enum?: Record<string, string>;
}

export type Outcome = Record<string, any>;

export interface Rule {
  id: string;
  title: string;
  priority: number;
  conditions: Conditions;
  event: { type: string; params: Outcome };
  basis?: string;
}

export type Conditions = { all: Condition[] } | { any: Condition[] } | { not: Condition };
export type Condition = Conditions | Comparison;
export interface Comparison {
  fact: string;
  operator: string;
  value: unknown;
  path?: string;
}

export type Facts = Record<string, unknown>;

export const OPERATORS: Record<string, string> = {
  equal: '等于',
  notEqual: '不等于',
  in: '属于',
  notIn: '不属于',
  contains: '包含',
  doesNotContain: '不包含',
  lessThan: '小于',
  lessThanInclusive: '不大于',
  greaterThan: '大于',
  greaterThanInclusive: '不小于',
};

export const isComparison = (condition: Condition): condition is Comparison => 'fact' in condition;

/** Declared facts with null for what is not given, so that no fact is ever undefined; undeclared ones are left out. */
export function completeFacts(ruleSet: RuleSet, given: Facts): Facts {
  const facts: Facts = {};
  for (const name of Object.keys(ruleSet.facts)) facts[name] = given[name] ?? null;
  return facts;
}

/** `$.a.b` inside a fact; anything that is not there is undefined. */
export function atPath(value: unknown, path: string | undefined): unknown {
  if (!path) return value;
  let current = value;
  for (const part of path
    .replace(/^\$\.?/, '')
    .split('.')
    .filter(Boolean)) {
    if (current === null || typeof current !== 'object' || !Object.hasOwn(current, part)) return undefined;
    current = (current as Record<string, unknown>)[part];
  }
  return current;
}
