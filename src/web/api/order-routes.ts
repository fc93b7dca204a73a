import { invalid } from '../../kernel/errors.ts';
import { demandScopeSql } from '../../modules/access/index.ts';
import { lockDemand, statusTitle, voidDemand } from '../../modules/demands/index.ts';
import { submitForm } from '../../modules/forms/index.ts';
import { inboxOf, markRead } from '../../modules/notifications/index.ts';
import { reassignTask, urgeTask } from '../../modules/supervision/index.ts';
import type { House } from '../house.ts';
import { loadTask } from '../pages/task-page.ts';
import type { ApiRoute } from './api-route.ts';
import { instant, list, object, orNull, text } from './json-schema.ts';
import { bodyOf, fieldsOf, schemaOfForm, textsOf } from './read-body.ts';
import { withContent } from './seen-demand.ts';
import { named, taskJson } from './views.ts';

const URGE = object({ content: { ...text, maxLength: 300, description: '催什么、希望什么时候办好；不填用通用的话' } }, [
  'content',
]);
const ASSIGN = object({ login: { ...text, description: '给谁' } });
const NOTICE = object({
  id: text,
  kind: text,
  title: text,
  body: text,
  link: orNull(text),
  at: instant,
  readAt: orNull(instant),
});

/** What keeps work in order besides the tasks: a wrong registration voided, work urged or given to somebody, and the messages about it. */
export function orderRoutes(house: House): ApiRoute[] {
  const voiding = house.forms.get('void-demand')!;
  return [
    {
      method: 'post',
      path: '/demands/:number/voiding',
      permission: 'demand.void',
      scope: '同诉求件',
      summary: '作废登记有误的件',
      body: schemaOfForm(voiding),
      answers: {
        202: {
          description: '流程停止，没有办完的任务全部收回；编号、内容和记录都保留',
          schema: object({ number: text, status: text, statusTitle: text }),
        },
      },
      problems: [409, 422],
      async handle(ask) {
        const submission = submitForm(voiding, fieldsOf(voiding, bodyOf(ask)));
        if (!submission.ok) throw invalid('没有作废。', submission.problems);
        const after = await withContent(house, ask, async (unit, { id }) => {
          await voidDemand(unit, id, String(submission.values.reason));
          const { number, status } = await lockDemand(unit, id);
          return { id, number, status, statusTitle: statusTitle(status) };
        });
        await house.settle(after.id);
        const { id: _id, ...shown } = after;
        ask.res.status(202).json(shown);
      },
    },
    {
      method: 'post',
      path: '/tasks/:id/urge',
      permission: 'demand.urge',
      scope: '本部门的任务（部门负责人）、本单位的任务（纳服专岗）',
      summary: '催办',
      body: URGE,
      answers: { 200: { description: '办理人在工作时间收到；同一任务一天催一次', schema: named('Task') } },
      problems: [409, 422],
      async handle(ask) {
        const { req, res, actor } = ask;
        const { content = '' } = textsOf(URGE, bodyOf(ask));
        if ([...content.trim()].length > 300)
          throw invalid('没有催办。', [{ pointer: '/content', message: '“催办内容”最多 300 个字，请写短一些。' }]);
        const said = content.trim() ? `${actor.name}：${content.trim()}` : undefined;
        const task = await house.transaction(actor, async (unit) => {
          await loadTask(house, unit, actor, String(req.params.id));
          return taskJson(await urgeTask(unit, String(req.params.id), said));
        });
        res.json(task);
      },
    },
    {
      method: 'post',
      path: '/tasks/:id/assign',
      permission: 'task.assign',
      scope: '本单位没有人可办的任务；市局可指派县局没有纳服专岗的任务',
      summary: '指派',
      body: ASSIGN,
      answers: { 200: { description: '已指派，本人收到消息', schema: named('Task') } },
      problems: [409, 422],
      async handle(ask) {
        const { req, res, actor } = ask;
        const { login = '' } = textsOf(ASSIGN, bodyOf(ask));
        const task = await house.transaction(actor, async (unit) =>
          taskJson(await reassignTask(unit, String(req.params.id), login)),
        );
        res.json(task);
      },
    },
    {
      method: 'get',
      path: '/inbox',
      permission: 'account.own',
      scope: '本人；限定可见的件看不到的，消息也不列',
      summary: '我的消息',
      answers: { 200: { description: '新的在前，最多 100 条', schema: object({ items: list(NOTICE) }) } },
      async handle({ res, actor }) {
        const notices = await inboxOf(house.sql, actor.login, house.clock.now(), demandScopeSql(actor, 1));
        res.json({
          items: notices.map(({ id, kind, title, body, link, createdAt, readAt }) => ({
            id,
            kind,
            title,
            body,
            link,
            at: createdAt,
            readAt,
          })),
        });
      },
    },
    {
      method: 'post',
      path: '/inbox/read',
      permission: 'account.own',
      scope: '本人',
      summary: '消息全部标为已读',
      answers: { 204: { description: '已标记', schema: null } },
      async handle({ res, actor }) {
        await markRead(house.sql, actor.login, house.clock.now());
        res.status(204).end();
      },
    },
  ];
}
