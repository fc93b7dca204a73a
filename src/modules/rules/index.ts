/** Rule sets: load, lint, version, evaluate with json-rules-engine, explain, compile, publish. */
export { checkExamples, type RuleExample } from './check-examples.ts';
export { compileRuleSet, type Evaluation, type ExplainedRule } from './compile-rule-set.ts';
export { evaluateRuleSet } from './evaluate-rule-set.ts';
export { type ExplainedInWords, explainInWords, nearestChange } from './explain-in-words.ts';
export { lintRuleSet } from './lint-rule-set.ts';
export { overrideParameters, parameterReader } from './parameters.ts';
export { publishRuleSet } from './publish-rule-set.ts';
export type { RuleProblem } from './rule-problem.ts';
export type { Facts, Outcome, RuleSet } from './rule-set.ts';
export {
  activeRuleSet,
  evaluationsOf,
  listRuleSetVersions,
  loadRuleFiles,
  parseRuleFile,
  type RuleFile,
  type RuleSetVersion,
  ruleSetVersion,
  rulesSince,
  type StoredEvaluation,
  seedRuleSets,
  storeEvaluation,
} from './store-rules.ts';
