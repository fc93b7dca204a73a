import { invalid } from '../../kernel/errors.ts';
import { demandScopeSql } from '../../modules/access/index.ts';
import {
  answerLegalQuestions,
  appealUnreasonable,
  followUpsOf,
  LEGAL_ROUTES,
  legalRouteTitle,
  listFollowUps,
  proposeUnreasonable,
  requestLegalRoute,
} from '../../modules/demands/index.ts';
import { submitForm } from '../../modules/forms/index.ts';
import { formOptions } from '../form-options.ts';
import type { House } from '../house.ts';
import type { ApiRoute } from './api-route.ts';
import { followUpJson, route } from './follow-up-views.ts';
import { list, object, orNull, text } from './json-schema.ts';
import { bodyOf, fieldsOf, schemaOfForm } from './read-body.ts';
import { type QuerySpec, readQuery } from './read-query.ts';
import { withContent, withDemand } from './seen-demand.ts';
import { named, page } from './views.ts';

const QUERY: QuerySpec = {
  route: { schema: { type: 'string', enum: Object.keys(LEGAL_ROUTES) }, description: '途径' },
  state: { schema: { type: 'string', enum: ['open', 'closed'] }, description: '在跟踪、已了结' },
  time: { schema: { type: 'string', enum: ['overdue'] }, description: '跟踪期限已过' },
  limit: { schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 }, description: '每页件数' },
  offset: { schema: { type: 'integer', minimum: 0, maximum: 1_000_000, default: 0 }, description: '跳过件数' },
};

/** Statutory routes over the API (R20): their ledger, the follow-ups of a demand, asking for a route, answering the questions. */
export function legalRoutes(house: House): ApiRoute[] {
  const form = (id: string) => house.forms.get(id)!;
  const read = async (id: string, ask: Parameters<ApiRoute['handle']>[0], failed: string) => {
    const submission = submitForm(
      form(id),
      fieldsOf(form(id), bodyOf(ask)),
      formOptions(house, await house.directory(), ask.actor),
    );
    if (!submission.ok) throw invalid(failed, submission.problems);
    return submission.values;
  };
  return [
    {
      method: 'get',
      path: '/legal-routes',
      permission: 'demand.read',
      scope: '同台账',
      summary: '法定途径台账',
      query: QUERY,
      answers: {
        200: {
          description: '在跟踪的在前，先到期的在前；只有编号、状态和日期',
          schema: page(named('LegalFollowUpRow')),
        },
      },
      problems: [422],
      async handle({ req, res, actor }) {
        const { limit, offset, ...filter } = readQuery(req.query, QUERY);
        const { rows, total } = await listFollowUps(house.sql, demandScopeSql(actor, 1), filter, {
          limit: Number(limit),
          offset: Number(offset),
          now: house.clock.now(),
        });
        res.json({
          total,
          limit,
          offset,
          items: rows.map((row) => ({
            id: row.id,
            number: row.number,
            orgCode: row.orgCode,
            route: row.route,
            routeTitle: legalRouteTitle(row.route),
            status: row.status,
            receivingDepartment: row.receivingDepartment,
            receivingName: row.receivingName,
            openedAt: row.openedAt,
            handedOverAt: row.handedOverAt,
            acknowledgedAt: row.acknowledgedAt,
            clockKind: row.clockKind,
            dueAt: row.dueAt,
            resultNumber: row.resultNumber,
          })),
        });
      },
    },
    {
      method: 'get',
      path: '/demands/:number/legal-routes',
      permission: 'demand.read',
      scope: '同诉求件',
      summary: '诉求件的法定途径跟踪',
      answers: {
        200: { description: '先发生的在前；不含当事人材料', schema: object({ items: list(named('LegalFollowUp')) }) },
      },
      handle: async (ask) =>
        void ask.res.json({
          items: await withDemand(house, ask, async (unit, { demand }) => {
            const items = [];
            for (const item of await followUpsOf(unit, demand.id)) items.push(await followUpJson(unit, item));
            return items;
          }),
        }),
    },
    {
      method: 'post',
      path: '/demands/:number/legal-route',
      permission: 'demand.divert',
      scope: '主办部门、本单位纳服',
      summary: '转法定途径',
      body: schemaOfForm(form('request-legal-route')),
      answers: {
        202: { description: '已受理，由指定岗位确认', schema: object({ number: text, route, status: text }) },
      },
      problems: [409, 422],
      async handle(ask) {
        const values = await read('request-legal-route', ask, '没有转出。');
        const answer = await withContent(house, ask, async (unit, demand) => {
          const item = await requestLegalRoute(unit, demand.id, values as never, 'HANDLING');
          return { id: demand.id, number: demand.number, route: item.route, status: item.status };
        });
        await house.settle(answer.id);
        const { id: _id, ...rest } = answer;
        ask.res.status(202).json(rest);
      },
    },
    {
      method: 'post',
      path: '/demands/:number/unreasonable-review',
      permission: 'demand.propose-unreasonable',
      scope: '主办部门、本级纳服',
      summary: '提出不合理诉求认定',
      body: schemaOfForm(form('propose-unreasonable')),
      answers: { 202: { description: '已提出，由分管局领导认定', schema: object({ number: text, status: text }) } },
      problems: [409, 422],
      async handle(ask) {
        const values = await read('propose-unreasonable', ask, '没有提出。');
        const { id, ...answer } = await withContent(house, ask, async (unit, demand) => {
          const { status } = await proposeUnreasonable(unit, demand.id, values as never);
          return { id: demand.id, number: demand.number, status };
        });
        await house.settle(id);
        ask.res.status(202).json(answer);
      },
    },
    {
      method: 'post',
      path: '/demands/:number/unreasonable-appeal',
      permission: 'demand.ask-legal',
      scope: '同诉求件',
      summary: '登记对不合理认定的申诉',
      body: schemaOfForm(form('appeal-unreasonable')),
      answers: { 202: { description: '已登记，由主要领导复核', schema: object({ number: text }) } },
      problems: [409, 422],
      async handle(ask) {
        const values = await read('appeal-unreasonable', ask, '没有登记。');
        const { id, ...answer } = await withContent(house, ask, async (unit, demand) => {
          await appealUnreasonable(unit, demand.id, values as never);
          return { id: demand.id, number: demand.number };
        });
        await house.settle(id);
        ask.res.status(202).json(answer);
      },
    },
    {
      method: 'post',
      path: '/demands/:number/legal-questions',
      permission: 'demand.ask-legal',
      scope: '同诉求件',
      summary: '回答救济问题',
      body: schemaOfForm(form('answer-legal-questions')),
      answers: { 200: { description: '已保存', schema: object({ number: text, legalIntent: orNull(text) }) } },
      problems: [409, 422],
      async handle(ask) {
        const values = await read('answer-legal-questions', ask, '没有保存。');
        const answer = await withContent(house, ask, async (unit, demand) => {
          const { number, legalIntent } = await answerLegalQuestions(unit, demand.id, values as never);
          return { number, legalIntent: legalIntent ?? null };
        });
        ask.res.json(answer);
      },
    },
  ];
}
