import { sqlOf } from '../../db/orm.ts';
import type { Work } from '../demands/index.ts';
import { notify } from '../notifications/index.ts';
import { assignTask, claimTask, type Task, TaskEntity, type TaskWork } from '../tasks/index.ts';
import { tellingMoment } from './telling-moment.ts';

type Unit = Work & TaskWork;

/** A colleague takes a task over (领取): who had it is told. */
export async function takeOverTask(work: Unit, taskId: string): Promise<Task> {
  const before = (await work.em.findOne(TaskEntity, { id: taskId }))?.assignee ?? null;
  const task = await claimTask(work, taskId, { takeOver: true });
  if (before && before !== work.actor.login)
    await tell(work, task, before, `${work.actor.name}已领取“${task.title}”`, '这项任务不用你办了；你写的草稿还在。');
  return task;
}

/** Tax service gives a task to somebody (指派): who has it now is told. */
export async function reassignTask(work: Unit, taskId: string, login: string): Promise<Task> {
  const task = await assignTask(work, taskId, login, `${work.actor.name}指派给你`);
  await tell(work, task, login, `指派给你：${task.title}`, `${work.actor.name}把这项任务指派给你。`);
  return task;
}

async function tell(work: Unit, task: Task, login: string, title: string, body: string): Promise<void> {
  await notify(sqlOf(work.em), [login], {
    cause: `handed:${task.id}:${task.revision}`,
    kind: 'TASK',
    title,
    body,
    link: `/tasks/${task.id}`,
    ...(task.demandId ? { demandId: task.demandId } : {}),
    at: work.clock.now(),
    visibleAt: await tellingMoment(work, task.orgCode),
  });
}
