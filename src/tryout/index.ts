/** Designs tried in a house of their own: opened in memory, driven step by step, recorded and replayed as scenarios. */
export { defaultAnswers } from './default-answers.ts';
export { type Designs, designsFrom, NOTHING_NEW } from './designs.ts';
export {
  answersTo,
  type DemandCase,
  type DrivenDemand,
  driveDemands,
  registrationOf,
  type Stage,
  WALKABLE,
} from './drive-demands.ts';
export { type TrialParts, trialOpener } from './open-trial.ts';
export { repeatableIds } from './repeatable-ids.ts';
export { refusalOf, runScenarios, type ScenarioResult, standingAfter, touchedBy } from './run-scenarios.ts';
export { runToEnd } from './run-to-end.ts';
export { loadSamples } from './samples.ts';
export { elementNames, expectationNow, namesWith, scenarioCheck } from './scenario-check.ts';
export { type StagedHouse, stageOn } from './stage.ts';
export { registrationStep, Trial, type TrialTask } from './trial.ts';
export type { OpenTrial, TrialHouse } from './trial-house.ts';
