import { createHash } from 'node:crypto';
import { hash, verify } from '@node-rs/argon2';
import type { Sql } from '../../db/sql.ts';
import type { Actor, Role } from '../../kernel/actor.ts';
import { type Clock, shanghaiTime } from '../../kernel/clock.ts';
import { DomainError, invalid } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import type { OrgDirectory } from '../org/index.ts';

export interface AccessWork {
  sql: Sql;
  clock: Clock;
  ids: Ids;
}

const TRIES = 5;
const LOCKED_MS = 15 * 60_000;
const IDLE_MS = 30 * 60_000;
const ABSOLUTE_MS = 12 * 3600_000;
const SEEN_EVERY_MS = 60_000;

export const hashPassword = (password: string): Promise<string> => hash(password);
const digest = (token: string): string => createHash('sha256').update(token).digest('hex');
let nobody: Promise<string> | undefined;

interface UserRow {
  login: string;
  status: string;
  password_hash: string | null;
  failed_attempts: number;
  locked_until: string | null;
  last_sign_in_at: string | null;
  last_sign_in_ip: string | null;
}

export interface SignedIn {
  token: string;
  login: string;
  lastSignInAt: Date | null;
  lastSignInIp: string | null;
}

/** Checks name and password and opens a session. Unknown users cost the same time as known ones; five failures lock for a quarter of an hour. */
export async function signIn(
  work: AccessWork,
  input: { login: string; password: string; ip: string; userAgent: string },
): Promise<SignedIn> {
  const now = work.clock.now();
  const [user] = await work.sql.query<UserRow>(
    'select login, status, password_hash, failed_attempts, locked_until, last_sign_in_at, last_sign_in_ip from app_user where login = $1 for update',
    [input.login],
  );
  if (user?.locked_until && new Date(user.locked_until) > now) throw locked(new Date(user.locked_until));
  nobody ??= hash('nobody has this password');
  const matches = await verify(user?.password_hash ?? (await nobody), input.password).catch(() => false);
  if (!user?.password_hash || !matches || user.status !== 'ACTIVE') return refuse(work, user, now);
  await work.sql.query(
    'update app_user set failed_attempts = 0, locked_until = null, last_sign_in_at = $2, last_sign_in_ip = $3 where login = $1',
    [user.login, now.toISOString(), input.ip],
  );
  const token = work.ids.token();
  await work.sql.query(
    'insert into session (token_hash, login, created_at, seen_at, expires_at, ip, user_agent) values ($1, $2, $3, $3, $4, $5, $6)',
    [
      digest(token),
      user.login,
      now.toISOString(),
      new Date(+now + ABSOLUTE_MS).toISOString(),
      input.ip,
      input.userAgent.slice(0, 300),
    ],
  );
  return {
    token,
    login: user.login,
    lastSignInAt: user.last_sign_in_at ? new Date(user.last_sign_in_at) : null,
    lastSignInIp: user.last_sign_in_ip,
  };
}

/** The count of failures must survive, so the refusal is an answer and not an error that rolls back. */
async function refuse(work: AccessWork, user: UserRow | undefined, now: Date): Promise<never> {
  let left = TRIES - 1;
  if (user) {
    left = TRIES - user.failed_attempts - 1;
    const until = left <= 0 ? new Date(+now + LOCKED_MS).toISOString() : null;
    await work.sql.query('update app_user set failed_attempts = $2, locked_until = $3 where login = $1', [
      user.login,
      left <= 0 ? 0 : user.failed_attempts + 1,
      until,
    ]);
    if (until) throw new SignInRefused(locked(new Date(until)));
  }
  throw new SignInRefused(
    invalid(
      `用户名或密码不对，还可以再试 ${left} 次。`,
      [{ pointer: '/password', message: `用户名或密码不对，还可以再试 ${left} 次。` }],
      { reason: 'sign-in' },
    ),
  );
}

/** Carries the answer out of the transaction that has noted the failure and is to be committed. */
export class SignInRefused extends Error {
  readonly answer: DomainError;
  constructor(answer: DomainError) {
    super(answer.message);
    this.answer = answer;
  }
}

const locked = (until: Date): DomainError =>
  new DomainError(
    'TooManyRequests',
    `密码连续输错，账号已锁定，请在 ${shanghaiTime(until)} 以后再试，或请系统管理员解锁。`,
    { reason: 'locked' },
  );

/** The login behind a session token; undefined when it has expired, was revoked, or never was. */
export async function sessionLogin(
  work: Pick<AccessWork, 'sql' | 'clock'>,
  token: string,
): Promise<string | undefined> {
  const now = work.clock.now();
  const [row] = await work.sql.query<{ login: string; seen_at: string; expires_at: string; status: string }>(
    `select s.login, s.seen_at, s.expires_at, u.status from session s join app_user u on u.login = s.login where s.token_hash = $1 and s.revoked_at is null`,
    [digest(token)],
  );
  if (row?.status !== 'ACTIVE') return undefined;
  if (new Date(row.expires_at) <= now || +now - +new Date(row.seen_at) > IDLE_MS) return undefined;
  if (+now - +new Date(row.seen_at) > SEEN_EVERY_MS)
    await work.sql.query('update session set seen_at = $2 where token_hash = $1', [digest(token), now.toISOString()]);
  return row.login;
}

export const sessionIdOf = (token: string): string => digest(token).slice(0, 32);

export async function signOut(work: Pick<AccessWork, 'sql' | 'clock'>, token: string): Promise<void> {
  await work.sql.query('update session set revoked_at = $2 where token_hash = $1 and revoked_at is null', [
    digest(token),
    work.clock.now().toISOString(),
  ]);
}

const COMMON = ['1234567890', 'password123', 'qwertyuiop', 'abcdefghij', '1111111111', 'admin12345'];

/** Changes one's own password and ends every other session of that person. */
export async function changePassword(
  work: AccessWork,
  login: string,
  input: { current: string; next: string; keepToken: string },
): Promise<void> {
  const [user] = await work.sql.query<{ password_hash: string | null }>(
    'select password_hash from app_user where login = $1 for update',
    [login],
  );
  if (!user?.password_hash || !(await verify(user.password_hash, input.current).catch(() => false)))
    throw invalid('现在的密码不对', [{ pointer: '/current', message: '现在的密码不对，请重新输入。' }]);
  if ([...input.next].length < 10)
    throw invalid('新密码太短', [{ pointer: '/next', message: '新密码至少 10 个字符。' }]);
  if (input.next.includes(login) || COMMON.includes(input.next.toLowerCase()))
    throw invalid('新密码太容易猜', [{ pointer: '/next', message: '新密码不能含用户名，也不能是常见密码。' }]);
  await work.sql.query('update app_user set password_hash = $2, must_change_password = false where login = $1', [
    login,
    await hash(input.next),
  ]);
  await work.sql.query(
    'update session set revoked_at = $2 where login = $1 and revoked_at is null and token_hash <> $3',
    [login, work.clock.now().toISOString(), digest(input.keepToken)],
  );
}

/** Sets passwords where there is none yet (demo accounts, first administrator). */
export async function seedPassword(sql: Sql, password: string): Promise<void> {
  const [missing] = await sql.query<{ n: string }>('select count(*) as n from app_user where password_hash is null');
  if (Number(missing!.n) === 0) return;
  await sql.query('update app_user set password_hash = $1 where password_hash is null', [await hash(password)]);
}

// ---- tokens for programs ---------------------------------------------------------------------------------------

export interface AccessToken {
  id: string;
  name: string;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
}

const LONGEST_TOKEN_MS = 366 * 86_400_000;

/** Makes a token for programs; its text is shown once and never stored. */
export async function createToken(
  work: AccessWork,
  login: string,
  input: { name: string; days: number },
): Promise<{ token: string; id: string }> {
  if (!input.name.trim()) throw invalid('请填写名称', [{ pointer: '/name', message: '令牌的名称还没有填写。' }]);
  if (!Number.isInteger(input.days) || input.days < 1 || input.days * 86_400_000 > LONGEST_TOKEN_MS)
    throw invalid('有效期不对', [{ pointer: '/days', message: '有效期应当是 1 到 366 天。' }]);
  const token = `sy_${work.ids.token()}`;
  const id = work.ids.uuid();
  const now = work.clock.now();
  await work.sql.query(
    'insert into access_token (id, token_hash, login, name, scopes, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)',
    [
      id,
      digest(token),
      login,
      input.name.trim().slice(0, 60),
      ['*'],
      now.toISOString(),
      new Date(+now + input.days * 86_400_000).toISOString(),
    ],
  );
  return { token, id };
}

export async function tokenLogin(work: Pick<AccessWork, 'sql' | 'clock'>, token: string): Promise<string | undefined> {
  const now = work.clock.now().toISOString();
  const [row] = await work.sql.query<{ login: string; id: string }>(
    `select t.login, t.id from access_token t join app_user u on u.login = t.login
     where t.token_hash = $1 and t.revoked_at is null and t.expires_at > $2 and u.status = 'ACTIVE'`,
    [digest(token), now],
  );
  if (row)
    await work.sql.query(
      "update access_token set last_used_at = $2 where id = $1 and (last_used_at is null or last_used_at < $2::timestamptz - interval '1 minute')",
      [row.id, now],
    );
  return row?.login;
}

export async function listTokens(sql: Sql, login: string): Promise<AccessToken[]> {
  const rows = await sql.query<any>(
    'select id, name, created_at, expires_at, last_used_at from access_token where login = $1 and revoked_at is null order by created_at desc',
    [login],
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    lastUsedAt: row.last_used_at ? new Date(row.last_used_at) : null,
  }));
}

export async function revokeToken(work: AccessWork, login: string, id: string): Promise<void> {
  await work.sql.query('update access_token set revoked_at = $3 where id = $1 and login = $2', [
    id,
    login,
    work.clock.now().toISOString(),
  ]);
}

// ---- the actor -------------------------------------------------------------------------------------------------

/** Who acts, as every use case sees it. Undefined when the person has left. */
export function actorOf(directory: OrgDirectory, login: string, ip?: string): Actor | undefined {
  const user = directory.activeUser(login);
  const bureau = user && directory.bureau(user.orgCode);
  if (!user || !bureau) return undefined;
  return {
    kind: 'user',
    login: user.login,
    name: user.name,
    orgCode: user.orgCode,
    bureauLevel: bureau.level,
    departmentCode: user.departmentCode,
    departments: directory.departmentsOfUser(login),
    posts: user.posts,
    roles: user.roles as Role[],
    ...(ip ? { ip } : {}),
  };
}
