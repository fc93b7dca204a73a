import type { Sql } from '../../db/sql.ts';

export interface SweptDeadline {
  id: string;
  subjectType: string;
  subjectId: string;
  kind: string;
  round: number;
  dueAt: Date;
  /** Of one that has passed: people had been reminded of it. */
  warnedBefore?: boolean;
}

const COLUMNS = `d.id, d.subject_type as "subjectType", d.subject_id as "subjectId", d.kind, d.round, d.due_at as "dueAt"`;

/**
 * Takes up to `limit` clocks whose reminder has come and that are not yet past, and marks them: two nodes never take the same one.
 * The caller writes the messages in the same transaction. Clocks that keep no moment of their own are taken when due before `warnUntil`.
 */
export async function takeWarnings(tx: Sql, now: Date, warnUntil: Date, limit: number): Promise<SweptDeadline[]> {
  const own = await mark(tx, 'warn_at <= $1', 'warn_at', [now.toISOString(), null, limit]);
  if (own.length >= limit) return own;
  const others = await mark(tx, 'warn_at is null and due_at <= $2', 'due_at', [
    now.toISOString(),
    warnUntil.toISOString(),
    limit - own.length,
  ]);
  return [...own, ...others];
}

async function mark(tx: Sql, when: string, order: string, parameters: readonly unknown[]): Promise<SweptDeadline[]> {
  return read(
    await tx.query(
      `with due as (select id from deadline where status = 'OPEN' and warned_at is null and due_at > $1::timestamptz and ($2::timestamptz is null or true) and ${when}
                    order by ${order} limit $3 for update skip locked)
       update deadline d set warned_at = $1::timestamptz from due where d.id = due.id returning ${COLUMNS}`,
      parameters,
    ),
  );
}

/** The same for clocks that have passed their due moment. */
export async function takeOverdue(tx: Sql, now: Date, limit: number): Promise<SweptDeadline[]> {
  return read(
    await tx.query(
      `with due as (select id from deadline where status = 'OPEN' and overdue_noticed_at is null and due_at <= $1
                    order by due_at limit $2 for update skip locked)
       update deadline d set overdue_noticed_at = $1, warned_at = coalesce(d.warned_at, $1) from due where d.id = due.id
       returning ${COLUMNS}, d.warned_at < $1 as "warnedBefore"`,
      [now.toISOString(), limit],
    ),
  );
}

const read = (rows: Record<string, unknown>[]): SweptDeadline[] =>
  rows.map((row) => ({ ...(row as unknown as SweptDeadline), dueAt: new Date(String(row.dueAt)) }));
