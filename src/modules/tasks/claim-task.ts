import { conflict, forbidden, notFound } from '../../kernel/errors.ts';
import type { TaskWork } from './context.ts';
import { type Task, TaskEntity } from './entities.ts';

/** The task for change, its row locked: two people on one task come one after the other. */
export async function lockTask(work: TaskWork, taskId: string): Promise<Task> {
  const task = await work.em.findOne(TaskEntity, { id: taskId }, { lockMode: 4 });
  if (!task) throw notFound('没有找到这项任务。它可能已经撤回；请回到“我的待办”查看。');
  return task;
}

/** Refuses when the task is done, withdrawn, or not this person's. */
export function checkMayWork(task: Task, login: string): void {
  if (task.status === 'COMPLETED') {
    throw conflict(`这项任务已由 ${task.completedBy === login ? '你' : '他人'} 办完，没有重复提交。`, {
      reason: 'task-completed',
    });
  }
  if (task.status === 'CANCELED') {
    throw conflict('这项任务已经撤回，不用再办。你写的内容没有提交。', { reason: 'task-canceled' });
  }
  if (!task.candidates.includes(login)) {
    throw forbidden('这项任务没有分派给你。需要你办理的，请联系纳税服务部门改派。', { reason: 'not-candidate' });
  }
}

/** Takes a task (领取). Somebody else's claim is a conflict; one's own claim changes nothing. */
export async function claimTask(work: TaskWork, taskId: string): Promise<Task> {
  const task = await lockTask(work, taskId);
  checkMayWork(task, work.actor.login);
  if (task.assignee && task.assignee !== work.actor.login) {
    throw conflict('这项任务已由他人领取。需要接手的，请联系对方释放，或由部门负责人改派。', {
      reason: 'task-claimed',
      details: { assignee: task.assignee },
    });
  }
  if (!task.assignee || !task.claimedAt) {
    task.assignee = work.actor.login;
    task.claimedAt = work.clock.now();
    task.revision += 1;
  }
  return task;
}

/** Gives a claimed task back (释放), when others could take it. */
export async function releaseTask(work: TaskWork, taskId: string): Promise<Task> {
  const task = await lockTask(work, taskId);
  checkMayWork(task, work.actor.login);
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
  task.assignee = login;
  task.candidates = [...new Set([...task.candidates, login])];
  task.via = { ...task.via, [login]: { via: 'ASSIGNED', because: why } };
  task.why = why;
  task.unassignable = false;
  task.claimedAt = work.clock.now();
  task.revision += 1;
  return task;
}
