import { sqlOf } from '../../db/orm.ts';
import { invalid, isDomainError } from '../../kernel/errors.ts';
import { demandScopeSql, may } from '../../modules/access/index.ts';
import {
  answerPrivacyRequest,
  maskPerson,
  maskPhone,
  maskText,
  PRIVACY_KINDS,
  PRIVACY_RESULTS,
  PRIVACY_VIA,
  type PrivacyRequest,
  privacyRequest,
  privacyRequests,
  registerPrivacyRequest,
  retentionOutlook,
} from '../../modules/demands/index.ts';
import type { House, Unit } from '../house.ts';
import { visibleDemand } from '../load-demand.ts';
import type { ApiRoute } from './api-route.ts';
import { day, instant, integer, list, object, oneOf, orNull, text } from './json-schema.ts';
import { bodyOf, textsOf } from './read-body.ts';
import { type QuerySpec, readQuery } from './read-query.ts';

const REQUEST = object({
  id: text,
  number: text,
  orgCode: text,
  kind: oneOf(PRIVACY_KINDS),
  requester: { ...text, description: '列表里和别的单位的件遮盖；办理单位单件查询时完整' },
  contact: { ...text, description: '同上' },
  demand: { ...orNull(text), description: '有关诉求编号；看不到的件不列' },
  receivedVia: oneOf(PRIVACY_VIA),
  content: { ...text, description: '号码已遮盖' },
  status: oneOf({ OPEN: '待答复', ANSWERED: '已答复' }),
  receivedAt: instant,
  replyBy: day,
  registeredBy: text,
  result: orNull(oneOf(PRIVACY_RESULTS)),
  answer: orNull(text),
  answeredAt: orNull(instant),
  answeredBy: orNull(text),
});

const QUERY: QuerySpec = {
  status: { schema: { type: 'string', enum: ['OPEN', 'ANSWERED'] }, description: '待答复、已答复；不给就是全部' },
};

const NEW = object(
  {
    kind: oneOf(PRIVACY_KINDS),
    requester: { ...text, maxLength: 50, description: '请求人；先核对就是本人或受托人' },
    contact: { ...text, maxLength: 100, description: '联系方式' },
    demand: { ...text, description: '有关诉求编号，有的填' },
    receivedVia: oneOf(PRIVACY_VIA),
    content: { ...text, maxLength: 500, description: '请求内容' },
  },
  ['demand'],
);

/** 个人信息请求登记簿 (个人信息保护法 44–50) over the API: the same register as on the page. */
export function privacyRoutes(house: House): ApiRoute[] {
  const manage = { permission: 'privacy.manage', scope: '本单位' } as const;
  return [
    {
      method: 'get',
      path: '/privacy-requests',
      permission: 'privacy.read',
      scope: '本单位；市局和审计看全市；姓名、联系方式遮盖',
      summary: '个人信息请求登记簿',
      query: QUERY,
      answers: {
        200: { description: '待答复的按期限在前，最多 300 条', schema: object({ items: list(REQUEST) }) },
      },
      problems: [422],
      async handle({ req, res, actor }) {
        const { status } = readQuery(req.query, QUERY);
        const items = await house.transaction(actor, async (unit) => {
          const all = await privacyRequests(unit, actor.bureauLevel === 'CITY' ? undefined : actor.orgCode);
          return shown(unit, status ? all.filter((item) => item.status === status) : all, false);
        });
        res.json({ items });
      },
    },
    {
      method: 'get',
      path: '/privacy-requests/:id',
      ...manage,
      summary: '一条个人信息请求',
      answers: { 200: { description: '姓名、联系方式完整，只用来答复', schema: REQUEST } },
      async handle({ req, res, actor }) {
        const [item] = await house.transaction(actor, async (unit) =>
          shown(unit, [await privacyRequest(unit, String(req.params.id))], true),
        );
        res.json(item);
      },
    },
    {
      method: 'post',
      path: '/privacy-requests',
      ...manage,
      summary: '登记个人信息请求',
      body: NEW,
      answers: { 201: { description: '已编号，算出答复期限', schema: REQUEST } },
      problems: [422],
      async handle(ask) {
        const { demand, ...given } = textsOf(NEW, bodyOf(ask));
        const [made] = await house.transaction(ask.actor, async (unit) => {
          const number = demand?.trim().toUpperCase();
          const found = number ? await visibleDemand(unit, ask.actor, number).catch(unknownDemand) : null;
          const request = await registerPrivacyRequest(unit, {
            kind: given.kind ?? '',
            requester: given.requester ?? '',
            contact: given.contact ?? '',
            receivedVia: given.receivedVia ?? '',
            content: given.content ?? '',
            demandId: found?.id ?? null,
          });
          return shown(unit, [request], true);
        });
        ask.res.status(201).json(made);
      },
    },
    {
      method: 'post',
      path: '/privacy-requests/:id/answer',
      ...manage,
      summary: '答复个人信息请求',
      body: ANSWER,
      answers: {
        200: { description: '已答复，不能再改；同意删除的，有关诉求随即匿名化，不能恢复', schema: REQUEST },
      },
      problems: [409, 422],
      async handle(ask) {
        const { result = '', answer = '' } = textsOf(ANSWER, bodyOf(ask));
        const [done] = await house.transaction(ask.actor, async (unit) => {
          // The clerk's own register only; another bureau's is not found.
          const { id } = await privacyRequest(unit, String(ask.req.params.id));
          return shown(unit, [await answerPrivacyRequest(unit, id, { result, answer })], true);
        });
        ask.res.json(done);
      },
    },
    {
      method: 'get',
      path: '/retention',
      permission: 'privacy.read',
      scope: '本单位',
      summary: '到期匿名化预览',
      answers: {
        200: {
          description: '保存年限（参数 retention.years）、已到期件数、今后 30 天到期的件、已匿名化件数',
          schema: object({
            years: integer,
            due: integer,
            done: integer,
            soon: list(object({ number: text, endedAt: instant })),
          }),
        },
      },
      async handle({ res, actor }) {
        const view = await house.transaction(actor, async (unit) => ({
          years: (await unit.parameters({ orgCode: actor.orgCode })).number('retention.years'),
          ...(await retentionOutlook(unit, demandScopeSql(actor, 1), actor.orgCode, AHEAD)),
        }));
        res.json({ ...view, soon: view.soon.map(({ number, ended }) => ({ number, endedAt: ended })) });
      },
    },
  ];
}

const AHEAD = 30;
const ANSWER = object({ result: oneOf(PRIVACY_RESULTS), answer: { ...text, maxLength: 500 } });

const unknownDemand = (error: unknown): never => {
  if (!isDomainError(error) || !['NotFound', 'Forbidden'].includes(error.code)) throw error;
  throw invalid('个人信息请求没有登记。', [{ pointer: '/demand', message: error.message }]);
};

/** As somebody may see them: in full only where they are answered. */
async function shown(unit: Unit, items: readonly PrivacyRequest[], full: boolean) {
  const scope = demandScopeSql(unit.actor, 1);
  const rows = await sqlOf(unit.em).query<{ id: string; number: string }>(
    `select d.id, d.number from demand d where d.id = any($4::text[]) and ${scope.sql}`,
    [...scope.parameters, items.flatMap((item) => item.demandId ?? [])],
  );
  const numbers = new Map(rows.map((row) => [row.id, row.number]));
  const open = full && may(unit.actor, 'privacy.manage');
  return items.map((item) => ({
    id: item.id,
    number: item.number,
    orgCode: item.orgCode,
    kind: item.kind,
    requester: open ? item.requester : maskPerson(item.requester),
    contact: open ? item.contact : maskPhone(item.contact),
    demand: item.demandId ? (numbers.get(item.demandId) ?? null) : null,
    receivedVia: item.receivedVia,
    content: maskText(item.content),
    status: item.status,
    receivedAt: item.receivedAt,
    replyBy: item.replyBy,
    registeredBy: item.registeredByName,
    result: item.result,
    answer: item.answer === null ? null : maskText(item.answer),
    answeredAt: item.answeredAt,
    answeredBy: item.answeredByName,
  }));
}
