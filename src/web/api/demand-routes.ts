import { sqlOf } from '../../db/orm.ts';
import { invalid } from '../../kernel/errors.ts';
import { demandScopeSql } from '../../modules/access/index.ts';
import {
  CATEGORIES,
  CHANNELS,
  ExtensionEntity,
  listDemands,
  requestExtension,
  STATUSES,
  withdrawDemand,
} from '../../modules/demands/index.ts';
import { submitForm } from '../../modules/forms/index.ts';
import { eventTitle, readTimeline, verifyChain } from '../../modules/history/index.ts';
import { evaluationsOf, explainInWords, ruleSetVersion } from '../../modules/rules/index.ts';
import { TaskEntity } from '../../modules/tasks/index.ts';
import { formOptions } from '../form-options.ts';
import type { House } from '../house.ts';
import type { ApiRoute } from './api-route.ts';
import { day, flag, instant, integer, list, object, orNull, text } from './json-schema.ts';
import { bodyOf, fieldsOf, schemaOfForm } from './read-body.ts';
import { type QuerySpec, readQuery } from './read-query.ts';
import { register } from './register.ts';
import { withContent, withDemand } from './seen-demand.ts';
import {
  clocksJson,
  demandJson,
  demandRowJson,
  evaluationJson,
  extensionJson,
  named,
  page,
  taskJson,
} from './views.ts';

/** Beyond a thousand the ledger is not counted on. */
const MORE = { ...flag, description: '为 true 时实际件数多于 total' };
const LEDGER_QUERY: QuerySpec = {
  q: { schema: text, description: '编号、标题、正文、纳税人名称、电话（4 位以上数字）' },
  orgCode: { schema: text, description: '受理或主办单位' },
  channel: { schema: { type: 'string', enum: Object.keys(CHANNELS) }, description: '渠道' },
  category: { schema: { type: 'string', enum: Object.keys(CATEGORIES) }, description: '类别' },
  status: { schema: { type: 'string', enum: Object.keys(STATUSES) }, description: '状态' },
  hostDepartment: { schema: text, description: '主办部门' },
  from: { schema: day, description: '登记日，含当日' },
  to: { schema: day, description: '登记日，含当日' },
  time: { schema: { type: 'string', enum: ['overdue', 'today', 'soon'] }, description: '已逾期、今日到期、临期' },
  state: { schema: { type: 'string', enum: ['open', 'closed'] }, description: '在办、已结' },
  tag: { schema: text, description: '标签' },
  limit: { schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 }, description: '每页件数' },
  offset: { schema: { type: 'integer', minimum: 0, maximum: 1_000_000, default: 0 }, description: '跳过件数' },
};

/** Intake answers that only rules read. */
const INTAKE = object(
  {
    beyondAuthority: { ...flag, description: '超出本级职责' },
    responsibleOrgCodes: { ...list(text), description: '责任单位代码' },
    actionOrgCode: { ...text, description: '作出行为的单位代码' },
    actionByDispatchedOrgan: { ...flag, description: '由派出机构（稽查局、分局）作出' },
    clueConfirmed: { ...flag, description: '登记人核对过线索词：false 为不是线索' },
    legalIntent: { ...text, description: '类别不是法律救济类时的救济意愿' },
    taxDispute: { ...flag, description: '纳税争议' },
  },
  [
    'beyondAuthority',
    'responsibleOrgCodes',
    'actionOrgCode',
    'actionByDispatchedOrgan',
    'clueConfirmed',
    'legalIntent',
    'taxDispute',
  ],
);

/** Demands over the API: register, find, read, extend, withdraw. */
export function demandRoutes(house: House): ApiRoute[] {
  const form = (id: string) => house.forms.get(id)!;
  const registration = schemaOfForm(form('register-demand'));
  return [
    {
      method: 'post',
      path: '/demands',
      permission: 'demand.register',
      scope: '本单位',
      summary: '登记诉求',
      headers: {
        'Idempotency-Key': {
          schema: { type: 'string', maxLength: 200 },
          description: '同一个键重复提交同样的内容只登记一次；内容不同则为冲突',
        },
      },
      body: { ...registration, properties: { ...registration.properties, intake: INTAKE } },
      answers: {
        201: { description: '已登记', schema: named('Demand') },
        200: { description: '幂等键已用过，返回第一次登记的诉求', schema: named('Demand') },
      },
      problems: [409, 422],
      handle: (ask) => register(house, ask),
    },
    {
      method: 'get',
      path: '/demands',
      permission: 'demand.read',
      scope: '同台账',
      summary: '查询台账',
      query: LEDGER_QUERY,
      answers: { 200: { description: '新登记的在前', schema: page(named('DemandRow'), { more: MORE }) } },
      problems: [422],
      async handle({ req, res, actor }) {
        const { limit, offset, ...filter } = readQuery(req.query, LEDGER_QUERY);
        if (filter.from && filter.to && filter.from > filter.to)
          throw invalid('开始日期晚于结束日期，请对调或改一个。', [
            { pointer: '/from', message: '开始日期晚于结束日期。' },
          ]);
        const now = house.clock.now();
        const { rows, total, more } = await listDemands(house.sql, demandScopeSql(actor, 1), filter, {
          limit,
          offset,
          now,
        });
        res.json({ total, limit, offset, more, items: rows.map(demandRowJson) });
      },
    },
    {
      method: 'get',
      path: '/demands/:number',
      permission: 'demand.read',
      scope: '同诉求件',
      summary: '诉求件',
      answers: { 200: { description: '个人信息已脱敏', schema: named('Demand') } },
      handle: async (ask) =>
        void ask.res.json(
          await withDemand(house, ask, async (_unit, { demand, view }) =>
            demandJson(demand, { ledgerOnly: view === 'LEDGER' }),
          ),
        ),
    },
    {
      method: 'get',
      path: '/demands/:number/history',
      permission: 'demand.read',
      scope: '同诉求件',
      summary: '历史与核验',
      answers: {
        200: {
          description: '全部事件，先发生的在前；verified 为哈希链是否完整',
          schema: object(
            { verified: flag, broken: object({ sequence: integer, what: text }), events: list(named('Event')) },
            ['broken'],
          ),
        },
      },
      async handle(ask) {
        const events = await withContent(house, ask, (unit, demand) =>
          readTimeline(sqlOf(unit.em), 'demand', demand.id),
        );
        const broken = verifyChain(events);
        ask.res.json({
          verified: !broken,
          ...(broken ? { broken: { sequence: broken.sequence, what: broken.what } } : {}),
          events: events.map((event) => ({
            subjectType: event.subjectType,
            subjectId: event.subjectId,
            sequence: event.sequence,
            type: event.type,
            title: eventTitle(event.type),
            occurredAt: event.occurredAt,
            actor: event.actor,
            actorName: event.actorName,
            onBehalfOf: event.onBehalfOf ?? null,
            payload: event.payload,
            ...(event.hashed ? { hashed: event.hashed } : {}),
            previousHash: event.previousHash,
            hash: event.hash,
          })),
        });
      },
    },
    {
      method: 'get',
      path: '/demands/:number/clocks',
      permission: 'demand.read',
      scope: '同诉求件',
      summary: '期限',
      answers: {
        200: { description: '各钟的起点、到期、状态与逐日推算', schema: object({ clocks: list(named('Clock')) }) },
      },
      handle: async (ask) =>
        void ask.res.json(
          await withDemand(house, ask, async (unit, { demand }) => ({ clocks: await clocksJson(unit, demand.id) })),
        ),
    },
    {
      method: 'get',
      path: '/demands/:number/explanations',
      permission: 'demand.read',
      scope: '同诉求件',
      summary: '规则判断的解释',
      answers: {
        200: {
          description: '每次判断的规则集版本、事实、结论和逐条解释',
          schema: object({ evaluations: list(named('Evaluation')) }),
        },
      },
      async handle(ask) {
        const evaluations = await withContent(house, ask, async (unit, demand) => {
          const sql = sqlOf(unit.em);
          const items = await evaluationsOf(sql, 'demand', demand.id);
          return Promise.all(
            items.map(async (item) => {
              const set = await ruleSetVersion(sql, item.ruleSet, item.version);
              return evaluationJson(item, explainInWords(set, item.explanation));
            }),
          );
        });
        ask.res.json({ evaluations });
      },
    },
    {
      method: 'get',
      path: '/demands/:number/tasks',
      permission: 'demand.read',
      scope: '同诉求件',
      summary: '诉求件的任务',
      answers: { 200: { description: '先产生的在前', schema: object({ items: list(named('Task')) }) } },
      handle: async (ask) =>
        void ask.res.json({
          items: await withDemand(house, ask, async (unit, { demand }) =>
            (await unit.em.find(TaskEntity, { demandId: demand.id }, { orderBy: { createdAt: 'asc' } })).map(taskJson),
          ),
        }),
    },
    {
      method: 'get',
      path: '/demands/:number/extensions',
      permission: 'demand.read',
      scope: '同诉求件',
      summary: '延期申请',
      answers: { 200: { description: '先申请的在前', schema: object({ items: list(named('Extension')) }) } },
      handle: async (ask) =>
        void ask.res.json({
          items: await withContent(house, ask, async (unit, demand) =>
            (await unit.em.find(ExtensionEntity, { demandId: demand.id }, { orderBy: { requestedAt: 'asc' } })).map(
              extensionJson,
            ),
          ),
        }),
    },
    {
      method: 'post',
      path: '/demands/:number/extensions',
      permission: 'demand.request-extension',
      scope: '主办部门',
      summary: '申请延期',
      body: schemaOfForm(form('request-extension')),
      answers: { 201: { description: '已提交；由谁审批、能否批准由规则判断', schema: named('Extension') } },
      problems: [409, 422],
      async handle(ask) {
        const fields = fieldsOf(form('request-extension'), bodyOf(ask));
        const submission = submitForm(
          form('request-extension'),
          fields,
          formOptions(house, await house.directory(), ask.actor),
        );
        if (!submission.ok) throw invalid('申请有误，没有提交。', submission.problems);
        const made = await withContent(house, ask, (unit, demand) =>
          requestExtension(unit, demand.id, submission.values as never),
        );
        await house.settle(made.demandId);
        ask.res.status(201).json(extensionJson(made));
      },
    },
    {
      method: 'post',
      path: '/demands/:number/withdrawal',
      permission: 'demand.withdraw',
      scope: '同诉求件',
      summary: '登记撤回',
      body: schemaOfForm(form('withdraw-demand')),
      answers: {
        202: {
          description: '已受理：各项任务随即收回，等纳服核对销号',
          schema: object({ number: text, acceptedAt: instant, reason: orNull(text) }),
        },
      },
      problems: [409, 422],
      async handle(ask) {
        const submission = submitForm(form('withdraw-demand'), fieldsOf(form('withdraw-demand'), bodyOf(ask)));
        if (!submission.ok) throw invalid('撤回没有登记。', submission.problems);
        const { id, number, withdrawalReason } = await withContent(house, ask, (unit, demand) =>
          withdrawDemand(unit, demand.id, submission.values as never),
        );
        await house.settle(id);
        ask.res.status(202).json({ number, acceptedAt: house.clock.now(), reason: withdrawalReason ?? null });
      },
    },
  ];
}
