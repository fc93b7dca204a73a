import { decide, type Evaluation } from './compile-rule-set.ts';
import { findOperator } from './operators.ts';
import { readFacts } from './read-facts.ts';
import {
  atPath,
  type Condition,
  type Facts,
  isComparison,
  isReference,
  judgedRules,
  type Rule,
  type RuleSet,
} from './rule-set.ts';

type Decision = Pick<Evaluation, 'outcome' | 'ruleId'>;

/** The verdict of a rule set without its explanation, for many thousands of facts in a row; the same verdict as `compileRuleSet`. */
export function compileDecision(ruleSet: RuleSet): (given: Facts) => Decision {
  const compiled = judgedRules(ruleSet).map(({ rule }) => ({ rule, holds: compileHolds(rule.conditions) }));
  const onlyFirst = ruleSet.strategy !== 'all';
  return (given) => {
    const facts = readFacts(ruleSet, given);
    const fired: Rule[] = [];
    for (const { rule, holds } of compiled) {
      if (!holds(facts)) continue;
      fired.push(rule);
      if (onlyFirst) break;
    }
    const { outcome, ruleId } = decide(ruleSet, fired, facts);
    return { outcome, ruleId };
  };
}

/** Whether conditions hold on facts that were read (`readFacts`). */
export function compileHolds(condition: Condition): (facts: Facts) => boolean {
  if (isComparison(condition)) {
    const operator = findOperator(condition.operator);
    if (!operator) throw new Error(`unknown operator ${condition.operator}`);
    const { compare } = operator;
    const { fact, path, value } = condition;
    if (isReference(value)) return (facts) => compare(atPath(facts[fact], path), atPath(facts[value.fact], value.path));
    return path ? (facts) => compare(atPath(facts[fact], path), value) : (facts) => compare(facts[fact], value);
  }
  if ('not' in condition) {
    const inner = compileHolds(condition.not);
    return (facts) => !inner(facts);
  }
  const all = 'all' in condition;
  const tests = (all ? condition.all : (condition as { any: Condition[] }).any).map(compileHolds);
  // An empty list is true, as in json-rules-engine.
  if (tests.length === 0) return () => true;
  return all ? (facts) => tests.every((holds) => holds(facts)) : (facts) => tests.some((holds) => holds(facts));
}
