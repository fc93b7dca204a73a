import type { Sql } from '../../db/sql.ts';
import type { Role } from '../../kernel/actor.ts';
import { type FieldProblem, invalid, notFound } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import type { AccessWork } from './context.ts';
import { digest } from './passwords.ts';
import { type Permission, permissionsOfRoles } from './permissions.ts';

export interface AccessToken {
  id: string;
  name: string;
  /** Permissions the token is narrowed to; undefined: everything its owner may do. */
  scopes: readonly Permission[] | undefined;
  createdAt: Date;
  expiresAt: Date;
  lastUsedAt: Date | null;
}

/** What a token that is good opens. */
export interface TokenGrant {
  id: string;
  login: string;
  scopes: readonly Permission[] | undefined;
  /** Of the organisation at that moment: whoever looks its owner up need not ask again. */
  orgVersion: number;
}

const PREFIX = 'sy_';
const LONGEST_DAYS = 366;
const MOST = 20;
/** Stored instead of a list of permissions: the token follows whatever its owner may do. */
const EVERYTHING = '*';

interface Owner {
  name: string;
  roles: Role[];
  live: string;
}

/** Makes a token for programs; its text is shown once and never stored. In the caller's transaction. */
export async function createToken(
  work: AccessWork,
  login: string,
  input: { name: string; days: number; scopes?: readonly string[] },
): Promise<{ token: string; id: string }> {
  const now = work.clock.now();
  const [owner] = await work.sql.query<Owner>(
    `select name, roles, (select count(*) from access_token t where t.login = u.login and t.revoked_at is null and t.expires_at > $2::timestamptz) as live
     from app_user u where login = $1`,
    [login, now.toISOString()],
  );
  if (!owner) throw notFound(`没有用户“${login}”。`);
  const problems = problemsOf(owner, input);
  if (problems.length > 0) throw invalid(`令牌没有建立：有 ${problems.length} 处需要改正`, problems);
  const token = `${PREFIX}${work.ids.token()}`;
  const id = work.ids.uuid();
  const expiresAt = new Date(+now + input.days * 86_400_000).toISOString();
  await work.sql.query(
    `insert into access_token (id, token_hash, login, name, scopes, created_at, expires_at)
     values ($1, $2, $3, $4, $5::text[], $6::timestamptz, $7::timestamptz)`,
    [id, digest(token), login, input.name.trim(), input.scopes ?? [EVERYTHING], now.toISOString(), expiresAt],
  );
  await note(work, owner.name, login, 'account.token-created', {
    tokenId: id,
    scopes: input.scopes ?? [EVERYTHING],
    expiresAt,
  });
  return { token, id };
}

function problemsOf(owner: Owner, input: { name: string; days: number; scopes?: readonly string[] }): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const wrong = (pointer: string, message: string) => problems.push({ pointer, message });
  const name = [...input.name.trim()].length;
  if (name === 0) wrong('/name', '令牌的名称还没有填写，例如“12345 平台对接”。');
  if (name > 60) wrong('/name', '令牌的名称最多 60 个字。');
  if (!Number.isInteger(input.days) || input.days < 1 || input.days > LONGEST_DAYS)
    wrong('/days', `有效期应当是 1 到 ${LONGEST_DAYS} 天。`);
  if (input.scopes?.length === 0) wrong('/scopes', '请至少选一项权限。');
  const allowed: readonly string[] = permissionsOfRoles(owner.roles);
  for (const [index, scope] of (input.scopes ?? []).entries()) {
    if (!allowed.includes(scope))
      wrong(`/scopes/${index}`, `你自己没有“${scope}”这项权限，不能授给令牌。请去掉这一项。`);
  }
  if (Number(owner.live) >= MOST) wrong('', `每人最多 ${MOST} 个有效令牌。请先收回不用的。`);
  return problems;
}

/** Who a token stands for and what it is narrowed to; undefined when it is not good. Its use is noted at most once a minute. */
export async function tokenGrant(
  work: Pick<AccessWork, 'sql' | 'clock'>,
  token: string,
): Promise<TokenGrant | undefined> {
  if (!token.startsWith(PREFIX)) return undefined;
  const now = work.clock.now().toISOString();
  const [row] = await work.sql.query<{ id: string; login: string; scopes: string[]; fresh: boolean; org: number }>(
    `select t.id, t.login, t.scopes, coalesce(t.last_used_at > $2::timestamptz - interval '1 minute', false) as fresh,
       coalesce((select version from org_version where one), 0) as org from access_token t join app_user u on u.login = t.login
     where t.token_hash = $1 and t.revoked_at is null and t.expires_at > $2::timestamptz and u.status = 'ACTIVE' and not u.must_change_password`,
    [digest(token), now],
  );
  if (!row) return undefined;
  if (!row.fresh)
    await work.sql.query(
      `update access_token set last_used_at = $2::timestamptz
     where id = $1 and (last_used_at is null or last_used_at <= $2::timestamptz - interval '1 minute')`,
      [row.id, now],
    );
  return { id: row.id, login: row.login, scopes: scopesOf(row.scopes), orgVersion: row.org };
}

/** The login behind a token that is not narrowed. A narrowed one answers nobody here: whoever asks must heed its scopes (`tokenGrant`). */
export async function tokenLogin(work: Pick<AccessWork, 'sql' | 'clock'>, token: string): Promise<string | undefined> {
  const grant = await tokenGrant(work, token);
  return grant && grant.scopes === undefined ? grant.login : undefined;
}

/** Tokens of a person that were not revoked, newest first; expired ones show until they are revoked. */
export async function listTokens(sql: Sql, login: string): Promise<AccessToken[]> {
  const rows = await sql.query<any>(
    `select id, name, scopes, created_at, expires_at, last_used_at from access_token
     where login = $1 and revoked_at is null order by created_at desc, id desc`,
    [login],
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    scopes: scopesOf(row.scopes),
    createdAt: new Date(row.created_at),
    expiresAt: new Date(row.expires_at),
    lastUsedAt: row.last_used_at ? new Date(row.last_used_at) : null,
  }));
}

/** Takes a token back at once. In the caller's transaction. */
export async function revokeToken(work: AccessWork, login: string, id: string): Promise<void> {
  const [revoked] = await work.sql.query<{ name: string }>(
    `update access_token t set revoked_at = $3::timestamptz from app_user u
     where t.id = $1 and t.login = $2 and u.login = t.login and t.revoked_at is null returning u.name`,
    [id, login, work.clock.now().toISOString()],
  );
  if (!revoked) throw notFound('没有找到这个令牌，可能已经收回。请刷新列表查看。');
  await note(work, revoked.name, login, 'account.token-revoked', { tokenId: id });
}

const scopesOf = (stored: readonly string[]): readonly Permission[] | undefined =>
  stored.includes(EVERYTHING) ? undefined : (stored as Permission[]);

const note = (work: AccessWork, name: string, login: string, type: string, payload: Record<string, unknown>) =>
  appendEvent(work.sql, {
    subjectType: 'user',
    subjectId: login,
    type,
    occurredAt: work.clock.now(),
    actor: { login, name },
    payload,
  });
