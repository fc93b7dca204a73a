import { invalid } from '../../kernel/errors.ts';
import { countsRestricted, demandScopeSql } from '../../modules/access/index.ts';
import {
  BREAK_REASONS,
  breaksOf,
  CLASSES,
  findRun,
  linesOf,
  listTopics,
  type Measure,
  makeReport,
  monthOf,
  type Report,
  readPeriod,
  TOTAL,
} from '../../modules/statistics/index.ts';
import type { House } from '../house.ts';
import { bureauFor } from '../pages/statistics/asked.ts';
import type { ApiRoute } from './api-route.ts';
import { day, instant, integer, type JsonSchema, list, object, oneOf, orNull, text } from './json-schema.ts';
import { type QuerySpec, readQuery } from './read-query.ts';

const QUERY: QuerySpec = {
  period: { schema: text, description: '统计期：2026-11、2026-Q4、2026，或 2026-11-01..2026-11-23；不给就是本月' },
  orgCode: { schema: text, description: '单位；市局不给就是全市，县（区）总是本单位' },
  compare: { schema: { type: 'string', enum: ['year'] }, description: '同时给去年同期的数（同比）' },
};

const TOPIC_QUERY: QuerySpec = {
  status: { schema: { type: 'string', enum: ['OPEN', 'CLOSED'], default: 'OPEN' }, description: '处理中、已关闭' },
};

const MEASURE = object(
  {
    counted: { ...integer, description: '分子；工作日指标为件数' },
    among: { ...integer, description: '分母；件数指标没有' },
    days: { ...orNull(integer), description: '工作日；其他指标没有' },
  },
  ['among', 'days'],
);

const LINE: JsonSchema = {
  type: 'object',
  description: '承办单位情况：件数',
  additionalProperties: { type: ['string', 'number', 'null'] },
};

/** The numbers over the API: the same as on the page. */
export function statisticsRoutes(house: House): ApiRoute[] {
  return [
    {
      method: 'get',
      path: '/statistics',
      permission: 'statistics.read',
      scope: '市局看全市，县（区）看本单位；限定可见件只在纳服专岗、审计员的数里',
      summary: '指标',
      query: QUERY,
      answers: {
        200: {
          description: '每项指标的分子、分母（含剔除、不含剔除）和承办单位情况',
          schema: object({
            period: object({ key: text, from: day, to: day }),
            orgCode: orNull(text),
            dataAt: instant,
            definitionVersion: text,
            registered: integer,
            registeredBefore: { ...integer, description: '上一期受理件（环比的基数）' },
            registeredYearBefore: { ...integer, description: '去年同期受理件（同比的基数）' },
            indicators: list(
              object(
                {
                  id: text,
                  title: text,
                  unit: text,
                  all: MEASURE,
                  net: MEASURE,
                  yearBefore: { ...object({ all: MEASURE, net: MEASURE }), description: '去年同期；要 compare=year' },
                },
                ['yearBefore'],
              ),
            ),
            units: object({ all: list(LINE), net: list(LINE) }),
          }),
        },
      },
      problems: [422],
      async handle({ req, res, actor }) {
        const asked = readQuery(req.query, QUERY);
        const period = asked.period ? readPeriod(asked.period) : monthOf(house.clock.now());
        if (!period)
          throw invalid('统计期的写法不对。', [
            { pointer: '/period', message: '统计期应当写作 2026-11、2026-Q4、2026 或 2026-11-01..2026-11-23。' },
          ]);
        const directory = await house.directory();
        if (asked.orgCode && !directory.bureau(asked.orgCode))
          throw invalid('没有这个单位。', [{ pointer: '/orgCode', message: `没有单位“${asked.orgCode}”。` }]);
        const orgCode = bureauFor(actor, asked.orgCode);
        const report = await makeReport(house.sql, await house.calendar(), {
          period,
          now: house.clock.now(),
          compare: asked.compare === 'year',
          withRestricted: countsRestricted(actor),
          ...(orgCode ? { orgCode } : {}),
        });
        res.json(reportJson(report));
      },
    },
    reconciliationRoute(house),
    topicsRoute(house),
  ];
}

/** The last balance (对账): each bureau, and what does not come out even as far as the person may see it. */
function reconciliationRoute(house: House): ApiRoute {
  return {
    method: 'get',
    path: '/reconciliation',
    permission: 'statistics.read',
    scope: '市局看全市，县（区）看本单位；限定可见件只在纳服专岗、审计员的账里',
    summary: '最近一次对账',
    answers: {
      200: {
        description: '各单位的账；difference 为 0 就是平的。还没有对过账时 run 为 null',
        schema: object({
          run: orNull(object({ id: text, day, madeAt: instant, hash: text })),
          lines: list(
            object({
              orgCode: text,
              registeredToday: integer,
              registered: integer,
              classes: object(
                Object.fromEntries(Object.entries(CLASSES).map(([name, title]) => [name, { ...integer, title }])),
              ),
              difference: integer,
            }),
          ),
          breaks: list(object({ number: text, orgCode: text, reason: oneOf(BREAK_REASONS), detail: text })),
          unseen: { ...integer, description: '不平、但无权查看（要求保密、应当回避）的件数' },
        }),
      },
    },
    async handle({ res, actor }) {
      const run = await findRun(house.sql);
      const orgCode = bureauFor(actor, undefined);
      const lines = run ? await linesOf(house.sql, run.id, { orgCode, withRestricted: countsRestricted(actor) }) : [];
      const { seen, unseen } = run
        ? await breaksOf(house.sql, run.id, demandScopeSql(actor, 1), orgCode)
        : { seen: [], unseen: 0 };
      res.json({
        run: run ? { id: run.id, day: run.day, madeAt: run.madeAt, hash: run.hash } : null,
        lines: lines.map((line) => {
          const registered = Math.max(line.registered, line.numbered);
          const sum = Object.values(line.classes).reduce((total, n) => total + n, 0);
          return {
            orgCode: line.orgCode,
            registeredToday: line.registeredToday,
            registered,
            classes: line.classes,
            difference: registered - sum,
          };
        }),
        breaks: seen.map(({ number, orgCode: of, reason, detail }) => ({ number, orgCode: of, reason, detail })),
        unseen,
      });
    },
  };
}

/** Groups of common demands (共性诉求). */
function topicsRoute(house: House): ApiRoute {
  return {
    method: 'get',
    path: '/topics',
    permission: 'statistics.read',
    scope: '市局看全市和各县（区）的群组，县（区）看本单位的',
    summary: '共性诉求群组',
    query: TOPIC_QUERY,
    answers: {
      200: {
        description: '新发现的在前',
        schema: object({
          items: list(
            object({
              id: text,
              orgCode: text,
              kind: text,
              title: text,
              status: text,
              level: text,
              reason: text,
              members: integer,
              open: { ...integer, description: '其中在办' },
              leadDepartment: orNull(text),
              measures: orNull(text),
              foundAt: instant,
              closedAt: orNull(instant),
            }),
          ),
        }),
      },
    },
    problems: [422],
    async handle({ req, res, actor }) {
      const { status } = readQuery(req.query, TOPIC_QUERY);
      const orgCode = bureauFor(actor, undefined);
      const topics = await listTopics(house.sql, { status, ...(orgCode ? { orgCode } : {}) });
      res.json({
        items: topics.map((topic) => ({
          id: topic.id,
          orgCode: topic.orgCode,
          kind: topic.kind,
          title: topic.title,
          status: topic.status,
          level: topic.level,
          reason: topic.ruleReason,
          members: topic.members,
          open: topic.open,
          leadDepartment: topic.leadDepartment,
          measures: topic.measures,
          foundAt: topic.foundAt,
          closedAt: topic.closedAt,
        })),
      });
    },
  };
}

const NOTHING: Measure = { counted: 0 };

function reportJson(report: Report) {
  const line = report.indicators.get(report.orgCode ?? TOTAL);
  const earlier = report.yearBefore?.get(report.orgCode ?? TOTAL);
  return {
    period: { key: report.period.key, from: report.period.from, to: report.period.to },
    orgCode: report.orgCode,
    dataAt: report.dataAt,
    definitionVersion: report.definitions.version,
    registered: report.intake.registered,
    registeredBefore: report.intakeBefore.registered,
    registeredYearBefore: report.intakeYearBefore.registered,
    indicators: report.definitions.indicators.map(({ id, title, unit }) => ({
      id,
      title,
      unit,
      all: line?.get(id)?.all ?? NOTHING,
      net: line?.get(id)?.net ?? NOTHING,
      ...(report.yearBefore
        ? { yearBefore: { all: earlier?.get(id)?.all ?? NOTHING, net: earlier?.get(id)?.net ?? NOTHING } }
        : {}),
    })),
    units: report.units,
  };
}
