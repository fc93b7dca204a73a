import { invalid } from '../../kernel/errors.ts';
import { demandScopeSql } from '../../modules/access/index.ts';
import {
  CATEGORIES,
  DEFERRAL_CATEGORIES,
  type Deferral,
  DeferralEntity,
  type DemandReturn,
  listDeferrals,
  lockDemand,
  MOST_PARTS,
  type Part,
  ReturnEntity,
  type Supplement,
  splitDemand,
  statusTitle,
  supplementsOf,
} from '../../modules/demands/index.ts';
import { submitForm } from '../../modules/forms/index.ts';
import { formOptions } from '../form-options.ts';
import type { House } from '../house.ts';
import { WAY_TEXTS, type WayText } from '../ways/ways.ts';
import type { ApiRoute } from './api-route.ts';
import { day, flag, instant, integer, list, object, orNull, text } from './json-schema.ts';
import { bodyOf, fieldsOf, schemaOfForm } from './read-body.ts';
import { type QuerySpec, readQuery } from './read-query.ts';
import { withContent } from './seen-demand.ts';
import { page } from './views.ts';

const AFTER = object({ number: text, status: text, statusTitle: text, hostDepartment: orNull(text) });

const RETURN = object({
  id: text,
  kind: { type: 'string', enum: ['RETURN', 'REDIRECT'], description: '退单、改派' },
  status: { type: 'string', enum: ['PENDING', 'AGREED', 'REJECTED', 'WITHDRAWN'] },
  department: text,
  dispatchedBy: orNull(text),
  deliveredAt: instant,
  basis: text,
  proposedDepartment: orNull(text),
  requestedBy: text,
  requestedAt: instant,
  decidedBy: orNull(text),
  decidedAt: orNull(instant),
  opinion: orNull(text),
  newDepartment: orNull(text),
});

const DEFERRAL = object({
  id: text,
  status: { type: 'string', enum: ['PENDING', 'ACTIVE', 'REFUSED', 'REJECTED', 'RESUMED', 'WITHDRAWN'] },
  category: { type: 'string', enum: Object.keys(DEFERRAL_CATEGORIES) },
  reason: text,
  condition: text,
  reviewDate: day,
  responsible: text,
  interimAnswer: text,
  requestedBy: text,
  requestedAt: instant,
  approverRole: orNull(text),
  approverLogin: orNull(text),
  decidedBy: orNull(text),
  decidedAt: orNull(instant),
  deferredAt: orNull(instant),
  confirmBy: orNull(day),
  reviews: integer,
  lastProgress: orNull(text),
  reportedTo: orNull(text),
  endedAt: orNull(instant),
});

const SUPPLEMENT = object({
  id: text,
  status: { type: 'string', enum: ['ASKED', 'GIVEN', 'CLOSED'] },
  what: orNull(text),
  purpose: orNull(text),
  askedBy: orNull(text),
  askedAt: orNull(instant),
  content: orNull(text),
  givenVia: orNull(text),
  givenAt: orNull(instant),
});

const DEFERRAL_ROW = object({
  number: text,
  title: text,
  category: text,
  condition: text,
  hostDepartment: orNull(text),
  responsible: text,
  reviewDate: day,
  deferredAt: instant,
  confirmBy: orNull(day),
  missed: { ...flag, description: '已超复核日' },
});

const ROWS: QuerySpec = {
  missed: { schema: { type: 'string', enum: ['1'] }, description: '只列超复核日的' },
  limit: { schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 }, description: '每页件数' },
  offset: { schema: { type: 'integer', minimum: 0, maximum: 1_000_000, default: 0 }, description: '跳过件数' },
};

/** Ways besides the straight one (R17, R19, R29) over the API: the same table of actions the pages have, and what was asked for so far. */
export function wayRoutes(house: House): ApiRoute[] {
  return [
    ...WAY_TEXTS.map((way) => actionRoute(house, way)),
    splitRoute(house),
    read(house, 'returns', '退单与改派', RETURN, async (unit, id) =>
      (await unit.em.find(ReturnEntity, { demandId: id }, { orderBy: { requestedAt: 'asc' } })).map(returnJson),
    ),
    read(house, 'deferrals', '挂账申请', DEFERRAL, async (unit, id) =>
      (await unit.em.find(DeferralEntity, { demandId: id }, { orderBy: { requestedAt: 'asc' } })).map(deferralJson),
    ),
    read(house, 'supplements', '补充材料', SUPPLEMENT, async (unit, id) =>
      (await supplementsOf(unit, id)).map(supplementJson),
    ),
    {
      method: 'get',
      path: '/deferrals',
      permission: 'demand.read',
      scope: '同台账',
      summary: '挂账台账',
      query: ROWS,
      answers: { 200: { description: '复核日早的在前；限定件不挂账', schema: page(DEFERRAL_ROW) } },
      problems: [422],
      async handle({ req, res, actor }) {
        const { limit, offset, missed } = readQuery(req.query, ROWS);
        const { rows, total } = await listDeferrals(house.sql, demandScopeSql(actor, 1), {
          missed: missed === '1',
          limit: Number(limit),
          offset: Number(offset),
          now: house.clock.now(),
        });
        res.json({
          total,
          limit,
          offset,
          items: rows.map((row) => ({
            number: row.number,
            title: row.title,
            category: row.category,
            condition: row.condition,
            hostDepartment: row.hostDepartment,
            responsible: row.responsible,
            reviewDate: row.reviewDate,
            deferredAt: row.deferredAt,
            confirmBy: row.confirmBy,
            missed: row.missed,
          })),
        });
      },
    },
  ];
}

function actionRoute(house: House, way: WayText): ApiRoute {
  const form = house.forms.get(way.form)!;
  return {
    method: 'post',
    path: `/demands/:number/${way.api}`,
    permission: way.permission,
    scope: way.scope,
    summary: way.title,
    body: schemaOfForm(form),
    answers: { 202: { description: '已受理；流程随即走到下一步', schema: AFTER } },
    problems: [409, 422],
    async handle(ask) {
      const submission = submitForm(
        form,
        fieldsOf(form, bodyOf(ask)),
        formOptions(house, await house.directory(), ask.actor),
      );
      if (!submission.ok) throw invalid(`${way.title}没有提交。`, submission.problems);
      const answer = await withContent(house, ask, async (unit, seen) => {
        const demand = await lockDemand(unit, seen.id);
        await way.perform(unit, demand, submission.values);
        return after(demand);
      });
      await house.settle(answer.id);
      const { id: _id, ...rest } = answer;
      ask.res.status(202).json(rest);
    },
  };
}

const after = (demand: { id: string; number: string; status: string; hostDepartment?: string | null }) => ({
  id: demand.id,
  number: demand.number,
  status: demand.status,
  statusTitle: statusTitle(demand.status),
  hostDepartment: demand.hostDepartment ?? null,
});

function splitRoute(house: House): ApiRoute {
  const part = object(
    {
      title: { ...text, maxLength: 60 },
      category: { type: 'string', enum: Object.keys(CATEGORIES) },
      hostDepartment: { ...text, description: '主办部门；法律救济类的不填，按法定途径办理' },
      legalIntent: { ...text, description: '法律救济类的救济意愿' },
    },
    ['hostDepartment', 'legalIntent'],
  );
  return {
    method: 'post',
    path: '/demands/:number/split',
    permission: 'demand.rearrange',
    scope: '本单位纳服',
    summary: '拆单',
    body: object({ parts: { ...list(part), description: `2 到 ${MOST_PARTS} 件` } }),
    answers: { 201: { description: '子件，各自办理', schema: object({ number: text, parts: list(text) }) } },
    problems: [409, 422],
    async handle(ask) {
      const { parts } = bodyOf(ask);
      if (!Array.isArray(parts) || parts.some((item) => typeof item !== 'object' || item === null))
        throw invalid('没有拆单', [{ pointer: '/parts', message: '“parts”应当是子件的列表。' }]);
      const answer = await withContent(house, ask, async (unit, seen) => {
        const children = await splitDemand(unit, seen.id, parts.map(partOf));
        return { id: seen.id, number: seen.number, parts: children.map((child) => child.number) };
      });
      await house.settle(answer.id);
      ask.res.status(201).json({ number: answer.number, parts: answer.parts });
    },
  };
}

const partOf = (item: Record<string, unknown>): Part => ({
  title: String(item.title ?? ''),
  category: String(item.category ?? ''),
  ...(item.hostDepartment ? { hostDepartment: String(item.hostDepartment) } : {}),
  ...(item.legalIntent ? { legalIntent: String(item.legalIntent) } : {}),
});

function read<T>(
  house: House,
  path: string,
  summary: string,
  schema: ReturnType<typeof object>,
  find: (unit: Parameters<Parameters<typeof withContent>[2]>[0], id: string) => Promise<T[]>,
): ApiRoute {
  return {
    method: 'get',
    path: `/demands/:number/${path}`,
    permission: 'demand.read',
    scope: '同诉求件',
    summary,
    answers: { 200: { description: '先发生的在前', schema: object({ items: list(schema) }) } },
    handle: async (ask) =>
      void ask.res.json({ items: await withContent(house, ask, (unit, demand) => find(unit, demand.id)) }),
  };
}

const returnJson = (item: DemandReturn) => ({
  id: item.id,
  kind: item.kind,
  status: item.status,
  department: item.department,
  dispatchedBy: item.dispatchedBy ?? null,
  deliveredAt: item.deliveredAt,
  basis: item.basis,
  proposedDepartment: item.proposedDepartment ?? null,
  requestedBy: item.requestedBy,
  requestedAt: item.requestedAt,
  decidedBy: item.decidedBy ?? null,
  decidedAt: item.decidedAt ?? null,
  opinion: item.opinion ?? null,
  newDepartment: item.newDepartment ?? null,
});

const deferralJson = (item: Deferral) => ({
  id: item.id,
  status: item.status,
  category: item.category,
  reason: item.reason,
  condition: item.condition,
  reviewDate: item.reviewDate,
  responsible: item.responsible,
  interimAnswer: item.interimAnswer,
  requestedBy: item.requestedBy,
  requestedAt: item.requestedAt,
  approverRole: item.approverRole ?? null,
  approverLogin: item.approverLogin ?? null,
  decidedBy: item.decidedBy ?? null,
  decidedAt: item.decidedAt ?? null,
  deferredAt: item.deferredAt ?? null,
  confirmBy: item.confirmBy ?? null,
  reviews: item.reviews,
  lastProgress: item.lastProgress ?? null,
  reportedTo: item.reportedTo ?? null,
  endedAt: item.endedAt ?? null,
});

const supplementJson = (item: Supplement) => ({
  id: item.id,
  status: item.status,
  what: item.what ?? null,
  purpose: item.purpose ?? null,
  askedBy: item.askedBy ?? null,
  askedAt: item.askedAt ?? null,
  content: item.content ?? null,
  givenVia: item.givenVia ?? null,
  givenAt: item.givenAt ?? null,
});
