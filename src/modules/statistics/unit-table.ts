import type { Sql } from '../../db/sql.ts';
import { UNRESTRICTED } from './count-indicators.ts';
import { type DayTable, dayNumbers, workingDaysSql } from './day-table.ts';
import { EXCLUDED } from './indicators.ts';
import { instantsOf, type Period } from './period.ts';

/** Column names of the bulletin's annex (承办单位情况表), in order, as local bulletins write them. */
export const UNIT_COLUMNS = {
  dispatched: '派件总数',
  hotline12366: '12366热线',
  platform12366: '12366平台',
  website: '税务网站',
  hotline12345: '12345热线',
  otherChannel: '其他渠道',
  onTime: '按时办结',
  late: '超时办结',
  unfinished: '未办结',
  withinTime: '其中期内',
  completedRate: '办结率',
  onTimeRate: '按时办结率',
  dissatisfied: '不满意数',
  dissatisfiedRate: '不满意率',
  averageDays: '平均工作日',
  extended: '延期',
  reworked: '重办',
} as const;
export type UnitColumn = keyof typeof UNIT_COLUMNS;
/** Columns that are shares: of which number, over which. */
export const UNIT_RATES: Partial<Record<UnitColumn, { of: UnitColumn[]; over: UnitColumn | 'rated' | 'completed' }>> = {
  completedRate: { of: ['onTime', 'late'], over: 'dispatched' },
  onTimeRate: { of: ['onTime'], over: 'completed' },
  dissatisfiedRate: { of: ['dissatisfied'], over: 'rated' },
};

export interface UnitLine {
  orgCode: string;
  /** Department of a bureau; absent for the bureau itself. */
  departmentCode?: string;
  dispatched: number;
  hotline12366: number;
  platform12366: number;
  website: number;
  hotline12345: number;
  otherChannel: number;
  onTime: number;
  late: number;
  unfinished: number;
  withinTime: number;
  dissatisfied: number;
  rated: number;
  averageDays: number | null;
  extended: number;
  reworked: number;
}

export interface UnitQuestion {
  period: Pick<Period, 'from' | 'to'>;
  orgCode?: string;
  asOf: Date;
  days: DayTable;
  withRestricted: boolean;
  /** Lines per department instead of per bureau. */
  byDepartment?: boolean;
}

/** Lines with everything (含剔除) and without what is taken out on recognition. */
export interface UnitTable {
  all: UnitLine[];
  net: UnitLine[];
}

/** Condition of each column over `demand d` with `late` and `open` of its handling; shared with the list behind the number. */
const CONDITIONS: Record<string, string> = {
  dispatched: 'true',
  hotline12366: `d.channel = 'HOTLINE_12366'`,
  platform12366: `d.channel = 'PLATFORM_12366'`,
  website: `d.channel = 'TAX_WEBSITE'`,
  hotline12345: `d.channel = 'HOTLINE_12345'`,
  otherChannel: `d.channel = 'OTHER'`,
  onTime: 'd.completed_at is not null and not h.late',
  late: 'd.completed_at is not null and h.late',
  unfinished: 'd.completed_at is null',
  withinTime: 'd.completed_at is null and not h.late',
  dissatisfied: `d.satisfaction in ('DISSATISFIED', 'VERY_DISSATISFIED')`,
  rated: 'd.satisfaction is not null',
  extended: 'h.extended',
  reworked: 'd.rework_count > 0',
};
export const isUnitColumn = (column: string): boolean => Object.hasOwn(CONDITIONS, column);

/** Demands given to a host in the period: sent there, or handled by who received them. */
const rows = (from: string, until: string, asOf: string, also: string) => `
  from demand d left join lateral (
    select coalesce(bool_or(case when c.status = 'STOPPED' then c.overdue else c.due_at <= ${asOf} end), false) as late,
      coalesce(bool_or(c.extensions > 0), false) as extended
    from deadline c where c.subject_type = 'demand' and c.subject_id = d.id and c.kind = 'HANDLING') h on true
  where d.registered_at >= ${from} and d.registered_at < ${until} and d.voided_at is null and d.host_department is not null${also}`;

/** The table of units: what each was given and what became of it. Ordered by code; it ranks nobody. Both ways of counting in one reading. */
export async function unitTable(sql: Sql, question: UnitQuestion): Promise<UnitTable> {
  const { from, until } = instantsOf(question.period);
  const parameters: unknown[] = [from.toISOString(), until.toISOString(), question.asOf.toISOString()];
  const days = dayNumbers(question.days);
  const numbered = {
    numbers: `$${parameters.push(days.numbers)}::int[]`,
    first: `$${parameters.push(days.first)}::date`,
  };
  const of = `${question.withRestricted ? '' : UNRESTRICTED}${question.orgCode ? ` and d.host_org_code = $${parameters.push(question.orgCode)}` : ''}`;
  const key = question.byDepartment ? ['org', 'department'] : ['org'];
  const columns = (way: string, also: string) => [
    ...Object.keys(CONDITIONS).map((name) => `(count(*) filter (where "${name}"${also}))::int as "${way}.${name}"`),
    `round(avg(worked) filter (where true${also}), 1) as "${way}.averageDays"`,
  ];
  const found = await sql.query<Record<string, any>>(
    `select ${key.join(', ')}, ${[...columns('all', ''), ...columns('net', ' and not excluded')].join(', ')}
     from (select d.host_org_code as org, d.host_department as department, ${EXCLUDED} as excluded,
         ${Object.entries(CONDITIONS)
           .map(([name, condition]) => `(${condition}) as "${name}"`)
           .join(', ')},
         case when d.completed_at is not null and d.delivered_at is not null and coalesce(d.path, '') <> 'ON_THE_SPOT'
           then ${workingDaysSql('d.delivered_at', 'd.completed_at', numbered)} end as worked
       ${rows('$1::timestamptz', '$2::timestamptz', '$3::timestamptz', of)} offset 0) row
     group by ${key.join(', ')} order by ${key.join(', ')}`,
    parameters,
  );
  const lines = (way: 'all' | 'net'): UnitLine[] =>
    found
      .filter((row) => row[`${way}.dispatched`] > 0)
      .map((row) => ({
        orgCode: row.org,
        ...(question.byDepartment ? { departmentCode: row.department } : {}),
        ...(Object.fromEntries(Object.keys(CONDITIONS).map((name) => [name, row[`${way}.${name}`]])) as Omit<
          UnitLine,
          'orgCode' | 'averageDays'
        >),
        averageDays: row[`${way}.averageDays`] === null ? null : Number(row[`${way}.averageDays`]),
      }));
  return { all: lines('all'), net: lines('net') };
}

/** The demands behind a cell, as a condition over `demand d`. */
export function behindCell(
  question: Omit<UnitQuestion, 'byDepartment' | 'days'> & { net: boolean; departmentCode?: string },
  column: string,
  parameters: unknown[],
): string {
  const { from, until } = instantsOf(question.period);
  const parameter = (value: unknown) => `$${parameters.push(value)}`;
  const also = [
    ...(question.withRestricted ? [] : ['not d.restricted']),
    ...(question.net ? [`not ${EXCLUDED}`] : []),
    ...(question.orgCode ? [`d.host_org_code = ${parameter(question.orgCode)}`] : []),
    ...(question.departmentCode ? [`d.host_department = ${parameter(question.departmentCode)}`] : []),
    `(${CONDITIONS[column]})`,
  ].map((condition) => ` and ${condition}`);
  const instant = (at: Date) => `${parameter(at.toISOString())}::timestamptz`;
  return `d.id in (select d.id ${rows(instant(from), instant(until), instant(question.asOf), also.join(''))})`;
}
