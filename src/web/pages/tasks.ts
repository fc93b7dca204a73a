import { forbidden, isDomainError, notFound } from '../../kernel/errors.ts';
import { requirePermission } from '../../modules/access/index.ts';
import { DemandEntity } from '../../modules/demands/index.ts';
import { recordAttempt } from '../../modules/feedback/index.ts';
import { submitForm } from '../../modules/forms/index.ts';
import { reassignTask, takeOverTask, urgeTask } from '../../modules/supervision/index.ts';
import {
  acknowledgeTask,
  checkMayWork,
  countNewTasks,
  lockTask,
  releaseTask,
  saveDraft,
  TaskEntity,
} from '../../modules/tasks/index.ts';
import type { House, Unit } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { alreadySubmitted, noteSubmission } from '../submit-once.ts';
import { resultPage, runBatch } from './batch.ts';
import { drawTaskList } from './task-list.ts';
import { draftKey, drawTask, loadTask } from './task-page.ts';
import { submitTask } from './task-submit.ts';

const textsOf = (value: unknown): string[] =>
  [
    ...new Set((Array.isArray(value) ? value : [value]).filter((item) => typeof item === 'string' && item !== '')),
  ] as string[];

/** Only lists of this site are led back to. */
const listOf = (value: unknown): string => (/^\/tasks(\?[\w=&:%.-]*)?$/.test(String(value)) ? String(value) : '/tasks');

export function taskPages(house: House): Route[] {
  const open = (ask: Ask) => drawTask(house, ask, {});
  const submit = (ask: Ask) => submitTask(house, ask);
  return [
    {
      method: 'get',
      path: '/tasks',
      permission: 'task.work',
      scope: '本人的任务，或本部门的任务',
      handle: (ask) => drawTaskList(house, ask),
    },
    {
      method: 'get',
      path: '/tasks/new',
      permission: 'task.work',
      scope: '本人的任务',
      async handle({ req, res, actor }) {
        const since = new Date(textOf(req.query.since) ?? '');
        const count = Number.isNaN(+since) ? 0 : await countNewTasks(house.sql, actor.login, since);
        res.set('Cache-Control', 'no-store').json({ count });
      },
    },
    {
      method: 'post',
      path: '/tasks/batch',
      permission: 'task.work',
      scope: '本人可签收的任务；可催办的任务',
      handle: (ask) => batch(house, ask),
    },
    resultPage(house),
    {
      method: 'get',
      path: '/tasks/:id',
      permission: 'task.work',
      scope: '本人可办的任务，或看得到的诉求的任务',
      handle: open,
    },
    { method: 'post', path: '/tasks/:id', permission: 'task.work', scope: '本人可办的任务', handle: submit },
    { method: 'get', path: '/approvals/:id', permission: 'extension.approve', scope: '本人的审批', handle: open },
    { method: 'post', path: '/approvals/:id', permission: 'extension.approve', scope: '本人的审批', handle: submit },
    {
      method: 'post',
      path: '/tasks/:id/acknowledge',
      permission: 'task.work',
      scope: '本人可办的任务',
      async handle({ req, res, actor }) {
        await house.transaction(actor, (unit) => acknowledgeTask(unit, String(req.params.id)));
        res.redirect(303, `/tasks/${req.params.id}?ok=acknowledged`);
      },
    },
    {
      method: 'post',
      path: '/tasks/:id/claim',
      permission: 'task.work',
      scope: '本人可办的任务',
      async handle({ req, res, actor }) {
        await house.transaction(actor, (unit) => takeOverTask(unit, String(req.params.id)));
        res.redirect(303, `/tasks/${req.params.id}?ok=claimed`);
      },
    },
    {
      method: 'post',
      path: '/tasks/:id/release',
      permission: 'task.work',
      scope: '本人的任务',
      async handle({ req, res, actor }) {
        await house.transaction(actor, (unit) => releaseTask(unit, String(req.params.id)));
        res.redirect(303, `/tasks/${req.params.id}?ok=released`);
      },
    },
    {
      method: 'post',
      path: '/tasks/:id/attempts',
      permission: 'task.work',
      scope: '本人的反馈任务',
      handle: (ask) => recordUnreached(house, ask),
    },
    {
      method: 'post',
      path: '/tasks/:id/assign',
      permission: 'task.assign',
      scope: '本单位的任务；市局可指派县局没有纳服专岗的任务',
      async handle({ req, res, actor }) {
        requirePermission(actor, 'task.assign');
        await house.transaction(actor, async (unit) => {
          const task = await unit.em.findOne(TaskEntity, { id: String(req.params.id) });
          const user = unit.directory.activeUser(textOf(req.body.login) ?? '');
          if (!task || (actor.bureauLevel !== 'CITY' && task.orgCode !== actor.orgCode))
            throw notFound('没有找到这项任务。');
          if (!user || (task.orgCode && user.orgCode !== task.orgCode))
            throw notFound('没有找到这个人，或者他不在这个单位。请从列表中选择。');
          await checkNotRecused(unit, task.demandId, user.login);
          await reassignTask(unit, task.id, user.login);
        });
        res.redirect(303, '/dispatch?ok=assigned');
      },
    },
  ];
}

/** Nobody is given a task on a demand they must stay out of (回避). */
async function checkNotRecused(unit: Unit, demandId: string | null | undefined, login: string): Promise<void> {
  const demand = demandId ? await unit.em.findOne(DemandEntity, { id: demandId }) : null;
  const departments = unit.directory.departmentsOfUser(login);
  if (
    demand?.recusedLogins.includes(login) ||
    (demand?.reportedDepartment && departments.includes(demand.reportedDepartment))
  )
    throw forbidden(`${unit.directory.user(login)?.name ?? login}与此件有利害关系，应当回避，不能指派。请另选一人。`, {
      reason: 'recused',
    });
}

async function batch(house: House, ask: Ask): Promise<void> {
  const { req, actor } = ask;
  const ids = textsOf(req.body.task);
  const urge = textOf(req.body.action) === 'urge';
  const tasks = await house.transaction(actor, (unit) => unit.em.find(TaskEntity, { id: { $in: ids } }));
  const numbers = await house.transaction(actor, (unit) =>
    unit.em.find(DemandEntity, { id: { $in: tasks.flatMap((task) => task.demandId ?? []) } }),
  );
  const labelOf = (id: string) => {
    const task = tasks.find((item) => item.id === id);
    const demand = numbers.find((item) => item.id === task?.demandId);
    return demand ? `${demand.number} ${task!.title}` : (task?.title ?? '找不到的任务');
  };
  await runBatch(house, ask, {
    items: ids,
    title: urge ? '批量催办' : '批量签收',
    back: { href: listOf(req.body.back), text: '回到列表' },
    did: urge ? '催办' : '签收',
    didNot: urge ? '没有催办' : '没有签收',
    link: (id) => ({ label: labelOf(id), href: `/tasks/${id}` }),
    async run(unit, id) {
      if (!urge) return void (await acknowledgeTask(unit, id));
      const { task } = await loadTask(house, unit, actor, id);
      const heads = actor.roles.includes('DEPARTMENT_HEAD') && actor.departments.includes(task.departmentCode ?? '');
      if (!heads && !(actor.roles.includes('DEMAND_DESK') && task.orgCode === actor.orgCode))
        throw forbidden('只有主办部门负责人和本单位纳服专岗可以催办。', { reason: 'not-urging' });
      await urgeTask(unit, id);
    },
  });
}

/** An attempt that reached nobody is kept beside the feedback form; what was typed into the form itself becomes the draft. */
async function recordUnreached(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const id = String(req.params.id);
  const read = submitForm(ATTEMPT_FORM, { attemptAt: textOf(req.body.attemptAt) });
  const { form } = await house.transaction(actor, (unit) => loadTask(house, unit, actor, id));
  const typed = submitForm(form, req.body).values;
  if (!read.ok) return drawTask(house, ask, { values: typed, problems: read.problems, status: 422 });
  const token = textOf(req.body._once);
  const location = `/tasks/${id}?ok=attempted#contacts`;
  try {
    const before = await house.transaction(actor, async (unit) => {
      const led = await alreadySubmitted(unit, token);
      if (led) return led;
      const task = await lockTask(unit, id);
      checkMayWork(unit, task, actor.login);
      if (task.formId !== 'give-feedback' || !task.demandId) throw notFound('这项任务不登记联系。');
      const at = read.values.attemptAt as string | undefined;
      const note = textOf(req.body.attemptNote)?.slice(0, 500);
      await recordAttempt(unit, task.demandId, {
        method: textOf(req.body.attemptMethod) ?? '',
        outcome: textOf(req.body.attemptOutcome) ?? '',
        ...(at ? { at } : {}),
        ...(note ? { note } : {}),
      });
      if (Object.keys(typed).length > 0)
        await saveDraft(unit, draftKey(id, form.id), { title: task.title, values: typed });
      await noteSubmission(unit, token, location);
      return undefined;
    });
    res.redirect(303, before ?? location);
  } catch (error) {
    if (!isDomainError(error) || error.code !== 'Invalid') throw error;
    await drawTask(house, ask, { values: typed, problems: [...error.problems], status: 422 });
  }
}

/** The one field of the attempt that needs reading, by the rules of every form. */
const ATTEMPT_FORM = {
  id: 'contact-attempt',
  processId: '',
  title: '联系记录',
  components: [{ type: 'datetime', subtype: 'datetime' as const, key: 'attemptAt', label: '联系时间' }],
};
