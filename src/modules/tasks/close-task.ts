import type { EntityManager } from '../../db/orm.ts';
import { TaskEntity } from './entities.ts';

/** The job is gone (withdrawn, interrupted): the task leaves people's lists. A task already completed here stays as it is. */
export async function cancelTask(em: EntityManager, jobKey: string, at: Date): Promise<void> {
  await em.nativeUpdate(TaskEntity, { jobKey, status: 'OPEN' }, { status: 'CANCELED', completedAt: at });
}
