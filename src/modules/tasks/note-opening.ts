import type { TaskWork } from './context.ts';
import { type TaskOpening, TaskOpeningEntity } from './entities.ts';

/** How long somebody is taken to be still at it after opening a task. */
const AT_IT_MS = 60 * 60_000;

/** Notes that somebody has the task before them, and tells who else has. */
export async function noteOpening(work: TaskWork, taskId: string): Promise<TaskOpening[]> {
  const now = work.clock.now();
  const others = await work.em.find(
    TaskOpeningEntity,
    { taskId, login: { $ne: work.actor.login }, openedAt: { $gte: new Date(+now - AT_IT_MS) } },
    { orderBy: { openedAt: 'desc' }, limit: 5 },
  );
  await work.em.upsert(TaskOpeningEntity, { taskId, login: work.actor.login, name: work.actor.name, openedAt: now });
  return others;
}
