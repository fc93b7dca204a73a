import { requirePermission } from '../../modules/access/index.ts';
import { DemandEntity } from '../../modules/demands/index.ts';
import { reassignTask, takeOverTask, urgeTask } from '../../modules/supervision/index.ts';
import { acknowledgeTask, countNewTasks, releaseTask, TaskEntity } from '../../modules/tasks/index.ts';
import type { House } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { resultPage, runBatch } from './batch.ts';
import { recordUnreached } from './contact-attempts.ts';
import { drawTaskList } from './task-list.ts';
import { drawTask, loadTask } from './task-page.ts';
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
        await house.transaction(actor, (unit) =>
          reassignTask(unit, String(req.params.id), textOf(req.body.login) ?? ''),
        );
        res.redirect(303, '/dispatch?ok=assigned');
      },
    },
  ];
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
      await loadTask(house, unit, actor, id);
      await urgeTask(unit, id);
    },
  });
}
