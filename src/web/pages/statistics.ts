import { sqlOf } from '../../db/orm.ts';
import { countsRestricted } from '../../modules/access/index.ts';
import { CATEGORIES, CHANNELS, legalRouteTitle } from '../../modules/demands/index.ts';
import { appendEvent } from '../../modules/history/index.ts';
import { listDefinitions, makeReport, type Report, TOTAL, type UnitLine } from '../../modules/statistics/index.ts';
import { lineChart } from '../charts/line.ts';
import { stackedBars } from '../charts/stacked-bars.ts';
import { format, shortDay } from '../format.ts';
import type { House } from '../house.ts';
import { type Ask, type Route, textOf } from '../route.ts';
import { addressOf } from './ledger-filter.ts';
import { type Asked, periodChoices, readAsked } from './statistics/asked.ts';
import { indicatorHref } from './statistics/behind.ts';
import { type Sheet, sendSheets } from './statistics/sheets.ts';
import { difference, shownMeasure } from './statistics/shown.ts';
import { UNIT_HEAD, unitRows } from './statistics/unit-rows.ts';

/** The three hard limits of the plan, what the taxpayer says, and what went wrong. */
const HEADLINE = ['transfer-on-time', 'completed-on-time', 'fed-back-on-time', 'satisfied', 'extended', 'overdue'];
const SCOPE = '市局看全市，县（区）看本单位；限定可见件只在纳服专岗、审计员的数里';

/** P13: indicators of a period, their charts, tables and files. */
export function statisticsPages(house: House): Route[] {
  return [
    {
      method: 'get',
      path: '/statistics',
      permission: 'statistics.read',
      scope: SCOPE,
      handle: (ask) => show(house, ask),
    },
    {
      method: 'get',
      path: '/statistics/download',
      permission: 'statistics.read',
      scope: SCOPE,
      handle: (ask) => download(house, ask),
    },
    {
      method: 'get',
      path: '/statistics/definitions',
      permission: 'statistics.read',
      scope: '口径不含数据',
      async handle({ res }) {
        res.render('statistics/definitions', {
          title: '指标口径',
          versions: await listDefinitions(house.sql),
        });
      },
    },
  ];
}

async function read(house: House, { req, actor }: Ask): Promise<{ asked: Asked; report: Report }> {
  const directory = await house.directory();
  const asked = readAsked(req.query, actor, house.clock.now(), directory.bureaus());
  const report = await makeReport(house.sql, await house.calendar(), {
    period: asked.period,
    now: house.clock.now(),
    compare: asked.compare,
    withRestricted: countsRestricted(actor),
    ...(asked.orgCode ? { orgCode: asked.orgCode } : {}),
  });
  return { asked, report };
}

async function show(house: House, ask: Ask): Promise<void> {
  const { res, actor } = ask;
  const { asked, report } = await read(house, ask);
  const directory = await house.directory();
  const nameOf = unitName(directory);
  const { period, net } = asked;
  const at = { period, net, ...(asked.orgCode ? { orgCode: asked.orgCode } : {}) };
  const lines = report.departments ?? report.units;
  const chosen = net ? lines.net : lines.all;
  const small = report.definitions.parameters.smallDenominator;
  const bars = chosen.map((line) => ({
    label: nameOf(line),
    values: [line.unfinished, line.onTime, line.late],
  }));
  const groups = groupsOf(report, asked, at);
  res.status(asked.problems.length > 0 ? 422 : 200).render('statistics/show', {
    title: '指标',
    problems: asked.problems.map(({ field, message }) => ({ href: `#${field}`, message })),
    errors: Object.fromEntries(asked.problems.map(({ field, message }) => [field, message])),
    query: asked.query,
    period,
    net,
    compare: asked.compare,
    unit: asked.orgCode ? (directory.bureau(asked.orgCode)?.shortName ?? '') : '全市',
    bureaus: actor.bureauLevel === 'CITY' ? directory.bureaus() : [],
    choices: periodChoices(house.clock.now()),
    dataAt: format.time(report.dataAt),
    version: report.definitions.version,
    general: report.definitions.general,
    restrictedWords: restrictedWords(actor),
    empty: report.intake.registered === 0,
    intake: intakeWords(report),
    groups,
    headline: HEADLINE.flatMap((id) => groups.flatMap((group) => group.rows.filter((row) => row.id === id))),
    unitHead: UNIT_HEAD,
    unitTitle: report.departments ? '各承办部门' : '各单位',
    units: unitRows(chosen, { ...at, small }, nameOf),
    unitsChart:
      bars.length > 0
        ? stackedBars(
            {
              id: 'chart-units',
              title: `${report.departments ? '各承办部门' : '各单位'}办理情况`,
              description: bars
                .map(({ label, values }) => `${label}：在办 ${values[0]}，按时办结 ${values[1]}，超时办结 ${values[2]}`)
                .join('；'),
            },
            [
              { title: '未办结', fill: 5 },
              { title: '按时办结', fill: 1 },
              { title: '超时办结', fill: 'hatch' },
            ],
            bars,
          )
        : null,
    bars,
    weeks: report.weeks.map((week) => ({ ...week, label: shortDay(week.from) })),
    weeksChart: lineChart(
      {
        id: 'chart-weeks',
        title: '12 周受理量',
        description: report.weeks.map((week) => `${shortDay(week.from)} 起的一周 ${week.registered} 件`).join('；'),
      },
      report.weeks.map((week) => ({
        label: `${Number(week.from.slice(5, 7))}/${Number(week.from.slice(8))}`,
        value: week.registered,
      })),
    ),
    channels: shares(report.intake.channels, CHANNELS, report.intake.registered),
    categories: shares(report.intake.categories, CATEGORIES, report.intake.registered),
    routes: Object.entries(report.routes).map(([route, n]) => ({ title: legalRouteTitle(route) || route, n })),
    tags: report.tags,
    link: (changes: Record<string, string | undefined>) => addressOf(merged(asked.query, changes), '/statistics'),
    file: (table: string, kind: string) => addressOf({ ...asked.query, table, kind }, '/statistics/download'),
  });
}

/** Whose numbers these are: said on every table, so that two people who compare know why they differ. */
const restrictedWords = (actor: Ask['actor']): string =>
  countsRestricted(actor) ? '含限定可见件（通报和其他岗位看到的数不含）' : '不含限定可见件';

const unitName =
  (directory: Awaited<ReturnType<House['directory']>>) =>
  (line: Pick<UnitLine, 'orgCode' | 'departmentCode'>): string =>
    line.departmentCode
      ? (directory.department(line.departmentCode)?.name ?? line.departmentCode)
      : (directory.bureau(line.orgCode)?.shortName ?? line.orgCode);

const merged = (query: Record<string, string>, changes: Record<string, string | undefined>) =>
  Object.fromEntries(
    Object.entries({ ...query, ...changes }).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );

function groupsOf(report: Report, asked: Asked, at: Parameters<typeof indicatorHref>[2]) {
  const small = report.definitions.parameters.smallDenominator;
  // One bureau asked for: its own line; the total of everything otherwise.
  const key = asked.orgCode ?? TOTAL;
  const way = asked.net ? 'net' : 'all';
  const rows = report.definitions.indicators.map((definition) => {
    const both = report.indicators.get(key)?.get(definition.id);
    const measure = both?.[way];
    const shown = shownMeasure(measure, definition.unit, small);
    const other = shownMeasure(both?.[asked.net ? 'all' : 'net'], definition.unit, small);
    const before = asked.compare ? report.yearBefore?.get(key)?.get(definition.id)?.[way] : undefined;
    const earlier = asked.compare ? shownMeasure(before, definition.unit, small) : null;
    const missed = measure?.among !== undefined && measure.days === undefined ? measure.among - measure.counted : 0;
    return {
      ...definition,
      shown,
      measure,
      other: other.value ?? other.instead,
      earlier: earlier && { ...earlier, difference: difference(shown.rate, earlier.rate) },
      missed,
      hrefs: {
        counted: indicatorHref(definition.id, 'counted', at),
        among: indicatorHref(definition.id, 'among', at),
        missed: indicatorHref(definition.id, 'missed', at),
      },
    };
  });
  return [...Map.groupBy(rows, (row) => row.group)].map(([title, list]) => ({ title, rows: list }));
}

function intakeWords({ intake, intakeBefore, intakeYearBefore, period }: Report) {
  const compared = (then: number, name: string) =>
    then === 0 ? `${name} 0 件` : `${name} ${then} 件，${changeWords(intake.registered, then)}`;
  return {
    registered: intake.registered,
    direct: intake.direct,
    dispatched: intake.dispatched,
    before: compared(intakeBefore.registered, period.kind === 'RANGE' ? '之前同样长的一段' : '上一期'),
    yearBefore: compared(intakeYearBefore.registered, '去年同期'),
  };
}

export function changeWords(now: number, then: number): string {
  if (now === then) return '持平';
  const share = Math.abs(Math.round(((now - then) / then) * 1000) / 10).toFixed(1);
  return now > then ? `增加 ${now - then} 件（${share}%）` : `减少 ${then - now} 件（${share}%）`;
}

const shares = (counts: Record<string, number>, names: Record<string, string>, of: number) =>
  Object.entries(names).map(([code, title]) => ({ code, title, n: counts[code] ?? 0, of }));

async function download(house: House, ask: Ask): Promise<void> {
  const { req, res, actor } = ask;
  const { asked, report } = await read(house, ask);
  const directory = await house.directory();
  const kind = textOf(req.query.kind) === 'csv' ? 'csv' : 'xlsx';
  const all: Record<string, Sheet> = sheetsOf(report, asked, unitName(directory));
  const table = textOf(req.query.table) ?? '';
  const chosen = all[table] ? [all[table]] : kind === 'csv' ? [all.indicators!] : Object.values(all);
  const unit = asked.orgCode ? (directory.bureau(asked.orgCode)?.shortName ?? '') : '全市';
  await house.transaction(actor, (work) =>
    appendEvent(sqlOf(work.em), {
      subjectType: 'export',
      subjectId: actor.login,
      type: 'statistics.exported',
      occurredAt: house.clock.now(),
      actor,
      payload: {
        period: asked.period.key,
        orgCode: asked.orgCode ?? null,
        kind,
        tables: chosen.map(({ title }) => title),
      },
    }),
  );
  const note = `${unit} ${asked.period.title}，口径 ${report.definitions.version} 版，${asked.net ? '不含剔除' : '含剔除'}，${restrictedWords(actor)}，数据时点 ${format.time(report.dataAt)}，导出人 ${actor.name}`;
  await sendSheets(res, `统计-${unit}-${asked.period.title}`, kind, chosen, note);
}

function sheetsOf(report: Report, asked: Asked, nameOf: (line: UnitLine) => string): Record<string, Sheet> {
  const lines = report.departments ?? report.units;
  const small = report.definitions.parameters.smallDenominator;
  const at = { period: asked.period, net: asked.net, small };
  const key = asked.orgCode ?? TOTAL;
  const measureCells = (id: string, unit: string, way: 'all' | 'net') => {
    const measure = report.indicators.get(key)?.get(id)?.[way];
    const shown = shownMeasure(measure, unit, small);
    return [shown.value ?? shown.instead, measure?.counted ?? 0, measure?.among ?? null];
  };
  return {
    units: {
      title: '承办单位情况表',
      head: [report.departments ? '承办部门' : '承办单位', ...UNIT_HEAD.map(({ title }) => title)],
      rows: unitRows(asked.net ? lines.net : lines.all, at, nameOf).map((row) => [
        row.name,
        ...row.cells.map((cell) => cell.value),
      ]),
    },
    indicators: {
      title: '指标',
      head: [
        '指标',
        '含剔除',
        '分子',
        '分母',
        '不含剔除',
        '分子（不含剔除）',
        '分母（不含剔除）',
        '分子口径',
        '分母口径',
      ],
      rows: report.definitions.indicators.map((item) => [
        item.title,
        ...measureCells(item.id, item.unit, 'all'),
        ...measureCells(item.id, item.unit, 'net'),
        item.numerator,
        item.denominator,
      ]),
    },
    weeks: {
      title: '12 周受理量',
      head: ['周一', '周日', '受理件数'],
      rows: report.weeks.map((week) => [week.from, week.to, week.registered]),
    },
  };
}
