import { invalid } from '../../kernel/errors.ts';
import { type Measure, makeReport, monthOf, type Report, readPeriod, TOTAL } from '../../modules/statistics/index.ts';
import type { House } from '../house.ts';
import { bureauFor } from '../pages/statistics/asked.ts';
import type { ApiRoute } from './api-route.ts';
import { day, instant, integer, type JsonSchema, list, object, orNull, text } from './json-schema.ts';
import { type QuerySpec, readQuery } from './read-query.ts';

const QUERY: QuerySpec = {
  period: { schema: text, description: '统计期：2026-11、2026-Q4、2026，或 2026-11-01..2026-11-23；不给就是本月' },
  orgCode: { schema: text, description: '单位；市局不给就是全市，县（区）总是本单位' },
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
      scope: '市局看全市，县（区）看本单位；限定可见件只计数',
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
            indicators: list(object({ id: text, title: text, unit: text, all: MEASURE, net: MEASURE })),
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
          compare: false,
          ...(orgCode ? { orgCode } : {}),
        });
        res.json(reportJson(report));
      },
    },
  ];
}

const NOTHING: Measure = { counted: 0 };

function reportJson(report: Report) {
  const line = report.indicators.get(report.orgCode ?? TOTAL);
  return {
    period: { key: report.period.key, from: report.period.from, to: report.period.to },
    orgCode: report.orgCode,
    dataAt: report.dataAt,
    definitionVersion: report.definitions.version,
    registered: report.intake.registered,
    indicators: report.definitions.indicators.map(({ id, title, unit }) => ({
      id,
      title,
      unit,
      all: line?.get(id)?.all ?? NOTHING,
      net: line?.get(id)?.net ?? NOTHING,
    })),
    units: report.units,
  };
}
