/** Rule sets: load, lint, version, evaluate with json-rules-engine, explain, compile. */
export { compileRuleSet, type Evaluation, type ExplainedRule } from './compile-rule-set.ts';
export { evaluateRuleSet } from './evaluate-rule-set.ts';
export { type ExplainedInWords, explainInWords, nearestChange } from './explain-in-words.ts';
export { lintRuleSet, type RuleProblem } from './lint-rule-set.ts';
export { parameterReader } from './parameters.ts';
export type { Facts, Outcome, RuleSet } from './rule-set.ts';
export {
  activeRuleSet,
  evaluationsOf,
  loadRuleFiles,
  parseRuleFile,
  type RuleFile,
  ruleSetVersion,
  type StoredEvaluation,
  seedRuleSets,
  storeEvaluation,
} from './store-rules.ts';
