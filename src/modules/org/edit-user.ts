import type { Sql } from '../../db/sql.ts';
import { ROLES } from '../../kernel/actor.ts';
import type { LocalDate } from '../../kernel/clock.ts';
import { conflict, type FieldProblem, invalid } from '../../kernel/errors.ts';
import { isDay, lockUser, type OrgWork, recordChange, requireOrgAdmin, sqlIn, today } from './context.ts';

/** Who runs the system or its processes sees no demands; so these roles stand alone. An auditor may head the audit department. */
const ALONE = ['SYSTEM_ADMIN', 'PROCESS_ADMIN'];
const GUARDS = [...ALONE, 'AUDITOR'];
const WORKS_ON_DEMANDS = ['REGISTRAR', 'DEMAND_DESK', 'HANDLER'];

/** What is wrong with a set of roles (三员分立). */
export function roleProblems(roles: readonly string[]): FieldProblem[] {
  const problems: FieldProblem[] = [];
  const wrong = (pointer: string, message: string) => problems.push({ pointer, message });
  if (roles.length === 0) wrong('/roles', '请至少选一个角色。');
  for (const [index, role] of roles.entries()) {
    if (!(ROLES as readonly string[]).includes(role)) wrong(`/roles/${index}`, `没有“${role}”这个角色，请从列表里选。`);
  }
  const guards = new Set(roles.filter((role) => GUARDS.includes(role)));
  if (guards.size > 1) wrong('/roles', '系统管理员、流程管理员、审计员必须由不同的人担任（三员分立），请只选一个。');
  else if (roles.some((role) => ALONE.includes(role)) && new Set(roles).size > 1)
    wrong('/roles', '系统管理员、流程管理员不能兼任业务角色，请另建账号或去掉其他角色。');
  else if (guards.size === 1 && roles.some((role) => WORKS_ON_DEMANDS.includes(role)))
    wrong('/roles', '审计员不能兼任受理、派单、办理角色，请去掉其中一边。');
  return problems;
}

export interface NewUser {
  login: string;
  name: string;
  orgCode: string;
  departmentCode: string;
  roles: readonly string[];
}

/** Enters a person; a password is given by `access`. In the caller's transaction. */
export async function createUser(work: OrgWork, input: NewUser): Promise<void> {
  requireOrgAdmin(work);
  const sql = sqlIn(work);
  const problems: FieldProblem[] = [];
  const wrong = (pointer: string, message: string) => problems.push({ pointer, message });
  if (!/^[a-z][a-z0-9._-]{1,31}$/.test(input.login))
    wrong('/login', '用户名由小写字母开头，2 到 32 个小写字母、数字、点、横线或下划线，例如 lulidong。');
  if (!input.name.trim()) wrong('/name', '姓名还没有填写。');
  if (!work.directory.bureau(input.orgCode)) wrong('/orgCode', '没有这个单位，请重新选择。');
  else if (work.directory.department(input.departmentCode)?.orgCode !== input.orgCode)
    wrong('/departmentCode', '这个部门不属于所选单位，请重新选择。');
  problems.push(...roleProblems(input.roles));
  const [known] = await sql.query('select 1 from app_user where login = $1', [input.login]);
  if (known) wrong('/login', `用户名“${input.login}”已经有人用了，请换一个。`);
  if (problems.length > 0) throw invalid(`用户没有建立：有 ${problems.length} 处需要改正`, problems);
  await sql.query(
    `insert into app_user (login, name, org_code, department_code, roles, status, must_change_password, sort)
     values ($1, $2, $3, $4, $5::text[], 'ACTIVE', true, (select coalesce(max(sort), 0) + 1 from app_user))`,
    [input.login, input.name.trim(), input.orgCode, input.departmentCode, [...new Set(input.roles)]],
  );
  const { login, ...payload } = input;
  await recordChange(work, { type: 'user', id: login }, 'user.created', { ...payload });
}

/** Corrects the name of a person; events of the past keep the name of then. In the caller's transaction. */
export async function renameUser(work: OrgWork, login: string, input: { name: string; reason: string }): Promise<void> {
  requireOrgAdmin(work);
  const user = await lockUser(work, login);
  const name = input.name.trim();
  const problems: FieldProblem[] = [];
  if (!name) problems.push({ pointer: '/name', message: '姓名还没有填写。' });
  else if ([...name].length > 40) problems.push({ pointer: '/name', message: '姓名最多 40 个字。' });
  if (!input.reason.trim()) problems.push({ pointer: '/reason', message: '请写明原因，例如“录入有误”。' });
  if (problems.length > 0) throw invalid(`姓名没有修改：有 ${problems.length} 处需要改正`, problems);
  if (name === user.name) return;
  await sqlIn(work).query('update app_user set name = $2 where login = $1', [login, name]);
  await recordChange(work, { type: 'user', id: login }, 'user.renamed', {
    from: user.name,
    to: name,
    reason: input.reason.trim(),
  });
}

/**
 * Disables an account (停用): nothing is deleted, sessions and tokens stop working at once. `openTasks` is how many tasks wait for
 * this person alone; they have to be passed on first. In the caller's transaction.
 */
export async function disableUser(
  work: OrgWork,
  login: string,
  input: { reason: string; openTasks: number },
): Promise<void> {
  requireOrgAdmin(work);
  requireReason(input.reason);
  const user = await lockUser(work, login);
  if (user.status !== 'ACTIVE') throw conflict(`${user.name}的账号已经停用。`, { reason: 'already-disabled' });
  if (login === work.actor.login)
    throw conflict('不能停用自己的账号，请另一位系统管理员操作。', { reason: 'own-account' });
  if (input.openTasks > 0)
    throw conflict(`不能停用：${user.name}名下还有 ${input.openTasks} 件在办，请先移交。`, {
      reason: 'open-tasks',
      details: { openTasks: input.openTasks },
    });
  if (user.roles.includes('SYSTEM_ADMIN')) await refuseLastAdmin(work, login);
  await sqlIn(work).query(`update app_user set status = 'DISABLED' where login = $1`, [login]);
  await recordChange(work, { type: 'user', id: login }, 'user.disabled', { reason: input.reason.trim() });
}

/** Lets a disabled account in again (恢复). In the caller's transaction. */
export async function enableUser(work: OrgWork, login: string, input: { reason: string }): Promise<void> {
  requireOrgAdmin(work);
  requireReason(input.reason);
  const user = await lockUser(work, login);
  if (user.status === 'ACTIVE') throw conflict(`${user.name}的账号没有停用。`, { reason: 'not-disabled' });
  await sqlIn(work).query(`update app_user set status = 'ACTIVE' where login = $1`, [login]);
  await recordChange(work, { type: 'user', id: login }, 'user.enabled', { reason: input.reason.trim() });
}

/**
 * Replaces the roles of a person from a day on; today when no day is given. What was before stays on record, what is still to come is
 * replaced. `seen`: the newest roles the page was drawn from; changed since, it is a conflict. In the caller's transaction.
 */
export async function changeRoles(
  work: OrgWork,
  login: string,
  input: { roles: readonly string[]; from?: LocalDate; reason: string; seen?: readonly string[] },
): Promise<void> {
  requireOrgAdmin(work);
  const now = today(work);
  await settleRoles(work, now);
  const user = await lockUser(work, login);
  const newest = (await listRoleChanges(sqlIn(work), login))[0]?.roles ?? user.roles;
  if (input.seen && !sameRoles(input.seen, newest))
    throw conflict(`你打开这一页后，${user.name}的角色已经由别人改过。请回到该用户，看完现在的角色再改。`, {
      reason: 'roles-changed',
    });
  const from = input.from ?? now;
  const roles = [...new Set(input.roles)];
  const problems = [...roleProblems(roles), ...wrongStart(from, now)];
  if (!input.reason.trim()) problems.push({ pointer: '/reason', message: '请写明原因，例如“轮岗”。' });
  if (problems.length > 0) throw invalid(`角色没有修改：有 ${problems.length} 处需要改正`, problems);
  if (user.roles.includes('SYSTEM_ADMIN') && !roles.includes('SYSTEM_ADMIN')) await refuseLastAdmin(work, login);
  const sql = sqlIn(work);
  await sql.query('delete from role_change where login = $1 and from_date >= $2::date', [login, from]);
  await sql.query(
    `insert into role_change (login, roles, from_date, reason, changed_by, changed_at) values ($1, $2::text[], $3::date, $4, $5, $6::timestamptz)`,
    [login, roles, from, input.reason.trim(), work.actor.login, work.clock.now().toISOString()],
  );
  if (from === now) await sql.query('update app_user set roles = $2::text[] where login = $1', [login, roles]);
  await recordChange(work, { type: 'user', id: login }, 'user.roles-changed', {
    from: user.roles,
    to: roles,
    startsOn: from,
    reason: input.reason.trim(),
  });
}

const sameRoles = (a: readonly string[], b: readonly string[]): boolean =>
  [...new Set(a)].sort().join() === [...new Set(b)].sort().join();

export interface RoleChange {
  roles: string[];
  from: LocalDate;
  reason: string;
  changedBy: string;
}

/** Role changes of a person, the one that comes last first. */
export function listRoleChanges(sql: Sql, login: string): Promise<RoleChange[]> {
  return sql.query<RoleChange>(
    `select roles, from_date::text as "from", reason, changed_by as "changedBy" from role_change where login = $1 order by from_date desc`,
    [login],
  );
}

/** Roles whose day has come become the roles of the account. */
async function settleRoles(work: OrgWork, now: LocalDate): Promise<void> {
  await sqlIn(work).query(
    `update app_user u set roles = r.roles from (
       select distinct on (login) login, roles from role_change where from_date <= $1::date order by login, from_date desc) r
     where r.login = u.login and u.roles is distinct from r.roles`,
    [now],
  );
}

function wrongStart(from: LocalDate, now: LocalDate): FieldProblem[] {
  if (!isDay(from)) return [{ pointer: '/from', message: `“${from}”不是日期，请写成 ${now} 的样子。` }];
  return from < now
    ? [{ pointer: '/from', message: '开始日期已经过去。角色变更最早从今天开始，过去的记录不改。' }]
    : [];
}

/** Without a system administrator nobody could ever make another one. One whose role is about to end does not count. */
async function refuseLastAdmin(work: OrgWork, login: string): Promise<void> {
  const others = await sqlIn(work).query(
    `select login from app_user u where 'SYSTEM_ADMIN' = any(roles) and status = 'ACTIVE' and login <> $1
       and not exists (select 1 from role_change r where r.login = u.login and r.from_date > $2::date and not 'SYSTEM_ADMIN' = any(r.roles))
     order by login for update`,
    [login, today(work)],
  );
  if (others.length === 0)
    throw conflict('这是最后一位系统管理员，不能停用或取消角色。请先设另一位系统管理员。', { reason: 'last-admin' });
}

function requireReason(reason: string): void {
  if (!reason.trim()) throw invalid('请写明原因', [{ pointer: '/reason', message: '请写明原因，例如“调离”。' }]);
}
