import { FOR_UPDATE, sqlOf } from '../../db/orm.ts';
import { shanghaiTime } from '../../kernel/clock.ts';
import { conflict, forbidden, notFound } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import type { TaskWork } from './context.ts';
import { type Task, TaskEntity } from './entities.ts';

/** The task for change, its row locked: two people on one task come one after the other. */
export async function lockTask(work: Pick<TaskWork, 'em'>, taskId: string): Promise<Task> {
  const task = await work.em.findOne(TaskEntity, { id: taskId }, FOR_UPDATE);
  if (!task) throw notFound('没有找到这项任务。它可能已经撤回；请回到“我的待办”查看。');
  return task;
}

export const nameOf = (work: Pick<TaskWork, 'directory'>, login: string | null | undefined): string =>
  login ? (work.directory.user(login)?.name ?? login) : '';

/** Refuses when the task is done, withdrawn, or not this person's; the sentence says who and when. */
export function checkMayWork(work: Pick<TaskWork, 'directory'>, task: Task, login: string): void {
  const at = task.completedAt ? ` 于 ${shanghaiTime(task.completedAt)}` : '';
  if (task.status === 'COMPLETED') {
    const who = task.completedBy === login ? '你' : ` ${nameOf(work, task.completedBy)} `;
    throw conflict(`这项任务已由${who}${at.trim()} 办完，没有重复提交。`, { reason: 'task-completed' });
  }
  if (task.status === 'CANCELED') {
    throw conflict(`这项任务已${at}${at ? ' ' : ''}撤回，不用再办。你写的内容没有提交，已为你保留。`, {
      reason: 'task-canceled',
    });
  }
  if (!task.candidates.includes(login)) {
    throw forbidden('这项任务没有分派给你。需要你办理的，请联系纳税服务部门改派。', { reason: 'not-candidate' });
  }
}

export interface ClaimOptions {
  /** Take it from the colleague who has it; recorded as 改派. */
  takeOver?: boolean;
}

/** Takes a task (领取). Somebody else's claim is a conflict unless it is taken over; one's own claim changes nothing. */
export async function claimTask(work: TaskWork, taskId: string, options: ClaimOptions = {}): Promise<Task> {
  const task = await lockTask(work, taskId);
  const { login } = work.actor;
  checkMayWork(work, task, login);
  const before = task.assignee;
  if (before && before !== login && !options.takeOver) {
    throw conflict(
      `这项任务已由 ${nameOf(work, before)} 领取。需要接手的，请联系对方释放，或在任务页上领取（会记录改派）。`,
      { reason: 'task-claimed', details: { assignee: before } },
    );
  }
  if (before === login && task.claimedAt) return task;
  task.assignee = login;
  task.claimedAt = work.clock.now();
  task.revision += 1;
  if (before && before !== login) await noteAssigned(work, task, before, login, '同组人员领取');
  return task;
}

/** Gives a claimed task back (释放), when others could take it. */
export async function releaseTask(work: TaskWork, taskId: string): Promise<Task> {
  const task = await lockTask(work, taskId);
  checkMayWork(work, task, work.actor.login);
  if (task.assignee !== work.actor.login)
    throw conflict('这项任务不在你手上，不用释放。', { reason: 'task-not-yours' });
  if (task.candidates.length < 2)
    throw conflict('这项任务只有你能办，不能释放。需要他人办理的，请设代理或联系纳税服务部门改派。', {
      reason: 'only-candidate',
    });
  task.assignee = null;
  task.claimedAt = null;
  task.revision += 1;
  return task;
}

/** Puts a task into somebody's hands (改派); tax service does it for tasks nobody could be found for. */
export async function assignTask(work: TaskWork, taskId: string, login: string, why: string): Promise<Task> {
  const task = await lockTask(work, taskId);
  if (task.status !== 'OPEN') throw conflict('这项任务已经办完或撤回，不能改派。', { reason: 'task-closed' });
  const before = task.assignee ?? null;
  task.assignee = login;
  task.candidates = [...new Set([...task.candidates, login])];
  task.via = { ...task.via, [login]: { via: 'ASSIGNED', because: why } };
  task.why = why;
  task.unassignable = false;
  task.claimedAt = work.clock.now();
  task.revision += 1;
  await noteAssigned(work, task, before, login, why);
  return task;
}

async function noteAssigned(work: TaskWork, task: Task, from: string | null, to: string, reason: string) {
  if (!task.demandId) return;
  await work.em.flush();
  await appendEvent(sqlOf(work.em), {
    subjectType: 'demand',
    subjectId: task.demandId,
    type: 'task.assigned',
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload: { task: task.title, fromLogin: from, toLogin: to, reason },
  });
}
