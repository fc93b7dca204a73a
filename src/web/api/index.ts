import { createHash } from 'node:crypto';
import { Router } from 'express';
import { sqlOf } from '../../db/orm.ts';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { conflict, DomainError, invalid, notFound } from '../../kernel/errors.ts';
import { demandScopeSql } from '../../modules/access/index.ts';
import { DeadlineEntity, lampOf } from '../../modules/deadlines/index.ts';
import {
  checkIntake,
  type Demand,
  DemandEntity,
  ExtensionEntity,
  listDemands,
  maskCreditCode,
  maskName,
  maskPerson,
  maskPhone,
  type RegisterInput,
  registerDemand,
  requestExtension,
  statusTitle,
  withdrawDemand,
} from '../../modules/demands/index.ts';
import { submitForm } from '../../modules/forms/index.ts';
import { eventTitle, readTimeline, verifyChain } from '../../modules/history/index.ts';
import { evaluationsOf, explainInWords, ruleSetVersion } from '../../modules/rules/index.ts';
import {
  claimTask,
  completeTask,
  findDraft,
  listTasks,
  saveDraft,
  type Task,
  TaskEntity,
} from '../../modules/tasks/index.ts';
import { formOptions } from '../form-options.ts';
import type { House, Unit } from '../house.ts';
import { visibleDemand } from '../load-demand.ts';
import { filterOf } from '../pages/ledger.ts';
import { suggestedHost, suggestionOf } from '../pages/suggestion.ts';
import { type Ask, mount, type Route, textOf } from '../route.ts';
import { openApi } from './openapi.ts';

/** A demand for programs: contacts masked; revealing them is for people, with a reason. */
const demandJson = (demand: Demand) => ({
  id: demand.id,
  number: demand.number,
  trackingCode: demand.trackingCode,
  status: demand.status,
  statusTitle: statusTitle(demand.status),
  path: demand.path ?? null,
  handlingMode: demand.handlingMode ?? null,
  orgCode: demand.orgCode,
  hostOrgCode: demand.hostOrgCode,
  registeringDepartment: demand.registeringDepartment,
  hostDepartment: demand.hostDepartment ?? null,
  coDepartments: demand.coDepartments,
  channel: demand.channel,
  category: demand.category,
  title: demand.title,
  content: demand.content,
  tags: demand.tags,
  urgency: demand.urgency,
  taxpayerName: maskName(demand.taxpayerName, demand.taxpayerType),
  taxpayerType: demand.taxpayerType,
  contactPerson: maskPerson(demand.contactPerson),
  contactPhone: maskPhone(demand.contactPhone),
  creditCode: maskCreditCode(demand.creditCode),
  receivedAt: demand.receivedAt,
  registeredAt: demand.registeredAt,
  transferredAt: demand.transferredAt ?? null,
  deliveredAt: demand.deliveredAt ?? null,
  completedAt: demand.completedAt ?? null,
  feedbackAt: demand.feedbackAt ?? null,
  visitedAt: demand.visitedAt ?? null,
  writtenOffAt: demand.writtenOffAt ?? null,
  withdrawnAt: demand.withdrawnAt ?? null,
  conclusion: demand.conclusion ?? null,
  publicAnswer: demand.publicAnswer ?? null,
  reworkCount: demand.reworkCount,
  restricted: demand.restricted,
  revision: demand.revision,
});

const taskJson = (task: Task) => ({
  id: task.id,
  title: task.title,
  formId: task.formId ?? null,
  demandId: task.demandId ?? null,
  elementId: task.elementId,
  processId: task.processId,
  status: task.status,
  assignee: task.assignee ?? null,
  candidates: task.candidates,
  unassignable: task.unassignable,
  why: task.why ?? null,
  clock: task.clock ?? null,
  createdAt: task.createdAt,
  completedAt: task.completedAt ?? null,
  completedBy: task.completedBy ?? null,
  completedOnBehalfOf: task.completedOnBehalfOf ?? null,
  revision: task.revision,
});

const bodyOf = (ask: Ask): Record<string, unknown> => {
  const { body } = ask.req;
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalid('请求正文应当是 JSON 对象。', [{ pointer: '', message: '应当是 JSON 对象' }]);
  return body;
};

/** The routes of the API; `openapi.ts` describes the same table and a test holds them together. */
export function apiRoutes(house: House): Route[] {
  const withDemand = (ask: Ask, work: (unit: Unit, demand: Demand) => Promise<unknown>) =>
    house.transaction(ask.actor, async (unit) =>
      work(unit, await visibleDemand(unit, ask.actor, String(ask.req.params.number))),
    );
  const withTask = (ask: Ask, work: (unit: Unit, task: Task) => Promise<unknown>) =>
    house.transaction(ask.actor, async (unit) => {
      const task = await unit.em.findOne(TaskEntity, { id: String(ask.req.params.id) });
      if (!task || !(task.candidates.includes(ask.actor.login) || task.completedBy === ask.actor.login))
        throw notFound('没有找到这项任务，或者它不是你的任务。');
      return work(unit, task);
    });
  return [
    {
      method: 'get',
      path: '/openapi.json',
      permission: 'public',
      scope: '—',
      handle: ({ res }) => void res.json(openApi(apiRoutes(house), house.forms)),
    },
    {
      method: 'get',
      path: '/me',
      permission: 'account.own',
      scope: '本人',
      handle({ res, actor }) {
        res.json({
          login: actor.login,
          name: actor.name,
          orgCode: actor.orgCode,
          bureauLevel: actor.bureauLevel,
          departments: actor.departments,
          roles: actor.roles,
        });
      },
    },
    {
      method: 'post',
      path: '/demands',
      permission: 'demand.register',
      scope: '本单位',
      handle: (ask) => register(house, ask),
    },
    {
      method: 'get',
      path: '/demands',
      permission: 'demand.read',
      scope: '同台账',
      async handle({ req, res, actor }) {
        const { filter, problem } = filterOf(req.query);
        if (problem) throw invalid(problem, [{ pointer: '/from', message: problem }]);
        const limit = Math.min(200, Math.max(1, Number(textOf(req.query.limit)) || 50));
        const offset = Math.max(0, Number(textOf(req.query.offset)) || 0);
        const { rows, total } = await listDemands(house.sql, demandScopeSql(actor, 1), filter, {
          limit,
          offset,
          now: house.clock.now(),
        });
        res.json({
          total,
          limit,
          offset,
          items: rows.map(({ taxpayerName, ...row }) => ({
            ...row,
            title: row.restricted ? '限定可见件' : row.title,
            taxpayerName: row.restricted ? '' : maskName(taxpayerName, row.taxpayerType),
            statusTitle: statusTitle(row.status),
          })),
        });
      },
    },
    {
      method: 'get',
      path: '/demands/:number',
      permission: 'demand.read',
      scope: '同诉求件',
      handle: async (ask) => void ask.res.json(await withDemand(ask, async (_unit, demand) => demandJson(demand))),
    },
    {
      method: 'get',
      path: '/demands/:number/history',
      permission: 'demand.read',
      scope: '同诉求件',
      async handle(ask) {
        const events = (await withDemand(ask, (unit, demand) =>
          readTimeline(sqlOf(unit.em), 'demand', demand.id),
        )) as Awaited<ReturnType<typeof readTimeline>>;
        const broken = verifyChain(events);
        ask.res.json({
          verified: !broken,
          ...(broken ? { broken } : {}),
          events: events.map((event) => ({ ...event, title: eventTitle(event.type) })),
        });
      },
    },
    {
      method: 'get',
      path: '/demands/:number/clocks',
      permission: 'demand.read',
      scope: '同诉求件',
      async handle(ask) {
        ask.res.json(
          await withDemand(ask, async (unit, demand) => ({
            clocks: (
              await unit.em.find(
                DeadlineEntity,
                { subjectType: 'demand', subjectId: demand.id },
                { orderBy: { startsAt: 'asc' } },
              )
            ).map((clock) => ({
              kind: clock.kind,
              round: clock.round,
              status: clock.status,
              startsAt: clock.startsAt,
              dueAt: clock.dueAt,
              dueDate: clock.dueDate,
              totalDays: clock.totalDays,
              extensions: clock.extensions,
              provisional: clock.provisional,
              overdue: clock.overdue ?? null,
              stoppedAt: clock.stoppedAt ?? null,
              lamp: lampOf(clock, house.clock.now(), unit.calendar),
              days: unit.calendar.addWorkingDays(clock.startsAt, clock.totalDays + clock.pausedDays, clock.orgCode)
                .days,
            })),
          })),
        );
      },
    },
    {
      method: 'get',
      path: '/demands/:number/explanations',
      permission: 'demand.read',
      scope: '同诉求件',
      async handle(ask) {
        ask.res.json(
          await withDemand(ask, async (unit, demand) => {
            const sql = sqlOf(unit.em);
            const items = await evaluationsOf(sql, 'demand', demand.id);
            return {
              evaluations: await Promise.all(
                items.map(async (item) => ({
                  ...item,
                  words: explainInWords(await ruleSetVersion(sql, item.ruleSet, item.version), item.explanation),
                })),
              ),
            };
          }),
        );
      },
    },
    {
      method: 'get',
      path: '/demands/:number/tasks',
      permission: 'demand.read',
      scope: '同诉求件',
      handle: async (ask) =>
        void ask.res.json(
          await withDemand(ask, async (unit, demand) => ({
            items: (await unit.em.find(TaskEntity, { demandId: demand.id }, { orderBy: { createdAt: 'asc' } })).map(
              taskJson,
            ),
          })),
        ),
    },
    {
      method: 'post',
      path: '/demands/:number/extensions',
      permission: 'demand.request-extension',
      scope: '主办部门',
      async handle(ask) {
        const submission = submitForm(
          house.forms.get('request-extension')!,
          bodyOf(ask),
          formOptions(house, await house.directory(), ask.actor),
        );
        if (!submission.ok) throw invalid('申请有误，没有提交。', submission.problems);
        const made = await withDemand(ask, async (unit, demand) => {
          const extension = await requestExtension(unit, demand.id, submission.values as never);
          return {
            id: extension.id,
            status: extension.status,
            requestedDueDate: extension.requestedDueDate,
            requestedTotalWorkingDays: extension.requestedTotalWorkingDays,
          };
        });
        await house.settle();
        ask.res.status(201).json(made);
      },
    },
    {
      method: 'get',
      path: '/demands/:number/extensions',
      permission: 'demand.read',
      scope: '同诉求件',
      handle: async (ask) =>
        void ask.res.json(
          await withDemand(ask, async (unit, demand) => ({
            items: await unit.em.find(ExtensionEntity, { demandId: demand.id }, { orderBy: { requestedAt: 'asc' } }),
          })),
        ),
    },
    {
      method: 'post',
      path: '/demands/:number/withdrawal',
      permission: 'demand.withdraw',
      scope: '同诉求件',
      async handle(ask) {
        const submission = submitForm(house.forms.get('withdraw-demand')!, bodyOf(ask));
        if (!submission.ok) throw invalid('撤回没有登记。', submission.problems);
        await withDemand(ask, (unit, demand) => withdrawDemand(unit, demand.id, submission.values as never));
        await house.settle();
        ask.res.status(202).json({ accepted: true });
      },
    },
    {
      method: 'get',
      path: '/tasks',
      permission: 'task.work',
      scope: '本人的任务',
      async handle({ req, res, actor }) {
        const view = textOf(req.query.view) === 'done' ? 'done' : 'mine';
        res.json({
          items: await listTasks(house.sql, {
            login: actor.login,
            view,
            limit: Math.min(500, Number(textOf(req.query.limit)) || 100),
          }),
        });
      },
    },
    {
      method: 'get',
      path: '/tasks/:id',
      permission: 'task.work',
      scope: '本人的任务',
      async handle(ask) {
        ask.res.json(
          await withTask(ask, async (unit, task) => {
            const draft = task.formId
              ? await findDraft(unit, { formKey: task.formId, subject: task.id, draftId: '1' })
              : null;
            return {
              ...taskJson(task),
              form: task.formId ? (house.forms.get(task.formId) ?? null) : null,
              draft: draft?.values ?? null,
            };
          }),
        );
      },
    },
    {
      method: 'post',
      path: '/tasks/:id/claim',
      permission: 'task.work',
      scope: '本人的任务',
      handle: async (ask) =>
        void ask.res.json(await withTask(ask, async (unit, task) => taskJson(await claimTask(unit, task.id)))),
    },
    {
      method: 'put',
      path: '/tasks/:id/draft',
      permission: 'task.work',
      scope: '本人的任务',
      async handle(ask) {
        const values = bodyOf(ask);
        await withTask(ask, (unit, task) =>
          saveDraft(
            unit,
            { formKey: task.formId ?? '', subject: task.id, draftId: '1' },
            { title: task.title, values },
          ),
        );
        ask.res.status(204).end();
      },
    },
    {
      method: 'post',
      path: '/tasks/:id/complete',
      permission: 'task.work',
      scope: '本人的任务',
      handle: (ask) => complete(house, ask),
    },
  ];
}

/** Registers a demand; the header `Idempotency-Key` makes repeating the request harmless, and reusing it for other content a conflict. */
async function register(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const body = bodyOf(ask);
  const submission = submitForm(
    house.forms.get('register-demand')!,
    body,
    formOptions(house, await house.directory(), actor),
  );
  const key = textOf(req.headers['idempotency-key']);
  const hash = createHash('sha256').update(canonicalJson(body)).digest('hex');
  if (!submission.ok) throw invalid(`有 ${submission.problems.length} 处需要修改，没有登记。`, submission.problems);
  const intake = checkIntake(await house.directory(), body.intake);
  const made = await house.transaction(actor, async (unit) => {
    const sql = sqlOf(unit.em);
    if (key) {
      // The row is claimed before anything is made: a second request with the same key waits here for the first.
      const claimed = await sql.query(
        'insert into registration_key (key, login, request_hash, demand_id, created_at) values ($1, $2, $3, $4, $5) on conflict do nothing returning key',
        [key.slice(0, 200), actor.login, hash, '', house.clock.now().toISOString()],
      );
      if (claimed.length === 0) {
        const [known] = await sql.query<{ request_hash: string; demand_id: string }>(
          'select request_hash, demand_id from registration_key where login = $1 and key = $2',
          [actor.login, key.slice(0, 200)],
        );
        if (known?.request_hash !== hash)
          throw conflict('这个幂等键已用于另一份登记。请换一个键。', { reason: 'idempotency-key-reused' });
        return { demand: await unit.em.findOneOrFail(DemandEntity, { id: known.demand_id }), fresh: false };
      }
    }
    const demand = await registerDemand(unit, {
      ...submission.values,
      ...(intake ? { intake } : {}),
    } as unknown as RegisterInput);
    if (key)
      await sql.query('update registration_key set demand_id = $3 where login = $1 and key = $2', [
        actor.login,
        key.slice(0, 200),
        demand.id,
      ]);
    return { demand, fresh: true };
  });
  await house.settle();
  res
    .status(made.fresh ? 201 : 200)
    .location(`/api/v1/demands/${made.demand.number}`)
    .json(demandJson(made.demand));
}

async function complete(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const { revision, ...fields } = bodyOf(ask);
  if (revision !== undefined && typeof revision !== 'number')
    throw invalid('revision 应当是数字。', [{ pointer: '/revision', message: '应当是数字' }]);
  const done = await house.transaction(actor, async (unit) => {
    const task = await unit.em.findOne(TaskEntity, { id: String(req.params.id) });
    if (!task) throw notFound('没有找到这项任务。');
    const demand = task.demandId ? await unit.em.findOne(DemandEntity, { id: task.demandId }) : null;
    const form = house.forms.get(task.formId ?? '');
    if (!form) throw new DomainError('Unavailable', '这项任务的表单不存在。');
    const submission = submitForm(
      form,
      fields,
      formOptions(house, unit.directory, actor, demand?.hostOrgCode ?? actor.orgCode),
    );
    if (!submission.ok) throw invalid(`有 ${submission.problems.length} 处需要修改，没有提交。`, submission.problems);
    const suggested =
      task.formId === 'dispatch-demand' && demand ? suggestedHost(await suggestionOf(unit, demand.id)) : undefined;
    return taskJson(
      await completeTask(
        unit,
        {
          taskId: task.id,
          values: suggested ? { ...submission.values, suggested } : submission.values,
          ...(revision === undefined ? {} : { revision: revision as number }),
        },
        house.formEffect(form.id),
      ),
    );
  });
  await house.settle();
  res.json(done);
}

export function api(house: House): Router {
  const router = Router();
  // A session cookie has no authority here: a form of another site could send it along.
  router.use((req, res, next) => {
    if (!req.headers.authorization) {
      delete res.locals.actor;
    }
    next();
  });
  mount(router, apiRoutes(house));
  router.use((req) => {
    throw notFound(`没有接口 ${req.method} ${req.originalUrl.slice(0, 100)}。请看 /api/v1/openapi.json。`);
  });
  return router;
}
