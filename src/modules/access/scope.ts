import type { Actor } from '../../kernel/actor.ts';

/** What the scope looks at in a demand. */
export interface ScopedDemand {
  id: string;
  orgCode: string;
  hostOrgCode: string;
  hostDepartment?: string | null;
  registeringDepartment: string;
  coDepartments: readonly string[];
  receivingOfficer: string;
  restricted: boolean;
  reportedDepartment?: string | null;
  recusedLogins: readonly string[];
}

const BUREAU_WIDE = ['DEMAND_DESK', 'SUPERVISOR', 'DEPUTY_IN_CHARGE', 'CHIEF', 'AUDITOR'] as const;
const RESTRICTED_POSTS = ['DISCIPLINE_OFFICER', 'REPORT_OFFICER', 'LEGAL_OFFICER', 'AUDITOR'] as const;

const hasAny = (actor: Actor, roles: readonly string[]) => actor.roles.some((role) => roles.includes(role));

/**
 * Whether somebody may see a demand. City sees all, a county its own; handlers see what their departments registered, host or co-handle,
 * or what a task gives them. The department complained of and recused people do not see it; restricted demands only named posts and task holders.
 */
export function canSeeDemand(actor: Actor, demand: ScopedDemand, hasTask: boolean): boolean {
  if (demand.recusedLogins.includes(actor.login)) return false;
  if (hasTask) return true;
  const auditor = actor.roles.includes('AUDITOR');
  if (demand.reportedDepartment && actor.departments.includes(demand.reportedDepartment) && !auditor) return false;
  const bureauWide =
    hasAny(actor, BUREAU_WIDE) &&
    (actor.bureauLevel === 'CITY' || [demand.orgCode, demand.hostOrgCode].includes(actor.orgCode));
  if (demand.restricted && !hasAny(actor, RESTRICTED_POSTS) && !(bureauWide && actor.roles.includes('DEMAND_DESK')))
    return false;
  if (bureauWide) return true;
  if (demand.receivingOfficer === actor.login) return true;
  const departments = [demand.hostDepartment, demand.registeringDepartment, ...demand.coDepartments];
  return departments.some((code) => code != null && actor.departments.includes(code));
}

/** The same as a condition over `demand d`; parameters begin at `first`. Kept equal to `canSeeDemand` by a test over generated rows. */
export function demandScopeSql(actor: Actor, first: number): { sql: string; parameters: unknown[] } {
  const [login, org, departments] = [`$${first}::text`, `$${first + 1}::text`, `$${first + 2}::text[]`];
  const auditor = actor.roles.includes('AUDITOR');
  const wide = hasAny(actor, BUREAU_WIDE)
    ? actor.bureauLevel === 'CITY'
      ? 'true'
      : `(d.org_code = ${org} or d.host_org_code = ${org})`
    : 'false';
  const restricted = hasAny(actor, RESTRICTED_POSTS)
    ? 'true'
    : `(not d.restricted or ${actor.roles.includes('DEMAND_DESK') ? wide : 'false'})`;
  const reported = auditor
    ? 'true'
    : `(d.reported_department is null or not d.reported_department = any(${departments}))`;
  const own = `(d.receiving_officer = ${login} or d.host_department = any(${departments}) or d.registering_department = any(${departments}) or d.co_departments && ${departments})`;
  const task = `exists (select 1 from task t where t.demand_id = d.id and (t.completed_by = ${login} or (t.status = 'OPEN' and ${login} = any(t.candidates))))`;
  return {
    // Every parameter is named once even where a role does not need it, so that their number never changes.
    sql: `(not ${login} = any(d.recused_logins) and ${org} is not null and (${task} or (${reported} and ${restricted} and (${wide} or ${own}))))`,
    parameters: [actor.login, actor.orgCode, [...actor.departments]],
  };
}
