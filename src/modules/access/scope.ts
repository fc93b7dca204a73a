import type { Actor } from '../../kernel/actor.ts';
import { may } from './permissions.ts';

/** What the scope looks at in a demand. */
export interface ScopedDemand {
  orgCode: string;
  hostOrgCode: string;
  hostDepartment?: string | null;
  registeringDepartment: string;
  coDepartments: readonly string[];
  receivingOfficer: string;
  /** Only named posts see it (限定可见). */
  restricted: boolean;
  /** The taxpayer asked for secrecy (要求保密). */
  confidential: boolean;
  reportedDepartment?: string | null;
  recusedLogins: readonly string[];
  /** Statutory route it belongs to; says which named posts a restricted one is open to. */
  legalRoute?: string | null;
  /** Departments that confirm and receive it on that route. */
  legalDepartments: readonly string[];
  /** Bureaus and departments that had a part in it before (上报、转交、解除协办). */
  involved: readonly string[];
}

/** How far somebody sees, for sentences and filters. What is closed (回避, 限定, 保密) is closed besides. */
export type DemandScope =
  | { kind: 'none' }
  | { kind: 'city' }
  | { kind: 'bureau'; orgCode: string }
  | { kind: 'departments'; codes: readonly string[] };

/** `CONTENT`: everything (masked); `LEDGER`: number, unit, state and clocks only, as the ledger keeper needs them; `NONE`: not at all. */
export type DemandView = 'CONTENT' | 'LEDGER' | 'NONE';

const BUREAU_WIDE = ['DEMAND_DESK', 'SUPERVISOR', 'DEPUTY_IN_CHARGE', 'CHIEF', 'AUDITOR'] as const;
/** Who sees a confidential demand of the whole bureau: the desk that passes it on, and the auditor. */
const CONFIDENTIAL_WIDE = ['DEMAND_DESK', 'AUDITOR'] as const;
const RESTRICTED_POSTS = ['DISCIPLINE_OFFICER', 'REPORT_OFFICER', 'LEGAL_OFFICER', 'AUDITOR'] as const;
/** Clues are for the discipline post and reports for the report post only, whoever else of the department is a named post. */
const POSTS_OF_ROUTE: Readonly<Record<string, readonly string[]>> = {
  DISCIPLINE_CLUE: ['DISCIPLINE_OFFICER', 'AUDITOR'],
  TAX_VIOLATION_REPORT: ['REPORT_OFFICER', 'AUDITOR'],
  RECONSIDERATION: ['LEGAL_OFFICER', 'AUDITOR'],
};
const postsFor = (route: string | null | undefined): readonly string[] =>
  POSTS_OF_ROUTE[route ?? ''] ?? RESTRICTED_POSTS;

const hasAny = (actor: Actor, roles: readonly string[]) => actor.roles.some((role) => roles.includes(role));

export function scopeOf(actor: Actor): DemandScope {
  if (!may(actor, 'demand.read')) return { kind: 'none' };
  if (!hasAny(actor, BUREAU_WIDE)) return { kind: 'departments', codes: actor.departments };
  return actor.bureauLevel === 'CITY' ? { kind: 'city' } : { kind: 'bureau', orgCode: actor.orgCode };
}

/**
 * What somebody may see of a demand. City sees all bureaus, a county its own; handlers see what their departments registered, host or
 * co-handle, or what a task gives them. People with an interest and the department complained of see nothing (回避), task or not.
 * A restricted demand is open to named posts and holders of a task; the desk and whoever registered it have it in the ledger without reading it.
 */
export function demandView(actor: Actor, demand: ScopedDemand, hasTask: boolean): DemandView {
  if (!may(actor, 'demand.read') || isRecused(actor, demand)) return 'NONE';
  if (hasTask) return 'CONTENT';
  const inReach =
    actor.bureauLevel === 'CITY' || [demand.orgCode, demand.hostOrgCode, ...demand.involved].includes(actor.orgCode);
  const wideRoles = demand.restricted || demand.confidential ? CONFIDENTIAL_WIDE : BUREAU_WIDE;
  const sees = (inReach && hasAny(actor, wideRoles)) || isOwn(actor, demand);
  if (!demand.restricted || hasAny(actor, postsFor(demand.legalRoute))) return sees ? 'CONTENT' : 'NONE';
  // Who wrote it down finds it again by its number, and reads no more of it than the desk does.
  const keeps = demand.receivingOfficer === actor.login || (inReach && actor.roles.includes('DEMAND_DESK'));
  return keeps ? 'LEDGER' : 'NONE';
}

/** Whose numbers have restricted demands in them: who keeps the ledger, and who audits it. Everybody else's are those of the demands they may know of. */
export const countsRestricted = (actor: Pick<Actor, 'roles'>): boolean =>
  actor.roles.some((role) => (CONFIDENTIAL_WIDE as readonly string[]).includes(role));

/** What of a task says whether it opens its demand to somebody. */
export interface OpeningTask {
  status: string;
  formId?: string | null;
  candidates: readonly string[];
  completedBy?: string | null;
}

/**
 * Whether one of the tasks lets somebody read the demand: one that is offered to the person, or one the person completed. Writing off and supervising a
 * restricted demand is done by its facts alone and opens nothing (纳服台账员仅见元数据).
 */
export const hasOpeningTask = (
  actor: Pick<Actor, 'login'>,
  demand: Pick<ScopedDemand, 'restricted'>,
  tasks: readonly OpeningTask[],
): boolean =>
  tasks.some(
    (task) =>
      !(demand.restricted && /^write-off|-supervision$/.test(task.formId ?? '')) &&
      (task.completedBy === actor.login || (task.status === 'OPEN' && task.candidates.includes(actor.login))),
  );

/** Whether a demand is in somebody's lists at all. `hasTask`: an open task offered to the person, or one the person completed. */
export const canSeeDemand = (actor: Actor, demand: ScopedDemand, hasTask: boolean): boolean =>
  demandView(actor, demand, hasTask) !== 'NONE';

function isRecused(actor: Actor, demand: ScopedDemand): boolean {
  if (demand.recusedLogins.includes(actor.login)) return true;
  return (
    demand.reportedDepartment != null &&
    actor.departments.includes(demand.reportedDepartment) &&
    !actor.roles.includes('AUDITOR')
  );
}

function isOwn(actor: Actor, demand: ScopedDemand): boolean {
  if (demand.receivingOfficer === actor.login) return true;
  const departments = [
    demand.hostDepartment,
    demand.registeringDepartment,
    ...demand.coDepartments,
    ...demand.legalDepartments,
    ...demand.involved,
  ];
  return departments.some((code) => code != null && actor.departments.includes(code));
}

/** The same as a condition over `demand d`; parameters begin at `first`. Kept equal to `canSeeDemand` by a test over generated rows. */
export function demandScopeSql(actor: Actor, first: number): { sql: string; parameters: unknown[] } {
  const [login, org, departments] = [`$${first}::text`, `$${first + 1}::text`, `$${first + 2}::text[]`];
  const parameters = [actor.login, actor.orgCode, [...actor.departments]];
  // Every parameter is named even where a role does not need it, so that their number never changes.
  const named = `${login} is not null and ${org} is not null and ${departments} is not null`;
  if (!may(actor, 'demand.read')) return { sql: `(${named} and false)`, parameters };
  const reach =
    actor.bureauLevel === 'CITY'
      ? 'true'
      : `(d.org_code = ${org} or d.host_org_code = ${org} or d.involved @> array[${org}])`;
  const ifAny = (roles: readonly string[], condition: string) => (hasAny(actor, roles) ? condition : 'false');
  const own = `(d.receiving_officer = ${login} or d.host_department = any(${departments})
    or d.registering_department = any(${departments}) or d.co_departments && ${departments} or d.legal_departments && ${departments}
    or d.involved && ${departments})`;
  const wide = `(case when d.restricted or d.confidential then ${ifAny(CONFIDENTIAL_WIDE, reach)} else ${ifAny(BUREAU_WIDE, reach)} end)`;
  const closed = `(case when d.restricted and d.receiving_officer <> ${login} then ${ifAny(['DEMAND_DESK'], reach)} else ${wide} or ${own} end)`;
  const open = `(case ${namedPostsSql(actor)} when true then (${wide} or ${own}) else ${closed} end)`;
  const reported = actor.roles.includes('AUDITOR')
    ? 'true'
    : `(d.reported_department is null or not d.reported_department = any(${departments}))`;
  const task = `exists (select 1 from task t where t.demand_id = d.id and not (d.restricted and coalesce(t.form_id, '') ~ '^write-off|-supervision$')
    and (t.completed_by = ${login} or (t.status = 'OPEN' and ${login} = any(t.candidates))))`;
  return {
    sql: `(${named} and not ${login} = any(d.recused_logins) and ${reported} and (${open} or ${task}))`,
    parameters,
  };
}

/** Whether the person holds a post that a restricted demand of the row's route is open to. */
function namedPostsSql(actor: Actor): string {
  const routes = Object.entries(POSTS_OF_ROUTE);
  const other = hasAny(actor, RESTRICTED_POSTS);
  if (routes.every(([, posts]) => hasAny(actor, posts) === other)) return String(other);
  const cases = routes.map(([route, posts]) => `when '${route}' then ${hasAny(actor, posts)}`);
  return `(case d.legal_route ${cases.join(' ')} else ${other} end)`;
}
