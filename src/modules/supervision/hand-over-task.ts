import { sqlOf } from '../../db/orm.ts';
import { conflict, invalid, notFound } from '../../kernel/errors.ts';
import { DemandEntity, ExtensionEntity, type Work } from '../demands/index.ts';
import { notify } from '../notifications/index.ts';
import type { OrgUser } from '../org/index.ts';
import { assignTask, claimTask, type Task, TaskEntity, type TaskWork } from '../tasks/index.ts';
import { assignableTo } from './assignable.ts';
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

/** People a task may be given to, for the list and for the check. */
export async function peopleFor(work: Unit, task: Task): Promise<OrgUser[]> {
  const demand = task.demandId ? await work.em.findOne(DemandEntity, { id: task.demandId }) : null;
  const extension =
    task.formId === 'approve-extension' && demand
      ? await work.em.findOne(ExtensionEntity, { demandId: demand.id, status: 'PENDING' })
      : null;
  return assignableTo(work.directory, task, demand, extension?.requestedBy);
}

/** Tax service gives a task that nobody could be found for to somebody (指派), who is told. */
export async function reassignTask(work: Unit, taskId: string, login: string): Promise<Task> {
  const task = await work.em.findOne(TaskEntity, { id: taskId });
  const { actor, directory } = work;
  // A county's desk cares for its own; the city's also for a bureau that has no desk.
  const cares =
    task &&
    (task.orgCode === actor.orgCode ||
      (actor.bureauLevel === 'CITY' && directory.usersWithRole(task.orgCode ?? '', 'DEMAND_DESK').length === 0));
  if (!task || !cares) throw notFound('没有找到这项任务，或者它不归本单位指派。');
  if (task.status === 'OPEN' && !task.unassignable)
    throw conflict('这项任务已经有人可办，不用指派。需要换人的，请有权办理的人在任务页上领取。', {
      reason: 'task-has-people',
    });
  const people = await peopleFor(work, task);
  if (!people.some((user) => user.login === login))
    throw invalid('没有指派：这个人不在可以办理的名单里（不在这个单位、岗位不符，或者应当回避）。请从列表中选择。', [
      { pointer: '/login', message: '请从列表中选择可以办理的人。' },
    ]);
  const given = await assignTask(work, taskId, login, `${actor.name}指派给你`);
  await tell(work, given, login, `指派给你：${given.title}`, `${actor.name}把这项任务指派给你。`);
  return given;
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
