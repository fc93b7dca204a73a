import { sqlOf } from '../db/orm.ts';
import type { Unit } from './house.ts';

/**
 * A form carries a token of its own. The first submission notes where it led, in its own transaction; a second one (double click, reload)
 * is sent to the same place and does nothing.
 */
export async function alreadySubmitted(unit: Unit, token: string | undefined): Promise<string | undefined> {
  if (!token) return undefined;
  const sql = sqlOf(unit.em);
  const inserted = await sql.query(
    'insert into submission_once (token, login, created_at) values ($1, $2, $3) on conflict (token) do nothing returning token',
    [token.slice(0, 80), unit.actor.login, unit.clock.now().toISOString()],
  );
  if (inserted.length > 0) return undefined;
  const [row] = await sql.query<{ location: string | null }>(
    'select location from submission_once where token = $1 and login = $2',
    [token.slice(0, 80), unit.actor.login],
  );
  return row?.location ?? '/tasks';
}

export async function noteSubmission(unit: Unit, token: string | undefined, location: string): Promise<void> {
  if (token)
    await sqlOf(unit.em).query('update submission_once set location = $2 where token = $1', [
      token.slice(0, 80),
      location,
    ]);
}
