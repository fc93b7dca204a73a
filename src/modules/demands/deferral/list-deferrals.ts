import type { Sql } from '../../../db/sql.ts';
import type { DemandScope } from '../list-demands.ts';

/** A line of the ledger of deferrals (挂账台账, R19). */
export interface DeferralRow {
  demandId: string;
  number: string;
  title: string;
  category: string;
  condition: string;
  hostDepartment: string | null;
  hostOrgCode: string;
  responsible: string;
  responsibleName: string;
  reviewDate: string;
  deferredAt: Date;
  confirmBy: string | null;
  reviews: number;
  interimAt: Date;
  lastProgress: string | null;
  reportedTo: string | null;
  /** The review day has passed. */
  missed: boolean;
  dueAt: Date;
  provisional: boolean;
  /** The open review, when it has come. */
  reviewTask: string | null;
}

/** Deferrals that run, the review day that comes first at the top; what a person may not see is not there. */
export async function listDeferrals(
  sql: Sql,
  scope: DemandScope,
  page: { missed?: boolean; limit: number; offset: number; now: Date },
): Promise<{ rows: DeferralRow[]; total: number; missed: number }> {
  const n = scope.parameters.length;
  const from = `from deferral f join demand d on d.id = f.demand_id
     join lateral (select due_at, provisional from deadline where subject_type = 'demand' and subject_id = d.id
       and kind = 'DEFERRAL_REVIEW' and status = 'OPEN' order by round desc limit 1) c on true
     where f.status = 'ACTIVE' and d.status = 'DEFERRED' and (${scope.sql})`;
  const [counts] = await sql.query<{ total: number; missed: number }>(
    `select count(*)::int as total, (count(*) filter (where c.due_at < $${n + 1}::timestamptz))::int as missed ${from}`,
    [...scope.parameters, page.now.toISOString()],
  );
  const rows = await sql.query<any>(
    `select d.id, d.number, d.title, d.host_department, d.host_org_code, f.category, f.condition, f.responsible, f.responsible_name,
       f.review_date::text as review_date, f.deferred_at, f.confirm_by::text as confirm_by, f.reviews, f.interim_at, f.last_progress,
       f.reported_to, c.due_at, c.provisional, c.due_at < $${n + 1}::timestamptz as missed,
       (select t.id from task t where t.demand_id = d.id and t.status = 'OPEN' and t.form_id = 'review-deferral' limit 1) as review_task
     ${from} ${page.missed ? `and c.due_at < $${n + 1}::timestamptz` : ''} order by c.due_at, d.number limit $${n + 2} offset $${n + 3}`,
    [...scope.parameters, page.now.toISOString(), page.limit, page.offset],
  );
  return {
    total: page.missed ? counts!.missed : counts!.total,
    missed: counts!.missed,
    rows: rows.map(
      (row): DeferralRow => ({
        demandId: row.id,
        number: row.number,
        title: row.title,
        category: row.category,
        condition: row.condition,
        hostDepartment: row.host_department,
        hostOrgCode: row.host_org_code,
        responsible: row.responsible,
        responsibleName: row.responsible_name,
        reviewDate: row.review_date,
        deferredAt: new Date(row.deferred_at),
        confirmBy: row.confirm_by,
        reviews: row.reviews,
        interimAt: new Date(row.interim_at),
        lastProgress: row.last_progress,
        reportedTo: row.reported_to,
        missed: row.missed === true,
        dueAt: new Date(row.due_at),
        provisional: row.provisional === true,
        reviewTask: row.review_task,
      }),
    ),
  };
}
