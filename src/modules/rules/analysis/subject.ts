import { isDomainError } from '../../../kernel/errors.ts';
import { compileHolds } from '../compile-decision.ts';
import { compileRuleSet, type Evaluation } from '../compile-rule-set.ts';
import { readFacts } from '../read-facts.ts';
import { type Facts, judgedRules, type Rule, type RuleSet } from '../rule-set.ts';
import { type Domains, type Formula, negation } from './formula.ts';
import type { RuleHistory } from './history.ts';
import { RuleSpace } from './rule-space.ts';
import { solve } from './solve.ts';

/** A rule with its place in the order of judgement and its conditions as a formula. */
export interface JudgedRule {
  rule: Rule;
  /** Position in the file, from 0. */
  index: number;
  holds: Formula;
  fails: Formula;
}

/** A rule set made ready for questions about it. */
export interface AnalysisSubject {
  set: RuleSet;
  space: RuleSpace;
  /** In the order they are judged. */
  rules: readonly JudgedRule[];
  evaluate(facts: Facts): Evaluation;
  /** Recorded facts with the positions, in the order of judgement, of the rules that hold on them; undefined without history. */
  met?: readonly { facts: Facts; count: number; holding: ReadonlySet<number> }[];
  history?: RuleHistory;
  unsettled: string[];
  /** Whether there are facts on which all formulas hold; undefined (and noted as `question`) when the limit was reached. */
  possible(formulas: readonly Formula[], question: string): boolean | undefined;
  /** Facts on which all formulas hold, if `shows` says so of what the engine makes of them. */
  example(formulas: readonly Formula[], shows: (evaluation: Evaluation) => boolean): Facts | undefined;
}

export function subjectOf(set: RuleSet, history: RuleHistory | undefined): AnalysisSubject {
  const space = new RuleSpace(set);
  const evaluate = compileRuleSet(set);
  const rules = judgedRules(set).map(({ rule, index }) => {
    const holds = space.formulaOf(rule.conditions);
    return { rule, index, holds, fails: negation(holds) };
  });
  const unsettled: string[] = [];
  const solutions = (formulas: readonly Formula[]): Domains | null | 'unsure' => solve(space.domains, formulas);
  return {
    set,
    space,
    rules,
    evaluate,
    unsettled,
    ...(history ? { history, met: meetings(set, rules, history) } : {}),
    possible(formulas, question) {
      const found = solutions(formulas);
      if (found !== 'unsure') return found !== null;
      unsettled.push(question);
      return undefined;
    },
    example(formulas, shows) {
      const found = solutions(formulas);
      if (found === null || found === 'unsure') return undefined;
      const facts = space.factsIn(found);
      try {
        return shows(evaluate(facts)) ? facts : undefined;
      } catch (error) {
        // A fact whose limits the space does not know: nothing is claimed.
        if (!isDomainError(error)) throw error;
        return undefined;
      }
    },
  };
}

function meetings(set: RuleSet, rules: readonly JudgedRule[], history: RuleHistory) {
  const tests = rules.map(({ rule }) => compileHolds(rule.conditions));
  return history.groups.flatMap(({ facts: given, count }) => {
    try {
      const facts = readFacts(set, given);
      const holding = new Set(tests.flatMap((holds, position) => (holds(facts) ? [position] : [])));
      return [{ facts, count, holding }];
    } catch (error) {
      // Recorded before the rule set asked for a fact it asks for now; a backtest tells of these.
      if (!isDomainError(error)) throw error;
      return [];
    }
  });
}

/** Recorded decisions for which something is so; undefined without history. */
export function seenWhere(
  subject: AnalysisSubject,
  holds: (holding: ReadonlySet<number>, facts: Facts) => boolean,
): { seen?: number } {
  if (!subject.met) return {};
  let seen = 0;
  for (const { count, holding, facts } of subject.met) if (holds(holding, facts)) seen += count;
  return { seen };
}
