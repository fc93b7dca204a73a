/**
 * What is wrong with a rule set as a whole, each finding shown by facts that were really evaluated: rules that never decide, rules that
 * contradict themselves, rules that hold together and decide otherwise, facts no rule is for, rules without an example or never met.
 */

import { exampleFindings, factFindings, neverMet } from './analysis/coverage.ts';
import type { RuleFinding } from './analysis/finding.ts';
import { gaps } from './analysis/gaps.ts';
import type { RuleHistory } from './analysis/history.ts';
import { overlaps } from './analysis/overlaps.ts';
import { type AnalysisSubject, subjectOf } from './analysis/subject.ts';
import { withoutEffect } from './analysis/without-effect.ts';
import type { RuleSet } from './rule-set.ts';

export interface RuleAnalysis {
  /** Most serious first; the same every time. */
  findings: RuleFinding[];
  /** Questions that could not be settled within the limit: “规则 A 是否……”. Empty as a rule. */
  unsettled: string[];
}

/**
 * Analyses a rule set without lint errors. `examples` is the content of its examples file; with `history`, findings say how often they
 * occurred. Exact over the boundaries and values that the conditions name; each question is given up after a fixed number of steps.
 */
export function analyseRuleSet(set: RuleSet, given: { examples?: unknown; history?: RuleHistory } = {}): RuleAnalysis {
  const subject: AnalysisSubject = subjectOf(set, given.history);
  const dead = withoutEffect(subject);
  const findings = [
    ...dead,
    ...overlaps(subject, new Set(dead.flatMap((finding) => finding.rules.slice(0, 1)))),
    ...gaps(subject),
    ...exampleFindings(subject, given.examples),
    ...neverMet(subject),
    ...factFindings(subject),
  ];
  const rank = { error: 0, warning: 1, note: 2 };
  return {
    findings: findings
      .map((finding, index) => ({ finding, index }))
      .sort(
        (a, b) =>
          rank[a.finding.severity] - rank[b.finding.severity] ||
          (b.finding.seen ?? 0) - (a.finding.seen ?? 0) ||
          a.index - b.index,
      )
      .map(({ finding }) => finding),
    unsettled: subject.unsettled,
  };
}
