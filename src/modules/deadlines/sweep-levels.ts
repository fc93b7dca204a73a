import type { Sql } from '../../db/sql.ts';
import type { SweptDeadline } from './sweep-deadlines.ts';

/** A level of supervision and the clocks it has come to: those of a bureau due on or before a day. */
export interface LevelReached {
  rank: number;
  orgCode: string;
  kinds: readonly string[];
  /** Due on this very day (催办), or on or before it. */
  dueOn?: string;
  dueUntil?: string;
}

/** Which of the levels have clocks that have come to them and have not been told: one look instead of one for each. */
export async function reachedLevels(tx: Sql, levels: readonly LevelReached[]): Promise<LevelReached[]> {
  const found = await tx.query<{ place: number }>(
    `select l.place from jsonb_to_recordset($1::jsonb) as l(place int, "orgCode" text, kinds jsonb, until date, "on" date, rank int)
     where exists (
       select 1 from deadline d where d.status = 'OPEN' and d.subject_type = 'demand' and d.org_code = l."orgCode" and l.kinds ? d.kind
         and d.due_date <= l.until and (l."on" is null or d.due_date = l."on")
         and (d.level_told < l.rank or d.level_due_date is distinct from d.due_date))`,
    [
      JSON.stringify(
        levels.map(({ orgCode, kinds, rank, dueOn, dueUntil }, place) => ({
          place,
          orgCode,
          kinds,
          rank,
          until: dueOn ?? dueUntil,
          on: dueOn ?? null,
        })),
      ),
    ],
  );
  const places = new Set(found.map(({ place }) => place));
  return levels.filter((_level, place) => places.has(place));
}

/**
 * Takes up to `limit` clocks that have come to a level and have not been told of it, and marks them: two nodes never take the same one.
 * What was told counts for the due date it was told for; a clock that was moved is told anew.
 */
export async function takeLevel(tx: Sql, level: LevelReached, limit: number): Promise<SweptDeadline[]> {
  const rows = await tx.query<Record<string, unknown>>(
    `with reached as (select id from deadline where status = 'OPEN' and subject_type = 'demand' and org_code = $1 and kind = any($2::text[])
                        and due_date <= $3::date and ($4::date is null or due_date = $4::date)
                        and (level_told < $5 or level_due_date is distinct from due_date)
                      order by due_date limit $6 for update skip locked)
     update deadline d set level_told = $5, level_due_date = d.due_date from reached where d.id = reached.id
     returning d.id, d.subject_type as "subjectType", d.subject_id as "subjectId", d.kind, d.round, d.due_at as "dueAt"`,
    [level.orgCode, [...level.kinds], level.dueOn ?? level.dueUntil, level.dueOn ?? null, level.rank, limit],
  );
  return rows.map((row) => ({ ...(row as unknown as SweptDeadline), dueAt: new Date(String(row.dueAt)) }));
}
