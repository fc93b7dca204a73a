import { sqlOf } from '../db/orm.ts';
import { DemandEntity, type Work } from '../modules/demands/index.ts';
import { notify } from '../modules/notifications/index.ts';
import { tellingMoment } from '../modules/supervision/index.ts';
import type { Task, TaskWork } from '../modules/tasks/index.ts';

/** A new task is told to whoever may take it, in working hours; one nobody can take is told to the tax service that has to assign it. */
export async function tellNewTask(work: Work & TaskWork, task: Task): Promise<void> {
  const demand = task.demandId ? await work.em.findOne(DemandEntity, { id: task.demandId }) : null;
  const orgCode = task.orgCode ?? demand?.hostOrgCode;
  const recipients = task.unassignable
    ? work.directory.usersWithRole(orgCode ?? '', 'DEMAND_DESK').map((user) => user.login)
    : task.candidates;
  if (recipients.length === 0) return;
  await notify(sqlOf(work.em), recipients, {
    cause: `task:${task.id}`,
    kind: 'TASK',
    title: task.unassignable ? `没有人可办，请指派：${task.title}` : `新任务：${task.title}`,
    body: demand ? `${demand.number}${demand.restricted ? '（限定可见）' : ` ${demand.title}`}` : '',
    link: task.unassignable ? '/dispatch#unassigned' : `/tasks/${task.id}`,
    ...(task.demandId ? { demandId: task.demandId } : {}),
    at: work.clock.now(),
    visibleAt: await tellingMoment(work, orgCode),
  });
}
