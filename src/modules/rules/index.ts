/** Rule sets: load, lint, version, evaluate with json-rules-engine, explain, compile, publish. */

export { analyseRuleSet, type RuleAnalysis } from './analyse.ts';
export { FINDING_KINDS, type RuleFinding } from './analysis/finding.ts';
export { type RuleHistory, ruleHistory } from './analysis/history.ts';
export {
  type BacktestReport,
  type BacktestRequest,
  backtestRuleSet,
  type ChangedDecision,
  countDecisions,
} from './backtest.ts';
export {
  type BacktestRun,
  type BacktestState,
  backtestRun,
  cancelBacktest,
  listBacktests,
  noteSeen,
  runBacktest,
  runWaitingBacktests,
  startBacktest,
} from './backtest-runs.ts';
export { checkExamples, type RuleExample } from './check-examples.ts';
export { compileDecision } from './compile-decision.ts';
export { compileRuleSet, type Evaluation, type ExplainedRule } from './compile-rule-set.ts';
export { diffExamples, diffRuleSets, type RuleChange } from './diff-rules.ts';
export {
  addRule,
  copyRule,
  disableRule,
  type HeadChange,
  moveRule,
  type RuleWriting,
  removeExample,
  removeRule,
  writeDefault,
  writeExample,
  writeHead,
  writeRule,
} from './edit-rule-set.ts';
export { evaluateRuleSet } from './evaluate-rule-set.ts';
export { type ExplainedInWords, explainInWords, nearestChange, wordsOf } from './explain-in-words.ts';
export {
  insertItem,
  type JsonMistake,
  lineOf,
  placeOf,
  readJson,
  removeItem,
  setMember,
  swapItems,
} from './json-text.ts';
export { lintRuleSet } from './lint-rule-set.ts';
export { type ParameterValue, parameterHistory } from './parameter-history.ts';
export { notWhole, overrideParameters, parameterReader } from './parameters.ts';
export { publishRuleSet } from './publish-rule-set.ts';
export {
  type ConditionGroup,
  type ConditionRow,
  conditionsFrom,
  emptyRow,
  FORM_OPERATORS,
  isGroup,
  keptInWords,
  type OutcomeField,
  outcomeFrom,
  type RuleForm,
  ruleForm,
} from './rule-form.ts';
export { outcomeInWords, type RuleInWords, rulesInWords } from './rule-in-words.ts';
export type { RuleProblem } from './rule-problem.ts';
export type { FactDeclaration, Facts, Outcome, RuleSet } from './rule-set.ts';
export { judgedRules } from './rule-set.ts';
export { type ExampleResult, runExamples } from './run-examples.ts';
export {
  activeRuleSet,
  evaluation,
  evaluationsOf,
  examplesInForce,
  hashOf,
  listRuleSets,
  listRuleSetVersions,
  loadRuleFiles,
  parseRuleFile,
  type RuleFile,
  type RuleSetVersion,
  ruleSetVersion,
  type StoredEvaluation,
  seedRuleSets,
  storeEvaluation,
} from './store-rules.ts';
export { readTypedFacts } from './typed-facts.ts';
