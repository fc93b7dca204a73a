import type { Sql } from '../../db/sql.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import type { Calendar } from '../deadlines/index.ts';
import { countIndicators, type IndicatorTable, type Question } from './count-indicators.ts';
import { dayTable } from './day-table.ts';
import { type Definitions, definitionsOn } from './definitions.ts';
import { divertedByRoute, type Intake, intakeOf, tagCounts, weeklyIntake } from './intake.ts';
import { addDays, type Period, periodBefore, yearBefore } from './period.ts';
import { type UnitTable, unitTable } from './unit-table.ts';

/** All the numbers of a period for the city or one bureau; what a page shows and a snapshot freezes. */
export interface Report {
  period: Period;
  orgCode: string | null;
  dataAt: string;
  definitions: Definitions;
  /** By indicator id, then bureau; the empty code is the total. */
  indicators: IndicatorTable;
  /** The same stretch a year earlier, total only. */
  yearBefore: IndicatorTable | null;
  intake: Intake;
  intakeBefore: Intake;
  intakeYearBefore: Intake;
  /** Handed over to a legal route, by route. */
  routes: Record<string, number>;
  weeks: Awaited<ReturnType<typeof weeklyIntake>>;
  tags: Awaited<ReturnType<typeof tagCounts>>;
  units: UnitTable;
  /** Lines per department, when one bureau is asked for. */
  departments: UnitTable | null;
}

export interface ReportRequest {
  period: Period;
  orgCode?: string;
  now: Date;
  /** With the numbers of a year before (同比). */
  compare: boolean;
  /** With restricted demands, for who keeps or audits the ledger. */
  withRestricted: boolean;
}

const WEEKS = 12;
const TAGS = 10;

/** Asked in two lanes side by side: a page takes two connections for a moment, not the whole pool. */
export async function makeReport(sql: Sql, calendar: Calendar, request: ReportRequest): Promise<Report> {
  const { period, orgCode, now, withRestricted } = request;
  const whom = { withRestricted, ...(orgCode ? { orgCode } : {}) };
  const question = await questionOf(sql, calendar, request);
  const earlier = yearBefore(period);
  const units = (byDepartment: boolean) =>
    unitTable(sql, {
      period,
      asOf: now,
      days: question.days,
      byDepartment,
      ...whom,
    });
  const today = shanghaiDate(now);
  const indicators = async () => ({
    indicators: await countIndicators(sql, question),
    yearBefore: request.compare
      ? await countIndicators(sql, {
          ...question,
          period: earlier,
          days: await dayTable(sql, calendar, earlier),
        })
      : null,
  });
  const tables = async () => ({
    intake: await intakeOf(sql, period, whom),
    intakeBefore: await intakeOf(sql, periodBefore(period), whom),
    intakeYearBefore: await intakeOf(sql, earlier, whom),
    routes: await divertedByRoute(sql, period, whom),
    weeks: await weeklyIntake(sql, period.to < today ? period.to : today, WEEKS, whom),
    tags: await tagCounts(sql, period, periodBefore(period), { ...(orgCode ? { orgCode } : {}), limit: TAGS }),
    units: await units(false),
    departments: orgCode ? await units(true) : null,
  });
  const [counted, listed] = await Promise.all([indicators(), tables()]);
  return {
    period,
    orgCode: orgCode ?? null,
    dataAt: now.toISOString(),
    definitions: question.definitions,
    ...counted,
    ...listed,
  };
}

/** The question behind every number of a period. Working days are read as far as anything has happened. */
export async function questionOf(
  sql: Sql,
  calendar: Calendar,
  { period, orgCode, now, withRestricted }: Pick<ReportRequest, 'period' | 'orgCode' | 'now' | 'withRestricted'>,
): Promise<Question> {
  const today = shanghaiDate(now);
  const to = period.to < today ? today : period.to;
  return {
    period,
    ...(orgCode ? { orgCode } : {}),
    definitions: await definitionsOn(sql, today),
    days: await dayTable(sql, calendar, { from: period.from, to: addDays(to, 1) }),
    asOf: now,
    withRestricted,
  };
}
