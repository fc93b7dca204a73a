import { sqlOf } from '../../db/orm.ts';
import { conflict, forbidden, invalid, notFound } from '../../kernel/errors.ts';
import { DemandEntity, type Work } from '../demands/index.ts';
import { notify } from '../notifications/index.ts';
import { assignTask, type Task, TaskEntity, type TaskWork } from '../tasks/index.ts';
import { assignableTo } from './assignable.ts';
import { tellingMoment } from './telling-moment.ts';

type Unit = Work & TaskWork;

/** The tasks of a demand that the head of their department may give to somebody else there. */
export async function tasksToPassOn(work: Unit, demandId: string): Promise<Task[]> {
  const { actor } = work;
  if (!actor.roles.includes('DEPARTMENT_HEAD')) return [];
  const open = await work.em.find(TaskEntity, { demandId, status: 'OPEN' }, { orderBy: { createdAt: 'asc' } });
  return open.filter(
    (task) =>
      PASSED_ON.includes(task.formId ?? '') &&
      task.departmentCode != null &&
      actor.departments.includes(task.departmentCode),
  );
}

const PASSED_ON = ['handle-demand', 'give-feedback', 'give-co-opinion', 'review-deferral'];

/** The head of a department gives its work on a demand to somebody of the department (转派), with a reason; limits stay. */
export async function passOnTasks(
  work: Unit,
  demandId: string,
  input: { login: string; reason: string },
): Promise<Task[]> {
  const tasks = await tasksToPassOn(work, demandId);
  if (tasks.length === 0) {
    if (!work.actor.roles.includes('DEPARTMENT_HEAD'))
      throw forbidden('转派由部门负责人在本部门内办理。', { reason: 'not-head' });
    throw conflict('此件现在没有本部门可以转派的任务。请刷新页面查看最新情况。', { reason: 'nothing-to-pass-on' });
  }
  const demand = await work.em.findOne(DemandEntity, { id: demandId });
  if (!demand) throw notFound('没有找到这件诉求。');
  const passed: Task[] = [];
  for (const task of tasks) {
    const allowed = assignableTo(work.directory, task, demand, undefined).some(
      (user) =>
        user.login === input.login && work.directory.departmentsOfUser(user.login).includes(task.departmentCode!),
    );
    if (!allowed)
      throw invalid('没有转派', [
        { pointer: '/login', message: '“转派给”要选本部门在岗、不用回避的人。请从列表中选择。' },
      ]);
    if (task.assignee === input.login) continue;
    const given = await assignTask(work, task.id, input.login, `${work.actor.name}转派：${input.reason.trim()}`);
    passed.push(given);
    await notify(sqlOf(work.em), [input.login], {
      cause: `passed-on:${task.id}:${given.revision}`,
      kind: 'TASK',
      title: `转派给你：${task.title}`,
      body: `${work.actor.name}：${input.reason.trim()}`,
      link: `/tasks/${task.id}`,
      demandId,
      at: work.clock.now(),
      visibleAt: await tellingMoment(work, task.orgCode),
    });
  }
  return passed;
}
