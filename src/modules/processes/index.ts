/** The catalogue of processes: versions in force, their diagrams as data, as pictures and in words; forms and drafts beside them. */
export {
  deployProcesses,
  diagramLookup,
  diagramOf,
  listProcessVersions,
  loadProcessFiles,
  type ProcessFile,
  type ProcessVersion,
  processesInForce,
  processXml,
  WITH_THE_PROGRAM,
} from './catalogue.ts';
export { type AcceptedDiagram, acceptDiagram } from './design/accept-diagram.ts';
export { designText } from './design/design-text.ts';
export type { Choice, DesignWords, JobChoice } from './design/design-words.ts';
export {
  type Answers,
  changeElement,
  type ElementField,
  elementFields,
} from './design/element-fields.ts';
export { type ElementTemplate, elementTemplates } from './design/element-templates.ts';
export {
  addComponent,
  emptyForm,
  type FormRow,
  formRows,
  labelOfRow,
  moveComponent,
  removeComponent,
  rowAt,
  writeComponent,
} from './design/forms/edit-form.ts';
export { formInUse } from './design/forms/form-in-use.ts';
export type { FormUsage } from './design/forms/form-usage.ts';
export {
  type FormFinding,
  type FormSurroundings,
  isPersonal,
} from './design/forms/lint-form-design.ts';
export { INSERTABLE, type InsertableKind, insertTask } from './design/insert-task.ts';
export { emptyProcess, isProcessId, problemsOfNewProcess } from './design/new-process.ts';
export { type Model, openModel } from './design/open-model.ts';
export { removeElement, whyNotRemovable } from './design/remove-element.ts';
export {
  beginDraft,
  DESIGN_KINDS,
  type DesignDraft,
  type DesignKind,
  draftOf,
  dropDraft,
  editedByAnother,
  keepDraft,
  listDrafts,
  takeOverDraft,
} from './design-drafts.ts';
export { type Diagram, type DiagramElement, elementOf } from './diagram.ts';
export { CHANGE_KINDS, type ChangeKind, type DesignChange, diffForm, diffProcess } from './diff/index.ts';
export { type ElementRow, elementTable } from './element-table.ts';
export {
  type FormVersion,
  formsInForce,
  formVersion,
  listFormVersions,
  publishForm,
  seedForms,
} from './form-versions.ts';
export {
  countIncidents,
  type Incident,
  incidentWithAttempts,
  lastResolved,
  openIncidents,
  openIncidentsOf,
  outcomeOfRetry,
  type RetryOutcome,
  remedyInWords,
  retryIncident,
} from './incidents.ts';
export {
  type ActWork,
  cancelInstance,
  changeVariables,
  handToPerson,
  MANUAL_GROUPS,
  manualRefusal,
  moveToken,
  openManualHandling,
  resumeInstance,
  targetsOf,
  tokensOf,
  type VariableChange,
} from './instances/act.ts';
export {
  actsOn,
  calledBy,
  findInstance,
  flowsOf,
  type Instance,
  maskedValue,
  visitsOf,
} from './instances/instance-detail.ts';
export {
  countInstances,
  INSTANCE_STATES,
  type InstanceFilter,
  type InstanceFilterState,
  type InstanceRow,
  listInstances,
  runningKeys,
  shortNumber,
} from './instances/list-instances.ts';
export {
  blocks,
  callsAmong,
  type DesignFinding,
  FINDING_GROUPS,
  type FindingGroup,
  handedOver,
  lintDiagramAlone,
  lintProcess,
  type Surroundings,
} from './lint/index.ts';
export { type Chosen, chosenKeys, MOST_CHOSEN, pickInstances } from './migrations/chosen.ts';
export {
  countItems,
  type ItemFilter,
  MIGRATION_ITEM_STATES,
  type MigrationItem,
  type MigrationItemState,
  type MovedClock,
  migratedInWords,
  migrationItems,
  reasonsOf,
} from './migrations/items.ts';
export {
  CLOCK_MODES,
  commandOf,
  engineVerdicts,
  findMigration,
  listMigrations,
  MIGRATION_STATES,
  type Migration,
  type MigrationClocks,
  type MigrationWork,
  mappingFor,
  REVERT_HOURS,
  rehearse,
  rehearseAgain,
  revertMigration,
  revertRefusal,
  runningMigrations,
  startMigration,
} from './migrations/migrations.ts';
export { type MappingRow, proposeMapping } from './migrations/propose-mapping.ts';
export { type ElementLoad, flowsTaken, loadOf, type Running, runningOf } from './observe.ts';
export {
  type Branch,
  branchesAhead,
  KINDS,
  outOfReach,
  type PathStep,
  pathInWords,
  type Visit,
} from './path-in-words.ts';
export { type MigrationPlan, type MigrationRequest, planMigration } from './plan-migration.ts';
export { contentHash, readDiagram } from './read-diagram.ts';
export * from './release/index.ts';
export { type DiffMark, type Mark, renderSvg } from './render-svg.ts';
export { differencesOf, type ElementNames } from './scenario-difference.ts';
export {
  loadScenarioFiles,
  parseScenario,
  readScenarioKey,
  type Scenario,
  type ScenarioFile,
  type ScenarioStep,
  type Standing,
  scenarioIn,
  scenarioKey,
  scenarioText,
} from './scenario-file.ts';
export {
  dropScenario,
  listScenarios,
  processesUsing,
  type ScenarioVersion,
  type StoredScenario,
  saveScenario,
  scenariosChangedByHand,
  scenarioVersions,
  seedScenarios,
} from './scenarios.ts';
