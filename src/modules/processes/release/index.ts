/** The publish gate: releases with their checks, signatures, publication and roll back. */
export { analysisCheck } from './analysis-check.ts';
export { type BacktestOfItem, backtestCheck, backtestsOf } from './backtest-check.ts';
export {
  beginRelease,
  type Candidate,
  describeRelease,
  designTitle,
  draftsAsCandidates,
  draftsMovedOn,
  nextReleaseId,
  readDesigns,
  takeDrafts,
  withNewForms,
} from './begin-release.ts';
export { type ChangeInWords, changesOf } from './changes-of.ts';
export { CHECK_STATES, type Check, type CheckFinding, type CheckState, checkOf } from './check.ts';
export { type DesignInForce, designsInForce } from './designs-in-force.ts';
export { formUseCheck } from './form-use-check.ts';
export { newestVersion } from './in-force.ts';
export { type DiffLine, diffLines } from './line-diff.ts';
export { dueReleases, type PublishWork, publishRelease } from './publish-release.ts';
export {
  contentOf,
  findRelease,
  listReleases,
  OPEN_STATES,
  type Previous,
  RELEASE_KINDS,
  RELEASE_STATES,
  type Release,
  type ReleaseItem,
  type ReleaseKind,
  type ReleaseLine,
  type ReleaseState,
  requireState,
} from './release.ts';
export { type ReleaseOfVersion, releasesOfVersions } from './release-of-version.ts';
export { keepExpectation, renewExpectation } from './renew-expectation.ts';
export { looksOf, noteLook, retryRelease, returnRelease, signRelease, whyNotSign } from './review-release.ts';
export { beginRollBack, canRollBack, rollBackAtOnce } from './roll-back.ts';
export { type GateWork, keepReport, runChecks, type Together } from './run-checks.ts';
export { explainWarnings, explanationOf, submitRelease, withdrawRelease } from './submit-release.ts';
