import { findOperator } from './operators.ts';
import { readFacts } from './read-facts.ts';
import {
  atPath,
  type Comparison,
  type Condition,
  type Facts,
  isComparison,
  isReference,
  judgedRules,
  type Outcome,
  type Rule,
  type RuleSet,
} from './rule-set.ts';

/** One condition of an explanation; `result` is null when it was not reached. */
export type ExplainedCondition =
  | { kind: 'all' | 'any'; result: boolean | null; conditions: ExplainedCondition[] }
  | { kind: 'not'; result: boolean | null; conditions: ExplainedCondition[] }
  | {
      kind: 'comparison';
      result: boolean | null;
      fact: string;
      operator: string;
      actual: unknown;
      required: unknown;
      path?: string;
    };

export interface ExplainedRule {
  ruleId: string;
  title: string;
  priority: number;
  fired: boolean;
  basis?: string;
  condition: ExplainedCondition;
}

export interface Evaluation {
  outcome: Outcome;
  /** The deciding rule; null when the default applied. */
  ruleId: string | null;
  /** All rules that fired, highest priority first. */
  fired: string[];
  reason: string;
  explanation: ExplainedRule[];
}

type Test = (facts: Facts) => ExplainedCondition;

/** Compiles a rule set into closures: the same verdicts as json-rules-engine, with the explanation, in microseconds. */
export function compileRuleSet(ruleSet: RuleSet): (given: Facts) => Evaluation {
  const compiled = judgedRules(ruleSet).map(({ rule }) => ({ rule, test: compileCondition(rule.conditions) }));
  return (given) => {
    const facts = readFacts(ruleSet, given);
    const fired: Rule[] = [];
    const explanation = compiled.map(({ rule, test }): ExplainedRule => {
      const condition = test(facts);
      if (condition.result) fired.push(rule);
      return {
        ruleId: rule.id,
        title: rule.title,
        priority: rule.priority,
        fired: condition.result === true,
        ...(rule.basis ? { basis: rule.basis } : {}),
        condition,
      };
    });
    return { ...decide(ruleSet, fired, facts), explanation };
  };
}

/** The outcome from the rules that fired, highest priority first. */
export function decide(ruleSet: RuleSet, fired: readonly Rule[], facts: Facts): Omit<Evaluation, 'explanation'> {
  const ids = fired.map((rule) => rule.id);
  const [winner] = fired;
  if (!winner)
    return {
      outcome: resolve(ruleSet.default.outcome, facts),
      ruleId: null,
      fired: ids,
      reason: ruleSet.default.reason,
    };
  if (ruleSet.strategy !== 'all')
    return { outcome: resolve(winner.event.params, facts), ruleId: winner.id, fired: ids, reason: winner.title };
  const outcome = resolve(ruleSet.default.outcome, facts);
  for (const rule of [...fired].reverse()) Object.assign(outcome, resolve(rule.event.params, facts));
  return { outcome, ruleId: winner.id, fired: ids, reason: fired.map((rule) => rule.title).join('；') };
}

/** Outcomes may name facts: `{ "fact": "ownHost" }`. */
function resolve(params: Outcome, facts: Facts): Outcome {
  const outcome: Outcome = {};
  for (const [key, value] of Object.entries(params))
    outcome[key] = isReference(value) ? atPath(facts[value.fact], value.path) : copyOf(value);
  return outcome;
}

/** The rule set is shared by all evaluations; what is handed out is not. */
const copyOf = (value: unknown) => (typeof value === 'object' && value !== null ? structuredClone(value) : value);

function compileCondition(condition: Condition): Test {
  if (isComparison(condition)) return compileComparison(condition);
  if ('not' in condition) {
    const inner = compileCondition(condition.not);
    return (facts) => {
      const explained = inner(facts);
      return { kind: 'not', result: !explained.result, conditions: [explained] };
    };
  }
  const kind = 'all' in condition ? 'all' : 'any';
  const list = 'all' in condition ? condition.all : condition.any;
  const tests = list.map(compileCondition);
  const unreached = list.map(notReached);
  const decisive = kind === 'any';
  return (facts) => {
    // An empty list is true, as in json-rules-engine.
    let result = tests.length === 0 || kind === 'all';
    const conditions: ExplainedCondition[] = [];
    let decided = false;
    for (let index = 0; index < tests.length; index += 1) {
      if (decided) {
        conditions.push(unreached[index]!);
        continue;
      }
      const explained = tests[index]!(facts);
      conditions.push(explained);
      if (explained.result === decisive) {
        result = decisive;
        decided = true;
      }
    }
    return { kind, result, conditions };
  };
}

function notReached(condition: Condition): ExplainedCondition {
  if (isComparison(condition))
    return {
      kind: 'comparison',
      result: null,
      fact: condition.fact,
      operator: condition.operator,
      actual: null,
      required: condition.value,
      ...(condition.path ? { path: condition.path } : {}),
    };
  if ('not' in condition) return { kind: 'not', result: null, conditions: [notReached(condition.not)] };
  const kind = 'all' in condition ? 'all' : 'any';
  return { kind, result: null, conditions: ('all' in condition ? condition.all : condition.any).map(notReached) };
}

function compileComparison(condition: Comparison): Test {
  const found = findOperator(condition.operator);
  if (!found) throw new Error(`unknown operator ${condition.operator}`);
  const { compare } = found;
  const { fact, operator, path, value } = condition;
  const reference = isReference(value) ? value : undefined;
  return (facts) => {
    const actual = atPath(facts[fact], path);
    const required = reference ? atPath(facts[reference.fact], reference.path) : value;
    return {
      kind: 'comparison',
      result: compare(actual, required),
      fact,
      operator,
      actual,
      required,
      ...(path ? { path } : {}),
    };
  };
}
