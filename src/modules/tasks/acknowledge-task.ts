import { sqlOf } from '../../db/orm.ts';
import { conflict } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import { checkMayWork, lockTask } from './claim-task.ts';
import type { TaskWork } from './context.ts';
import type { Task } from './entities.ts';

/** Forms whose tasks are acknowledged (签收): what a host department receives. */
export const ACKNOWLEDGED_FORMS: readonly string[] = ['handle-demand', 'give-co-opinion'];

export const awaitsAcknowledgement = (task: { formId?: string | null; acknowledgedAt?: Date | null; status: string }) =>
  task.status === 'OPEN' && !task.acknowledgedAt && ACKNOWLEDGED_FORMS.includes(task.formId ?? '');

/** Says “seen” (签收, R17): it never starts, stops or moves a clock. Doing it twice changes nothing. */
export async function acknowledgeTask(work: TaskWork, taskId: string): Promise<Task> {
  const task = await lockTask(work, taskId);
  checkMayWork(work, task, work.actor.login);
  if (task.acknowledgedAt) return task;
  if (!awaitsAcknowledgement(task))
    throw conflict(`“${task.title}”不用签收，直接办理即可。`, { reason: 'not-acknowledged' });
  task.acknowledgedAt = work.clock.now();
  task.acknowledgedBy = work.actor.login;
  await work.em.flush();
  if (task.demandId)
    await appendEvent(sqlOf(work.em), {
      subjectType: 'demand',
      subjectId: task.demandId,
      type: 'task.acknowledged',
      occurredAt: task.acknowledgedAt,
      actor: work.actor,
      payload: { task: task.title },
    });
  return task;
}
