import { sqlOf } from '../../db/orm.ts';
import {
  LEVELS,
  listSupervisions,
  type Supervision,
  superviseByHand,
  supervisionsOf,
} from '../../modules/supervision/index.ts';
import type { House } from '../house.ts';
import { SUPERVISION_SCOPE, supervisionReach } from '../supervision-reach.ts';
import type { ApiRoute } from './api-route.ts';
import { day, instant, integer, list, object, orNull, text } from './json-schema.ts';
import { bodyOf } from './read-body.ts';
import { type QuerySpec, readQuery } from './read-query.ts';
import { withContent } from './seen-demand.ts';

const LEVEL = { type: 'string', enum: Object.keys(LEVELS), description: '黄牌、红牌、提级督办' };

const CARD = object({
  number: text,
  level: LEVEL,
  status: {
    type: 'string',
    enum: ['ISSUED', 'ACKNOWLEDGED', 'ACCOUNTED', 'LIFTED'],
    description: '待签收、待说明、待审核解除、已解除',
  },
  demand: { ...text, description: '诉求编号' },
  orgCode: text,
  department: text,
  rule: { ...text, description: '触发的规则，或者“人工：原因”' },
  ruleVersion: orNull(integer),
  overdueDays: integer,
  requirement: text,
  answerBy: day,
  issuedBy: text,
  issuedAt: instant,
  raisedAt: { ...orNull(instant), description: '加重的时间' },
  acknowledgedBy: orNull(text),
  cause: orNull(text),
  measures: orNull(text),
  responsible: orNull(text),
  accountedAt: orNull(instant),
  returned: { ...integer, description: '整改说明退回次数' },
  returnOpinion: orNull(text),
  liftedBy: orNull(text),
  liftedAt: orNull(instant),
  liftOpinion: orNull(text),
});

const cardJson = (card: Supervision, demand: string) => ({
  number: card.number,
  level: card.level,
  status: card.status,
  demand,
  orgCode: card.orgCode,
  department: card.departmentCode,
  rule: card.ruleTitle,
  ruleVersion: card.ruleVersion,
  overdueDays: card.overdueDays,
  requirement: card.requirement,
  answerBy: card.answerBy,
  issuedBy: card.issuedByName,
  issuedAt: card.issuedAt,
  raisedAt: card.raisedAt,
  acknowledgedBy: card.acknowledgedByName,
  cause: card.cause,
  measures: card.measures,
  responsible: card.responsible,
  accountedAt: card.accountedAt,
  returned: card.returned,
  returnOpinion: card.returnOpinion,
  liftedBy: card.liftedByName,
  liftedAt: card.liftedAt,
  liftOpinion: card.liftOpinion,
});

const CARDS: QuerySpec = {
  state: { schema: { type: 'string', enum: ['open', 'lifted'], default: 'open' }, description: '没有解除、已解除' },
  level: { schema: { type: 'string', enum: Object.keys(LEVELS) }, description: '只列这一级' },
  org: { schema: { type: 'string' }, description: '只列这个单位，市局可用' },
};

/** Cards of supervision (R30) over the API. They are acknowledged, accounted for and lifted as tasks, like all other work. */
export function supervisionRoutes(house: House): ApiRoute[] {
  return [
    {
      method: 'get',
      path: '/supervision',
      permission: 'supervision.read',
      scope: SUPERVISION_SCOPE,
      summary: '督办单',
      query: CARDS,
      answers: { 200: { description: '级别高的、逾期久的在前；最多 300 张', schema: object({ items: list(CARD) }) } },
      problems: [422],
      async handle({ req, res, actor }) {
        const { state, level, org } = readQuery(req.query, CARDS);
        const cards = await listSupervisions(house.sql, {
          ...supervisionReach(actor, org ? String(org) : undefined),
          ...(level ? { level: String(level) } : {}),
          state: state === 'lifted' ? 'lifted' : 'open',
        });
        const rows = await house.sql.query<{ id: string; number: string }>(
          'select id, number from demand where id = any($1::text[])',
          [cards.map((card) => card.demandId)],
        );
        const numbers = new Map(rows.map((row) => [row.id, row.number]));
        res.json({ items: cards.map((card) => cardJson(card, numbers.get(card.demandId) ?? '')) });
      },
    },
    {
      method: 'get',
      path: '/demands/:number/supervision',
      permission: 'demand.read',
      scope: '同诉求件',
      summary: '这件诉求的督办单',
      answers: { 200: { description: '先发出的在前', schema: object({ items: list(CARD) }) } },
      handle: async (ask) =>
        void ask.res.json({
          items: await withContent(house, ask, async (unit, demand) =>
            (await supervisionsOf(sqlOf(unit.em), demand.id)).map((card) => cardJson(card, demand.number)),
          ),
        }),
    },
    {
      method: 'post',
      path: '/demands/:number/supervision',
      permission: 'supervision.issue',
      scope: '同诉求件；限定可见的件不发督办单',
      summary: '发出督办、提级督办',
      body: object({
        level: LEVEL,
        reason: { ...text, maxLength: 200, description: '督办原因' },
        requirement: { ...text, maxLength: 300, description: '要求' },
      }),
      answers: { 201: { description: '督办单；已有更低级别的，就在那一张上加重', schema: CARD } },
      problems: [409, 422],
      async handle(ask) {
        const body = bodyOf(ask);
        const said = (name: string) => (typeof body[name] === 'string' ? (body[name] as string) : '');
        const { id, card } = await withContent(house, ask, async (unit, demand) => ({
          id: demand.id,
          card: cardJson(
            await superviseByHand(unit, demand.id, {
              level: said('level'),
              reason: said('reason'),
              requirement: said('requirement'),
            }),
            demand.number,
          ),
        }));
        await house.settle(id);
        ask.res.status(201).json(card);
      },
    },
  ];
}
