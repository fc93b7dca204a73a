import { sqlOf } from '../../db/orm.ts';
import { enqueue, type Json } from '../../engine/outbox/index.ts';
import { conflict } from '../../kernel/errors.ts';
import { checkMayWork, lockTask, nameOf } from './claim-task.ts';
import type { CompletionHandler, TaskWork } from './context.ts';
import type { Task } from './entities.ts';

export interface Completion {
  taskId: string;
  /** Values of the form, already validated by its schema. */
  values: Record<string, unknown>;
  /** The revision the person saw; a stale page is a conflict, never last-write-wins. */
  revision?: number;
}

/** Completes a task: task, ledger, history, clock and the engine's command in one transaction. */
export async function completeTask(
  given: TaskWork,
  completion: Completion,
  handler: CompletionHandler | undefined,
): Promise<Task> {
  const { login } = given.actor;
  const task = await lockTask(given, completion.taskId);
  checkMayWork(given, task, login);
  if (task.assignee && task.assignee !== login) {
    throw conflict(`这项任务现由 ${nameOf(given, task.assignee)} 办理，你写的内容没有提交，已为你保留。`, {
      reason: 'task-claimed',
      details: { assignee: task.assignee },
    });
  }
  if (completion.revision !== undefined && completion.revision !== task.revision) {
    throw conflict('你填写期间，这项任务有了变化。你写的内容都在，请看完变化后再提交。', {
      reason: 'stale',
      details: { revision: task.revision },
    });
  }
  const onBehalfOf = task.via[login]?.onBehalfOf;
  const work = onBehalfOf ? actingFor(given, onBehalfOf) : given;
  const effect = await handler?.(work, { task, values: completion.values, ...(onBehalfOf ? { onBehalfOf } : {}) });
  task.status = 'COMPLETED';
  task.assignee = login;
  task.completedAt = work.clock.now();
  task.completedBy = login;
  task.completedOnBehalfOf = onBehalfOf ?? null;
  task.values = completion.values;
  task.revision += 1;
  await work.em.flush();
  // Only the own draft goes: what a colleague has typed meanwhile stays theirs.
  await sqlOf(work.em).query(
    'with own as (delete from draft where subject = $1 and login = $2) delete from task_opening where task_id = $1',
    [task.id, login],
  );
  const results = Object.fromEntries(task.resultNames.map((name) => [name, completion.values[name] ?? null]));
  await enqueue(sqlOf(work.em), {
    commandId: `complete-job:${task.jobKey}`,
    orderingKey: task.demandId ?? task.processInstanceKey,
    command: {
      type: 'completeJob',
      jobKey: task.jobKey,
      variables: { ...results, ...effect?.variables } as Record<string, Json>,
    },
  });
  return task;
}

/** A delegate acts in the principal's name: every event of the completion says so (`王某（代 李某）`). */
const actingFor = (work: TaskWork, principal: string): TaskWork => ({
  ...work,
  actor: { ...work.actor, onBehalfOf: { login: principal, name: nameOf(work, principal) } },
});
