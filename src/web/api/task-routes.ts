import { DomainError, invalid, notFound } from '../../kernel/errors.ts';
import { DemandEntity } from '../../modules/demands/index.ts';
import { ATTEMPT_METHODS, ATTEMPT_OUTCOMES, evidenceOf, recordAttempt } from '../../modules/feedback/index.ts';
import { submitForm } from '../../modules/forms/index.ts';
import {
  acknowledgeTask,
  checkMayWork,
  claimTask,
  completeTask,
  discardDraft,
  findDraft,
  listTasks,
  releaseTask,
  saveDraft,
  type Task,
  TaskEntity,
} from '../../modules/tasks/index.ts';
import { fileOptions, keepFiles } from '../form-files.ts';
import { taskOptions } from '../form-options.ts';
import type { House, Unit } from '../house.ts';
import { suggestedHost, suggestionOf } from '../pages/suggestion.ts';
import type { Ask } from '../route.ts';
import type { ApiRoute } from './api-route.ts';
import { object, orNull } from './json-schema.ts';
import { bodyOf, fieldsOf } from './read-body.ts';
import { type QuerySpec, readQuery } from './read-query.ts';
import { named, page, taskJson, taskRowJson, taskSchema } from './views.ts';

const LIST_QUERY: QuerySpec = {
  view: { schema: { type: 'string', enum: ['mine', 'done'], default: 'mine' }, description: '待办、已办' },
  limit: { schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 }, description: '每页件数' },
  offset: { schema: { type: 'integer', minimum: 0, maximum: 1000, default: 0 }, description: '跳过件数' },
};
/** More tasks than one person can have. */
const MOST = 2000;
const ANY_OBJECT = { type: 'object', description: '表单各项' };

/** Tasks over the API, for the person the token stands for. */
export function taskRoutes(house: House): ApiRoute[] {
  const withTask = <T>(ask: Ask, work: (unit: Unit, task: Task) => Promise<T>): Promise<T> =>
    house.transaction(ask.actor, async (unit) => {
      const task = await unit.em.findOne(TaskEntity, { id: String(ask.req.params.id) });
      // Somebody else's task is not found, whether it exists or not.
      if (!task || !(task.candidates.includes(ask.actor.login) || task.completedBy === ask.actor.login))
        throw notFound('没有找到这项任务，或者它不是你的任务。');
      return work(unit, task);
    });
  const draftOf = (task: Task) => ({ formKey: task.formId ?? '', subject: task.id, draftId: '1' });
  return [
    {
      method: 'get',
      path: '/tasks',
      permission: 'task.work',
      scope: '本人的任务',
      summary: '我的任务',
      query: LIST_QUERY,
      answers: { 200: { description: '先到期的在前', schema: page(named('TaskRow')) } },
      problems: [422],
      async handle({ req, res, actor }) {
        const { view, limit, offset } = readQuery(req.query, LIST_QUERY);
        const rows = await listTasks(house.sql, { login: actor.login, view, limit: MOST });
        const items = rows.slice(offset, offset + limit).map(taskRowJson);
        res.json({ total: rows.length, limit, offset, items });
      },
    },
    {
      method: 'get',
      path: '/tasks/:id',
      permission: 'task.work',
      scope: '本人的任务',
      summary: '任务与表单',
      answers: {
        200: {
          description: '任务、它的表单（form-js）和本人的草稿',
          schema: object({
            ...taskSchema.properties,
            form: orNull({ type: 'object' }),
            draft: orNull({ type: 'object' }),
          }),
        },
      },
      handle: async (ask) =>
        void ask.res.json(
          await withTask(ask, async (unit, task) => ({
            ...taskJson(task),
            form: house.forms.get(task.formId ?? '') ?? null,
            draft: task.formId ? ((await findDraft(unit, draftOf(task)))?.values ?? null) : null,
          })),
        ),
    },
    {
      method: 'post',
      path: '/tasks/:id/claim',
      permission: 'task.work',
      scope: '本人的任务',
      summary: '领取任务',
      answers: { 200: { description: '已领取', schema: named('Task') } },
      problems: [409],
      handle: async (ask) =>
        void ask.res.json(await withTask(ask, async (unit, task) => taskJson(await claimTask(unit, task.id)))),
    },
    {
      method: 'post',
      path: '/tasks/:id/release',
      permission: 'task.work',
      scope: '本人的任务',
      summary: '释放任务',
      answers: { 200: { description: '已释放，同组的人可以领取', schema: named('Task') } },
      problems: [409],
      handle: async (ask) =>
        void ask.res.json(await withTask(ask, async (unit, task) => taskJson(await releaseTask(unit, task.id)))),
    },
    {
      method: 'post',
      path: '/tasks/:id/acknowledge',
      permission: 'task.work',
      scope: '本人的任务',
      summary: '签收任务',
      answers: { 200: { description: '已签收；签收只表示已看到，不影响办结期限', schema: named('Task') } },
      problems: [409],
      handle: async (ask) =>
        void ask.res.json(await withTask(ask, async (unit, task) => taskJson(await acknowledgeTask(unit, task.id)))),
    },
    {
      method: 'post',
      path: '/tasks/:id/attempts',
      permission: 'task.work',
      scope: '本人的反馈任务',
      summary: '登记一次没有联系上',
      body: object(
        {
          method: { type: 'string', enum: Object.keys(ATTEMPT_METHODS), description: '联系方式' },
          outcome: { type: 'string', enum: Object.keys(ATTEMPT_OUTCOMES), description: '未接通、短信已发送' },
          at: { type: 'string', format: 'date-time', description: '联系时间；不填为现在' },
          note: { type: 'string', maxLength: 500, description: '备注' },
        },
        ['method', 'outcome'],
      ),
      answers: {
        201: {
          description: '已登记；不同半天的次数满了并发过短信，反馈结果才可以是联系不上（UNREACHED）',
          schema: object({
            halfDays: { type: 'integer' },
            needed: { type: 'integer' },
            smsSent: { type: 'boolean' },
            enough: { type: 'boolean' },
          }),
        },
      },
      problems: [409, 422],
      async handle(ask) {
        const body = bodyOf(ask);
        const made = await withTask(ask, async (unit, task) => {
          checkMayWork(unit, task, ask.actor.login);
          const demand = task.demandId ? await unit.em.findOne(DemandEntity, { id: task.demandId }) : null;
          if (task.formId !== 'give-feedback' || !demand) throw notFound('这项任务不登记联系。');
          const text = (name: string) => (typeof body[name] === 'string' ? (body[name] as string) : undefined);
          await recordAttempt(unit, demand.id, {
            method: text('method') ?? '',
            outcome: text('outcome') ?? '',
            ...(text('at') ? { at: text('at')! } : {}),
            ...(text('note') ? { note: text('note')!.slice(0, 500) } : {}),
          });
          const { halfDays, needed, smsSent, enough } = await evidenceOf(unit, demand);
          return { halfDays, needed, smsSent, enough };
        });
        ask.res.status(201).json(made);
      },
    },
    {
      method: 'put',
      path: '/tasks/:id/draft',
      permission: 'task.work',
      scope: '本人的任务',
      summary: '保存草稿',
      body: ANY_OBJECT,
      answers: { 204: { description: '已保存，只有本人可见', schema: null } },
      problems: [409, 422],
      async handle(ask) {
        const body = bodyOf(ask);
        await withTask(ask, async (unit, task) => {
          const values = fieldsOf(formOf(house, task), body);
          await saveDraft(unit, draftOf(task), { title: task.title, values });
        });
        ask.res.status(204).end();
      },
    },
    {
      method: 'delete',
      path: '/tasks/:id/draft',
      permission: 'task.work',
      scope: '本人的任务',
      summary: '舍弃草稿',
      answers: { 204: { description: '已舍弃', schema: null } },
      async handle(ask) {
        await withTask(ask, (unit, task) => discardDraft(unit, draftOf(task)));
        ask.res.status(204).end();
      },
    },
    {
      method: 'post',
      path: '/tasks/:id/complete',
      permission: 'task.work',
      scope: '本人的任务',
      summary: '完成任务',
      body: {
        type: 'object',
        description: '表单各项（见任务的 form），可带 revision：看到的任务版本，已变则为冲突',
        properties: { revision: { type: 'integer' } },
      },
      answers: { 200: { description: '已完成', schema: named('Task') } },
      problems: [409, 422],
      async handle(ask) {
        const { revision, ...body } = bodyOf(ask);
        if (revision !== undefined && !Number.isInteger(revision))
          throw invalid('revision 应当是整数。', [{ pointer: '/revision', message: '应当是整数。' }]);
        const done = await withTask(ask, async (unit, task) =>
          taskJson(await complete(house, unit, task, body, revision as number | undefined)),
        );
        await house.settle(done.demandId);
        ask.res.json(done);
      },
    },
  ];
}

function formOf(house: House, task: Task) {
  const form = house.forms.get(task.formId ?? '');
  if (!form) throw new DomainError('Unavailable', '这项任务的表单不存在，请联系流程管理员。');
  return form;
}

async function complete(
  house: House,
  unit: Unit,
  task: Task,
  body: Record<string, unknown>,
  revision: number | undefined,
): Promise<Task> {
  const form = formOf(house, task);
  const demand = task.demandId ? await unit.em.findOne(DemandEntity, { id: task.demandId }) : null;
  const fields = fieldsOf(form, body);
  const options = {
    ...taskOptions(house, unit.directory, unit.actor, demand),
    files: await fileOptions(unit, form, fields, demand?.id),
  };
  const submission = submitForm(form, fields, options);
  if (!submission.ok) throw invalid(`有 ${submission.problems.length} 处需要修改，没有提交。`, submission.problems);
  const suggested =
    form.id === 'dispatch-demand' && demand ? suggestedHost(await suggestionOf(unit, demand.id)) : undefined;
  const values = suggested ? { ...submission.values, suggested } : submission.values;
  const done = await completeTask(
    unit,
    { taskId: task.id, values, ...(revision === undefined ? {} : { revision }) },
    house.formEffect(form.id),
  );
  if (demand) await keepFiles(unit, form, submission.values, demand.id, task.id);
  return done;
}
