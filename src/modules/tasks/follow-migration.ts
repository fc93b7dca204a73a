import type { TaskWork } from './context.ts';
import type { Task } from './entities.ts';
import { refreshCandidates } from './refresh-candidates.ts';

export interface TaskOfVersion {
  processId: string;
  processVersion: number;
  elementId: string;
  title?: string;
  formId?: string | null;
  clock?: string | null;
  /** Names of the results, separated by commas. */
  results?: string;
  groups?: readonly string[];
}

/** An open task goes with its instance into another version of the process; who has the page open is told that it has changed. */
export async function followMigration(work: TaskWork, task: Task, to: TaskOfVersion): Promise<void> {
  task.processId = to.processId;
  task.processVersion = to.processVersion;
  task.elementId = to.elementId;
  if (to.title !== undefined) task.title = to.title;
  if (to.formId !== undefined) task.formId = to.formId;
  if (to.clock !== undefined) task.clock = to.clock;
  if (to.results !== undefined)
    task.resultNames = to.results
      .split(',')
      .map((name) => name.trim())
      .filter(Boolean);
  if (to.groups !== undefined) task.candidateGroups = [...to.groups];
  task.revision += 1;
  await work.em.flush();
  await refreshCandidates(work, task);
}
