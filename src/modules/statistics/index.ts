/** Indicators, reports, reconciliation, common demands and bulletins. Reads the ledger; keeps only what it found. */

export type { BulletinContent } from './bulletins/freeze-bulletin.ts';
export {
  BULLETIN_KINDS,
  BULLETIN_STATUSES,
  type Bulletin,
  deviationInWords,
  findBulletin,
  listBulletins,
  maySeeBulletin,
  type WrittenSection,
  writtenText,
} from './bulletins/read-bulletins.ts';
export { archiveBulletin, publishBulletin, returnBulletin, signBulletin } from './bulletins/sign-bulletin.ts';
export {
  beginBulletin,
  correctBulletin,
  refetchNumbers,
  restoreParagraph,
  saveDraft as saveBulletinDraft,
  submitBulletin,
} from './bulletins/write-bulletin.ts';
export {
  type BothWays,
  behindNumber,
  countIndicators,
  type IndicatorTable,
  type Measure,
  type Question,
  TOTAL,
} from './count-indicators.ts';
export {
  type Definitions,
  definitionsOn,
  type IndicatorDefinition,
  listDefinitions,
  loadDefinitions,
  seedDefinitions,
} from './definitions.ts';
export { type IndicatorPart, indicatorSql, isIndicator, isPart } from './indicators.ts';
export type { Intake } from './intake.ts';
export {
  addDays,
  instantsOf,
  monthOf,
  monthPeriod,
  type Period,
  periodBefore,
  quarterPeriod,
  rangePeriod,
  readPeriod,
  weekPeriod,
  yearBefore,
  yearPeriod,
} from './period.ts';
export { CLASSES, classOf, type ReconciliationClass } from './reconciliation/classes.ts';
export { BREAK_REASONS, type Break } from './reconciliation/find-breaks.ts';
export {
  breaksOf,
  findRun,
  linesOf,
  listRuns,
  type ReconciliationLine,
  type ReconciliationRun,
  reconcile,
  reconcileDaily,
} from './reconciliation/reconcile.ts';
export { makeReport, questionOf, type Report, type ReportRequest } from './report.ts';
export { findSnapshot, freeze, isIntact, type Snapshot } from './snapshots.ts';
export {
  closeTopic,
  mayWriteMeasures,
  reportTopic,
  setLead,
  type TopicReport,
  writeMeasures,
} from './topics/change-topic.ts';
export { findTopics, findTopicsDaily, type TopicFacts } from './topics/find-topics.ts';
export { behindTopic, bureausOfTopic, findTopic, listTopics, type Topic, weeksOfTopics } from './topics/read-topics.ts';
export { similarTexts } from './topics/similar-texts.ts';
export {
  behindCell,
  isUnitColumn,
  UNIT_COLUMNS,
  UNIT_RATES,
  type UnitColumn,
  type UnitLine,
} from './unit-table.ts';
