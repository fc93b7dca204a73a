import type { Sql } from '../../db/sql.ts';
import { notFound } from '../../kernel/errors.ts';
import type { AccessWork } from './context.ts';
import { digest } from './passwords.ts';

const IDLE_MS = 30 * 60_000;
const ABSOLUTE_MS = 12 * 3600_000;
/** Being seen is written at most once a minute: a page with ten requests is one write. */
const SEEN_EVERY_MS = 60_000;
const KEPT_MS = 30 * 24 * 3600_000;

export interface CurrentSession {
  id: string;
  login: string;
  /** The person has to choose an own password before anything else. */
  mustChangePassword: boolean;
  createdAt: Date;
  /** The latest end, whatever is done. */
  expiresAt: Date;
  /** When it ends if nothing more is done. */
  endsAt: Date;
}

export interface SessionView {
  id: string;
  createdAt: Date;
  seenAt: Date;
  expiresAt: Date;
  ip: string | null;
  userAgent: string | null;
}

/** Names a session without giving its token away: for lists, revocation, and binding of CSRF tokens. */
export const sessionIdOf = (token: string): string => digest(token).slice(0, 32);

/** Opens a session and notes the sign-in, in one statement. The token is returned once and only its hash is stored. */
export async function openSession(
  work: AccessWork,
  login: string,
  from: { ip: string; userAgent: string },
): Promise<string> {
  const token = work.ids.token();
  const now = work.clock.now();
  await work.sql.query(
    `with person as (update app_user set last_sign_in_at = $3::timestamptz, last_sign_in_ip = $5 where login = $2),
     old as (delete from session where login = $2 and expires_at < $7::timestamptz)
     insert into session (token_hash, login, created_at, seen_at, expires_at, ip, user_agent)
     values ($1, $2, $3::timestamptz, $3::timestamptz, $4::timestamptz, $5, $6)`,
    [
      digest(token),
      login,
      now.toISOString(),
      new Date(+now + ABSOLUTE_MS).toISOString(),
      from.ip,
      from.userAgent.slice(0, 300),
      new Date(+now - KEPT_MS).toISOString(),
    ],
  );
  return token;
}

/**
 * The session behind a token; undefined when it has ended in any way or the person was disabled. Asking keeps it alive, unless the
 * asking is a machine's (`quietly`): a page that looks for new counts by itself must not keep a forgotten window signed in.
 */
export async function currentSession(
  work: Pick<AccessWork, 'sql' | 'clock'>,
  token: string,
  options: { quietly?: boolean } = {},
): Promise<CurrentSession | undefined> {
  const now = work.clock.now();
  const hash = digest(token);
  const [row] = await work.sql.query<any>(
    `select s.login, s.created_at, s.seen_at, s.expires_at, u.must_change_password from session s join app_user u on u.login = s.login
     where s.token_hash = $1 and s.revoked_at is null and u.status = 'ACTIVE'`,
    [hash],
  );
  if (!row || new Date(row.expires_at) <= now || +now - +new Date(row.seen_at) > IDLE_MS) return undefined;
  if (!options.quietly && +now - +new Date(row.seen_at) >= SEEN_EVERY_MS)
    await work.sql.query('update session set seen_at = greatest(seen_at, $2::timestamptz) where token_hash = $1', [
      hash,
      now.toISOString(),
    ]);
  return {
    id: hash.slice(0, 32),
    login: row.login,
    mustChangePassword: row.must_change_password,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    endsAt: new Date(
      Math.min(
        +new Date(row.expires_at),
        (options.quietly ? +new Date(row.seen_at) : Math.max(+now, +new Date(row.seen_at))) + IDLE_MS,
      ),
    ),
  };
}

/** Whose session a token was that has ended; undefined for a token that never was one, or one that its owner took back. */
export async function endedSession(
  work: Pick<AccessWork, 'sql'>,
  token: string,
): Promise<{ id: string; login: string } | undefined> {
  const hash = digest(token);
  const [row] = await work.sql.query<{ login: string }>(
    'select login from session where token_hash = $1 and revoked_at is null',
    [hash],
  );
  return row && { id: hash.slice(0, 32), login: row.login };
}

/** The sign-in of a person before the session at hand, for the person to recognise (上次登录). */
export async function signInBefore(
  work: Pick<AccessWork, 'sql'>,
  login: string,
  token: string,
): Promise<{ at: Date; ip: string | null } | undefined> {
  const [row] = await work.sql.query<{ created_at: string; ip: string | null }>(
    `select created_at, ip from session where login = $1 and token_hash <> $2
     and created_at <= (select created_at from session where token_hash = $2) order by created_at desc limit 1`,
    [login, digest(token)],
  );
  return row && { at: new Date(row.created_at), ip: row.ip };
}

/** The login behind a session token; undefined when the session has ended. */
export async function sessionLogin(
  work: Pick<AccessWork, 'sql' | 'clock'>,
  token: string,
): Promise<string | undefined> {
  return (await currentSession(work, token))?.login;
}

export async function signOut(work: Pick<AccessWork, 'sql' | 'clock'>, token: string): Promise<void> {
  await work.sql.query('update session set revoked_at = $2::timestamptz where token_hash = $1 and revoked_at is null', [
    digest(token),
    work.clock.now().toISOString(),
  ]);
}

/** The live sessions of a person (登录设备), last used first. */
export async function listSessions(work: Pick<AccessWork, 'sql' | 'clock'>, login: string): Promise<SessionView[]> {
  const now = work.clock.now();
  const rows = await work.sql.query<any>(
    `select left(token_hash, 32) as id, created_at, seen_at, expires_at, ip, user_agent from session
     where login = $1 and revoked_at is null and expires_at > $2::timestamptz and seen_at >= $3::timestamptz order by seen_at desc, created_at desc`,
    [login, now.toISOString(), new Date(+now - IDLE_MS).toISOString()],
  );
  return rows.map((row) => ({
    id: row.id,
    createdAt: new Date(row.created_at),
    seenAt: new Date(row.seen_at),
    expiresAt: new Date(row.expires_at),
    ip: row.ip,
    userAgent: row.user_agent,
  }));
}

/** Ends one session of a person, named by its id. */
export async function revokeSession(work: Pick<AccessWork, 'sql' | 'clock'>, login: string, id: string): Promise<void> {
  const ended = await work.sql.query(
    `update session set revoked_at = $3::timestamptz where login = $1 and left(token_hash, 32) = $2 and revoked_at is null returning 1`,
    [login, id, work.clock.now().toISOString()],
  );
  if (ended.length === 0) throw notFound('没有找到这个登录，可能已经退出。请刷新列表查看。');
}

/** Ends every session of a person, except one when its token is given. Answers how many. */
export async function revokeSessionsOf(
  work: { sql: Sql; clock: AccessWork['clock'] },
  login: string,
  options: { exceptToken?: string } = {},
): Promise<number> {
  const ended = await work.sql.query(
    `update session set revoked_at = $2::timestamptz where login = $1 and revoked_at is null and token_hash is distinct from $3::text returning 1`,
    [login, work.clock.now().toISOString(), options.exceptToken ? digest(options.exceptToken) : null],
  );
  return ended.length;
}

/** The demo moves its clock: everybody's session goes along, or moving a day would sign everybody out. */
export async function carrySessions(work: Pick<AccessWork, 'sql'>, milliseconds: number): Promise<void> {
  await work.sql.query(
    `update session set seen_at = seen_at + $1::float8 * interval '1 millisecond', expires_at = expires_at + $1::float8 * interval '1 millisecond'
     where revoked_at is null`,
    [milliseconds],
  );
}
