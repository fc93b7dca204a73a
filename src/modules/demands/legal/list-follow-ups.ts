import type { Sql } from '../../../db/sql.ts';
import type { DemandScope } from '../list-demands.ts';

/** One line of the follow-up ledger (法定途径台账): numbers, states and dates; nothing anybody said. */
export interface FollowUpRow {
  id: string;
  number: string;
  demandStatus: string;
  orgCode: string;
  restricted: boolean;
  route: string;
  status: string;
  source: string;
  confirmDepartment: string | null;
  receivingDepartment: string | null;
  receivingName: string | null;
  openedAt: Date;
  handedOverAt: Date | null;
  acknowledgedAt: Date | null;
  examination: string | null;
  applyLastDay: string | null;
  resultNumber: string | null;
  clockKind: string | null;
  dueAt: Date | null;
  dueDate: string | null;
  provisional: boolean;
}

export interface FollowUpFilter {
  route?: string;
  /** `open`: not settled yet; `closed`: settled. */
  state?: string;
  /** `overdue`: a clock of the follow-up has passed. */
  time?: string;
}

/** What somebody may see of the follow-up ledger, the clock that ends first on top. The parameters of the scope begin at 1. */
export async function listFollowUps(
  sql: Sql,
  scope: DemandScope,
  filter: FollowUpFilter,
  page: { limit: number; offset: number; now: Date },
): Promise<{ rows: FollowUpRow[]; total: number }> {
  const parameters: unknown[] = [...scope.parameters];
  const bind = (value: unknown) => `$${parameters.push(value)}`;
  const where = [`(${scope.sql})`];
  if (filter.route) where.push(`f.route = ${bind(filter.route)}`);
  if (filter.state === 'open') where.push(`f.status not in ('CLOSED', 'DISMISSED', 'RETURNED')`);
  if (filter.state === 'closed') where.push(`f.status in ('CLOSED', 'DISMISSED', 'RETURNED')`);
  if (filter.time === 'overdue') where.push(`c.due_at < ${bind(page.now.toISOString())}::timestamptz`);
  const rows = await sql.query<any>(
    `select f.id, d.number, d.status as demand_status, d.org_code, d.restricted, f.route, f.status, f.source, f.confirm_department, f.receiving_department,
       f.receiving_name, f.opened_at, f.handed_over_at, f.acknowledged_at, f.examination, f.apply_last_day::text as apply_last_day, f.result_number,
       c.kind as clock_kind, c.due_at, c.due_date::text as due_date, c.provisional, (count(*) over ())::int as total
     from legal_follow_up f join demand d on d.id = f.demand_id
     left join lateral (select kind, due_at, due_date, provisional from deadline x where x.status = 'OPEN'
       and ((x.subject_type = 'legal-follow-up' and x.subject_id = f.id)
         or (f.status in ('REQUESTED', 'AWAITING_CONFIRMATION') and x.subject_type = 'demand' and x.subject_id = d.id))
       order by x.due_at limit 1) c on true
     where ${where.join(' and ')}
     order by (f.status in ('CLOSED', 'DISMISSED', 'RETURNED')), c.due_at nulls last, f.opened_at desc, f.id
     limit ${bind(page.limit)} offset ${bind(page.offset)}`,
    parameters,
  );
  return { rows: rows.map(readRow), total: rows[0]?.total ?? 0 };
}

const date = (value: unknown): Date | null => (value ? new Date(value as string) : null);

const readRow = (row: any): FollowUpRow => ({
  id: row.id,
  number: row.number,
  demandStatus: row.demand_status,
  orgCode: row.org_code,
  restricted: row.restricted,
  route: row.route,
  status: row.status,
  source: row.source,
  confirmDepartment: row.confirm_department,
  receivingDepartment: row.receiving_department,
  receivingName: row.receiving_name,
  openedAt: new Date(row.opened_at),
  handedOverAt: date(row.handed_over_at),
  acknowledgedAt: date(row.acknowledged_at),
  examination: row.examination,
  applyLastDay: row.apply_last_day,
  resultNumber: row.result_number,
  clockKind: row.clock_kind,
  dueAt: date(row.due_at),
  dueDate: row.due_date,
  provisional: row.provisional ?? false,
});
