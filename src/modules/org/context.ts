import { type EntityManager, sqlOf } from '../../db/orm.ts';
import type { Sql } from '../../db/sql.ts';
import { type Actor, hasRole } from '../../kernel/actor.ts';
import { type Clock, shanghaiDate } from '../../kernel/clock.ts';
import { forbidden, notFound } from '../../kernel/errors.ts';
import type { Ids } from '../../kernel/ids.ts';
import { appendEvent } from '../history/index.ts';
import type { OrgDirectory } from './directory.ts';
import { raiseOrgVersion } from './store-directory.ts';

/** One unit of work on the organisation: the caller's transaction, who acts, and what is handed in. */
export interface OrgWork {
  em: EntityManager;
  actor: Actor;
  clock: Clock;
  ids: Ids;
  directory: OrgDirectory;
}

export const sqlIn = (work: OrgWork): Sql => sqlOf(work.em);
export const today = (work: OrgWork): string => shanghaiDate(work.clock.now());

/** The system administrator, or the program itself at the operator's command line. */
export const isOrgAdmin = (actor: Actor): boolean => actor.kind === 'system' || hasRole(actor, 'SYSTEM_ADMIN');

export function requireOrgAdmin(work: OrgWork): void {
  if (!isOrgAdmin(work.actor))
    throw forbidden('组织与用户由系统管理员维护。需要变更的，请联系系统管理员。', { reason: 'permission' });
}

export interface UserRow {
  login: string;
  name: string;
  orgCode: string;
  departmentCode: string;
  roles: string[];
  status: string;
}

/** The row of a person, locked until the transaction ends: two edits of one person never cross. */
export async function lockUser(work: OrgWork, login: string): Promise<UserRow> {
  const [user] = await sqlIn(work).query<UserRow>(
    `select login, name, org_code as "orgCode", department_code as "departmentCode", roles, status from app_user where login = $1 for update`,
    [login],
  );
  if (!user) throw notFound(`没有用户“${login}”。请核对用户名。`);
  return user;
}

/** What every change leaves behind: an event, and a new version of the organisation. */
export async function recordChange(
  work: OrgWork,
  subject: { type: 'user' | 'org'; id: string },
  type: string,
  payload: Record<string, unknown>,
): Promise<void> {
  await raiseOrgVersion(sqlIn(work));
  await appendEvent(sqlIn(work), {
    subjectType: subject.type,
    subjectId: subject.id,
    type,
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload,
  });
}

/** Whether a text is a calendar day, `YYYY-MM-DD`. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  !Number.isNaN(Date.parse(`${text}T00:00:00Z`)) &&
  new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

/** `2026-11-25` as people read it: 11月25日; with the year when it is not the year of `near`. */
export function dayInWords(day: string, near: string): string {
  const [year, month, date] = day.split('-').map(Number);
  return `${near.startsWith(`${year}-`) ? '' : `${year}年`}${month}月${date}日`;
}
