import { sqlOf } from '../db/orm.ts';
import type { Sql } from '../db/sql.ts';
import { shanghaiTime } from '../kernel/clock.ts';
import type { Unit } from './house.ts';

const key = (token: string): string => token.slice(0, 80);

/**
 * A form carries a token of its own. The first submission notes where it led, in its own transaction; a second one (double click, reload)
 * is sent to the same place, is told so (M10), and does nothing.
 */
export async function alreadySubmitted(unit: Unit, token: string | undefined): Promise<string | undefined> {
  if (!token) return undefined;
  const sql = sqlOf(unit.em);
  const inserted = await sql.query(
    'insert into submission_once (token, login, created_at) values ($1, $2, $3) on conflict (token) do nothing returning token',
    [key(token), unit.actor.login, unit.clock.now().toISOString()],
  );
  if (inserted.length > 0) return undefined;
  const [row] = await sql.query<{ location: string | null; created_at: Date }>(
    'select location, created_at from submission_once where token = $1 and login = $2',
    [key(token), unit.actor.login],
  );
  return row ? repeated(row.location ?? '/tasks', new Date(row.created_at)) : '/tasks';
}

/** Whether a form's token has been used; asks without using it. */
export async function wasSubmitted(unit: Unit, token: string | undefined): Promise<boolean> {
  if (!token) return false;
  const known = await sqlOf(unit.em).query('select 1 from submission_once where token = $1 and login = $2', [
    key(token),
    unit.actor.login,
  ]);
  return known.length > 0;
}

export async function noteSubmission(unit: Unit, token: string | undefined, location: string): Promise<void> {
  if (token)
    await sqlOf(unit.em).query('update submission_once set location = $2 where token = $1', [key(token), location]);
}

/** The place of the first submission, with its time of day; the page says that nothing was done twice. */
function repeated(location: string, at: Date): string {
  const [path, query] = location.split('?') as [string, string | undefined];
  const search = new URLSearchParams(query);
  search.delete('ok');
  search.set('repeat', `${shanghaiTime(at)}:${String(at.getUTCSeconds()).padStart(2, '0')}`);
  return `${path}?${search}`;
}

/** What became of each item of a batch; kept under the form's token so that a repeat shows the same page. */
export interface BatchReport {
  title: string;
  /** `派单 12 件成功，2 件没有派。` */
  summary: string;
  failed: { label: string; href: string; why: string }[];
  done: { label: string; href: string }[];
  back: { href: string; text: string };
}

/** Takes a batch's token; false when the same form has been sent before. */
export async function beginBatch(sql: Sql, token: string, login: string, at: Date): Promise<boolean> {
  const rows = await sql.query(
    'insert into submission_once (token, login, created_at) values ($1, $2, $3) on conflict (token) do nothing returning token',
    [key(token), login, at.toISOString()],
  );
  return rows.length > 0;
}

export async function keepReport(sql: Sql, token: string, report: BatchReport): Promise<void> {
  await sql.query('update submission_once set report = $2::jsonb, location = $3 where token = $1', [
    key(token),
    JSON.stringify(report),
    `/results/${encodeURIComponent(key(token))}`,
  ]);
}

/** The report of a batch; `undefined` when there is no such batch of this person, `null` while it is still running. */
export async function reportOf(sql: Sql, token: string, login: string): Promise<BatchReport | null | undefined> {
  const [row] = await sql.query<{ report: BatchReport | null }>(
    'select report from submission_once where token = $1 and login = $2',
    [key(token), login],
  );
  return row?.report === undefined ? undefined : row.report;
}
