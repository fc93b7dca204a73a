import type { Sql } from '../../db/sql.ts';
import { type DayTable, dayNumbers } from './day-table.ts';
import type { Definitions } from './definitions.ts';
import {
  type DefinitionParameters,
  EXCLUDED,
  type IndicatorPart,
  type IndicatorSql,
  indicatorSql,
  type Parts,
  partCondition,
  SOURCES,
  type SourceName,
} from './indicators.ts';
import { instantsOf, type Period } from './period.ts';

/** One question to the numbers: when, for whom, by which definitions, known until when. */
export interface Question {
  period: Pick<Period, 'from' | 'to'>;
  /** A bureau; absent: all of them. */
  orgCode?: string;
  definitions: Definitions;
  days: DayTable;
  /** Data time (数据时点). */
  asOf: Date;
  /** With restricted demands (限定可见), for who may know how many there are. */
  withRestricted: boolean;
}

/** A count, once over everything (含剔除) and once without what is taken out on recognition (不含剔除). */
export interface BothWays {
  all: Measure;
  net: Measure;
}
export interface Measure {
  counted: number;
  /** Absent for a plain count. */
  among?: number;
  /** A number of working days instead of a rate. */
  days?: number | null;
}

/** Numbers of every indicator, by bureau; the empty code is the total. */
export type IndicatorTable = Map<string, Map<string, BothWays>>;

export const TOTAL = '';

/** Counts all indicators: one statement per source, every bureau and the total at once. */
export async function countIndicators(sql: Sql, question: Question): Promise<IndicatorTable> {
  const table: IndicatorTable = new Map();
  const bySource = Map.groupBy(
    question.definitions.indicators.map(({ id }) => ({ id, sql: indicatorSql(id) })),
    (item) => item.sql.source,
  );
  // One after the other: the embedded database has one connection anyway, and a page must not take the whole pool.
  for (const [source, indicators] of bySource) {
    const bound = bind(question);
    const columns = indicators.map((item, n) => columnsOf(item.sql, bound.parts, n));
    const from = fromOf(source, question, bound);
    // Each condition is worked out once per row; without the fence (`offset 0`) the planner would repeat it for every count made of it.
    const rows = await sql.query<Record<string, string | null>>(
      `select coalesce(org, '') as org, ${columns.flatMap(({ outer }) => outer).join(', ')}
       from (select ${SOURCES[source].org} as org, ${EXCLUDED} as excluded, ${columns.flatMap(({ inner }) => inner).join(', ')} ${from} offset 0) row
       group by grouping sets ((org), ())`,
      bound.parameters,
    );
    for (const row of rows) {
      const line = table.get(row.org!) ?? new Map<string, BothWays>();
      table.set(row.org!, line);
      indicators.forEach((item, n) => {
        line.set(item.id, { all: measureOf(item.sql.kind, row, `a${n}`), net: measureOf(item.sql.kind, row, `n${n}`) });
      });
    }
  }
  return table;
}

/** Values per row, and how rows are put together: `a…` over everything, `n…` without what is taken out. */
function columnsOf(item: IndicatorSql, parts: Parts, n: number): { inner: string[]; outer: string[] } {
  const ways = [
    ['a', ''],
    ['n', ' and not excluded'],
  ] as const;
  if (item.kind === 'COUNT')
    return {
      inner: [`${item.counted(parts)} as c${n}`],
      outer: ways.map(([way, also]) => `count(*) filter (where c${n}${also}) as ${way}${n}c`),
    };
  const inner = [
    `${item.among(parts)} as m${n}`,
    `${item.kind === 'RATE' ? item.counted(parts) : item.days(parts)} as c${n}`,
  ];
  return {
    inner,
    outer: ways.flatMap(([way, also]) => [
      `count(*) filter (where m${n}${also}) as ${way}${n}m`,
      item.kind === 'RATE'
        ? `count(*) filter (where m${n} and c${n}${also}) as ${way}${n}c`
        : `percentile_disc(${item.quantile}) within group (order by c${n}) filter (where m${n}${also}) as ${way}${n}d`,
    ]),
  };
}

function measureOf(kind: IndicatorSql['kind'], row: Record<string, string | null>, name: string): Measure {
  if (kind === 'COUNT') return { counted: Number(row[`${name}c`]) };
  if (kind === 'RATE') return { counted: Number(row[`${name}c`]), among: Number(row[`${name}m`]) };
  const among = Number(row[`${name}m`]);
  const days = row[`${name}d`];
  return { counted: among, among, days: days == null ? null : Number(days) };
}

interface Bound {
  parts: Parts;
  parameters: unknown[];
  parameter(value: unknown): string;
}

/** Parameters are taken in as they are first named; the same value is named once. */
function bind(question: Question, parameters: unknown[] = []): Bound {
  const known = new Map<unknown, string>();
  const parameter = (value: unknown): string => {
    const name = known.get(value) ?? `$${parameters.push(value)}`;
    known.set(value, name);
    return name;
  };
  const { from, until } = instantsOf(question.period);
  const once = (make: () => string) => {
    let made: string | undefined;
    return () => {
      made ??= make();
      return made;
    };
  };
  const days = once(() => `${parameter(JSON.stringify(question.days))}::jsonb`);
  const numbers = once(() => `${parameter(dayNumbers(question.days).numbers)}::int[]`);
  const first = once(() => `${parameter(dayNumbers(question.days).first)}::date`);
  const asOf = once(() => `${parameter(question.asOf.toISOString())}::timestamptz`);
  return {
    parameters,
    parameter,
    parts: {
      get from() {
        return `${parameter(from.toISOString())}::timestamptz`;
      },
      get until() {
        return `${parameter(until.toISOString())}::timestamptz`;
      },
      get asOf() {
        return asOf();
      },
      get days() {
        return days();
      },
      get workingDays() {
        return { first: first(), numbers: numbers() };
      },
      number: (name: keyof DefinitionParameters) => `${parameter(question.definitions.parameters[name])}::numeric`,
    },
  };
}

/** Nobody else's number tells that a restricted demand is there. */
export const UNRESTRICTED = ' and not d.restricted';

function fromOf(source: SourceName, question: Question, bound: Bound): string {
  const { rows, org, when } = SOURCES[source];
  const of = question.orgCode ? ` and ${org} = ${bound.parameter(question.orgCode)}` : '';
  return `from ${rows(bound.parts)} where ${when(bound.parts)} and d.voided_at is null${question.withRestricted ? '' : UNRESTRICTED}${of}`;
}

/** The demands behind a number, as a condition over `demand d`; `parameters` holds what the statement has already and is added to. */
export function behindNumber(
  question: Question,
  asked: { indicator: string; part: IndicatorPart; net: boolean },
  parameters: unknown[],
): string {
  const item = indicatorSql(asked.indicator);
  const bound = bind(question, parameters);
  const condition = partCondition(item, asked.part, bound.parts);
  return `d.id in (select d.id ${fromOf(item.source, question, bound)} and ${condition}${asked.net ? ` and not ${EXCLUDED}` : ''})`;
}
