import type { Actor, Role } from '../../kernel/actor.ts';
import type { LocalDate } from '../../kernel/clock.ts';
import { forbidden } from '../../kernel/errors.ts';
import type { OrgDirectory, OrgUser } from '../org/index.ts';
import type { Permission } from './permissions.ts';

export interface ActorOptions {
  /** Narrows the actor to the scopes of the access token it came with. */
  tokenScopes?: readonly Permission[] | undefined;
  /** Acts for somebody (代): needs a delegation in force on `date`. */
  onBehalfOf?: { login: string; date: LocalDate };
}

/** What a delegation of a scope lends of the principal's roles. Guarding and auditing (三员) are never lent. */
const LENT: Record<string, readonly Role[]> = {
  TASKS: ['REGISTRAR', 'DEMAND_DESK', 'HANDLER', 'DEPARTMENT_HEAD', 'LEGAL_OFFICER'],
  REVIEW: ['DEPARTMENT_HEAD', 'DEPUTY_IN_CHARGE', 'CHIEF'],
  EXTENSION_APPROVAL: ['DEPUTY_IN_CHARGE', 'CHIEF'],
  DEFERRAL_APPROVAL: ['DEPUTY_IN_CHARGE', 'CHIEF'],
  SUPERVISION_RECEIPT: ['DEPUTY_IN_CHARGE', 'CHIEF', 'DEPARTMENT_HEAD'],
};
const NEVER_LENT: readonly Role[] = [
  'PROCESS_ADMIN',
  'SYSTEM_ADMIN',
  'AUDITOR',
  'DISCIPLINE_OFFICER',
  'REPORT_OFFICER',
];

/**
 * Who acts, as every use case sees it; undefined when the person has left or is disabled.
 * With `onBehalfOf` the actor has, besides the own roles and departments, those that the delegation lends; without one in force it is refused.
 */
export function actorOf(
  directory: OrgDirectory,
  login: string,
  ip?: string,
  options: ActorOptions = {},
): Actor | undefined {
  const user = directory.activeUser(login);
  const bureau = user && directory.bureau(user.orgCode);
  if (!user || !bureau) return undefined;
  const lent = options.onBehalfOf ? borrow(directory, user, options.onBehalfOf) : undefined;
  const own = directory.departmentsOfUser(login);
  return {
    kind: 'user',
    login: user.login,
    name: user.name,
    orgCode: user.orgCode,
    bureauLevel: bureau.level,
    departmentCode: user.departmentCode,
    departments: lent ? [...new Set([...own, ...lent.departments])] : own,
    posts: user.posts,
    roles: lent ? [...new Set([...(user.roles as Role[]), ...lent.roles])] : (user.roles as Role[]),
    ...(lent ? { onBehalfOf: { login: lent.principal.login, name: lent.principal.name } } : {}),
    ...(options.tokenScopes ? { tokenScopes: options.tokenScopes } : {}),
    ...(ip ? { ip } : {}),
  };
}

function borrow(directory: OrgDirectory, delegate: OrgUser, wanted: { login: string; date: LocalDate }) {
  const principal = directory.user(wanted.login);
  const delegations = directory
    .delegationsTo(delegate.login, wanted.date)
    .filter((delegation) => delegation.principal === wanted.login);
  if (!principal || delegations.length === 0)
    throw forbidden(
      `你现在没有代 ${principal?.name ?? wanted.login} 办理的授权。需要代办的，请对方在“代理授权”里设置，或请系统管理员代设。`,
      { reason: 'no-delegation' },
    );
  const scopes = new Set(delegations.flatMap((delegation) => delegation.scope));
  const lendable = (principal.roles as Role[]).filter((role) => !NEVER_LENT.includes(role));
  const covers = (role: Role) => scopes.has('ALL') || [...scopes].some((scope) => LENT[scope]?.includes(role));
  // Departments come along only with the daily work; who merely approves needs none.
  const departments = scopes.has('ALL') || scopes.has('TASKS') ? directory.departmentsOfUser(principal.login) : [];
  return { principal, roles: lendable.filter(covers), departments };
}
