/** Work items of people (待办): open, claim, acknowledge, draft, complete, reassign. */
export { ACKNOWLEDGED_FORMS, acknowledgeTask, awaitsAcknowledgement } from './acknowledge-task.ts';
export { assignTask, checkMayWork, claimTask, lockTask, releaseTask } from './claim-task.ts';
export { cancelTask } from './close-task.ts';
export { type Completion, completeTask } from './complete-task.ts';
export type { Candidate, CompletionEffect, CompletionHandler, ResolvedCandidates, TaskWork } from './context.ts';
export { countOpenByForm, countTasks } from './count-tasks.ts';
export { type Draft, entities, type Task, TaskEntity, type TaskOpening } from './entities.ts';
export { followMigration } from './follow-migration.ts';
export { type HeldTask, handOverTasks, tasksHeldBy } from './hand-over.ts';
export { countNewTasks, listTasks, type TaskQuery, type TaskRow } from './list-tasks.ts';
export { noteOpening } from './note-opening.ts';
export { type JobOpened, openTask } from './open-task.ts';
export { openTasksAfter, refreshCandidates } from './refresh-candidates.ts';
export { type DraftKey, discardDraft, draftsOf, findDraft, saveDraft } from './save-draft.ts';
export { countUnassignable, listUnassignable } from './unassignable.ts';
