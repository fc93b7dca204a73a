import type { Sql } from '../../db/sql.ts';

/** A clock as others may see it, without what it is about. */
export interface ClockOfSubject {
  id: string;
  kind: string;
  round: number;
  status: string;
  startsAt: Date;
  dueAt: Date;
  dueDate: string;
  totalDays: number;
  extensions: number;
  overdue: boolean | null;
}

/** All clocks of a subject, the running ones first. */
export async function clocksOf(sql: Sql, subjectType: string, subjectId: string): Promise<ClockOfSubject[]> {
  const rows = await sql.query<any>(
    `select id, kind, round, status, starts_at, due_at, due_date::text as due_date, total_days, extensions, overdue from deadline
     where subject_type = $1 and subject_id = $2 order by status = 'STOPPED', starts_at, kind, round`,
    [subjectType, subjectId],
  );
  return rows.map((row) => ({
    id: row.id,
    kind: row.kind,
    round: row.round,
    status: row.status,
    startsAt: new Date(row.starts_at),
    dueAt: new Date(row.due_at),
    dueDate: row.due_date,
    totalDays: row.total_days,
    extensions: row.extensions,
    overdue: row.overdue,
  }));
}
