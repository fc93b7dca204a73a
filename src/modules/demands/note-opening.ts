import { sqlOf } from '../../db/orm.ts';
import type { Work } from './context.ts';

export interface Opening {
  login: string;
  name: string;
  openedAt: Date;
}

/** Somebody who has not come back to the page for this long is taken to have left it. */
const LEFT_AFTER_MS = 15 * 60_000;

/** Notes that the person has the demand before them and tells who else has (动静), the newest first. */
export async function noteOpening(work: Work, demandId: string): Promise<Opening[]> {
  const sql = sqlOf(work.em);
  const now = work.clock.now();
  const since = new Date(+now - LEFT_AFTER_MS);
  await sql.query(
    `insert into demand_opening (demand_id, login, name, opened_at, seen_at) values ($1, $2, $3, $4, $4)
     on conflict (demand_id, login) do update set name = excluded.name, seen_at = excluded.seen_at,
       opened_at = case when demand_opening.seen_at < $5 then excluded.opened_at else demand_opening.opened_at end`,
    [demandId, work.actor.login, work.actor.name, now.toISOString(), since.toISOString()],
  );
  const rows = await sql.query<{ login: string; name: string; opened_at: Date | string }>(
    'select login, name, opened_at from demand_opening where demand_id = $1 and login <> $2 and seen_at >= $3 order by seen_at desc limit 5',
    [demandId, work.actor.login, since.toISOString()],
  );
  return rows.map((row) => ({ login: row.login, name: row.name, openedAt: new Date(row.opened_at) }));
}
