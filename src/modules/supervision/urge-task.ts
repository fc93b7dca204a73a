import { sqlOf } from '../../db/orm.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { conflict, forbidden } from '../../kernel/errors.ts';
import type { Work } from '../demands/index.ts';
import { appendEvent } from '../history/index.ts';
import { notify } from '../notifications/index.ts';
import { lockTask, type Task, type TaskWork } from '../tasks/index.ts';
import { tellingMoment } from './telling-moment.ts';

/**
 * Urges whoever has a task (催办): a message in working hours and a line on the timeline, once a day per task.
 * The head of the department that has it does so, and the desk of its bureau.
 */
export async function urgeTask(work: Work & TaskWork, taskId: string, wording?: string): Promise<Task> {
  const task = await lockTask(work, taskId);
  const { actor } = work;
  const heads = actor.roles.includes('DEPARTMENT_HEAD') && actor.departments.includes(task.departmentCode ?? '');
  if (!heads && !(actor.roles.includes('DEMAND_DESK') && task.orgCode === actor.orgCode))
    throw forbidden('只有主办部门负责人和本单位纳服专岗可以催办。', { reason: 'not-urging' });
  if (task.status !== 'OPEN') throw conflict('这项任务已经办完或撤回，不用催办。', { reason: 'task-closed' });
  const people = (task.assignee ? [task.assignee] : task.candidates).filter((login) => login !== work.actor.login);
  if (people.length === 0)
    throw conflict(task.candidates.length === 0 ? '没有人可办，请先指派。' : '这项任务就在你手上，不用催办自己。', {
      reason: 'nobody-to-urge',
    });
  const now = work.clock.now();
  const told = await notify(sqlOf(work.em), people, {
    cause: `urge:${task.id}:${shanghaiDate(now)}`,
    kind: 'URGE',
    title: `请尽快办理：${task.title}`,
    body: wording?.trim() || `${work.actor.name}催办。请在期限内办理；确有困难的，到期前申请延期。`,
    link: `/tasks/${task.id}`,
    ...(task.demandId ? { demandId: task.demandId } : {}),
    at: now,
    visibleAt: await tellingMoment(work, task.orgCode),
  });
  if (told === 0) throw conflict('今天已经催过一次。', { reason: 'urged-today' });
  if (task.demandId)
    await appendEvent(sqlOf(work.em), {
      subjectType: 'demand',
      subjectId: task.demandId,
      type: 'task.urged',
      occurredAt: now,
      actor: work.actor,
      payload: { task: task.title, toLogins: people },
    });
  return task;
}
