import type { Department, OrgDirectory } from '../../org/index.ts';
import type { Demand } from '../entities.ts';

export type ShiftDirection = 'UP' | 'DOWN' | 'BACK';

/** A department a demand may be passed to, and why it is offered. */
export interface LevelTarget {
  department: Department;
  /** SUGGESTED by the rules, COUNTERPART (对口) by function, or any, where tax service coordinates several counties. */
  why: 'SUGGESTED' | 'COUNTERPART' | 'COORDINATED';
}

/** Who is in charge above where the county only has somebody to pass it on (信息化问题对口上报). */
const CARRIED_BY: Record<string, string> = { IT_LIAISON: 'INFORMATION_TECHNOLOGY' };

type Hosted = Pick<Demand, 'hostDepartment' | 'hostOrgCode' | 'reportedDepartment' | 'routing'>;

/**
 * Counterpart departments of the host one level up or down (对口业务部门, R23 ①), by function. What the rules suggest stands first.
 * The city's tax service may pass it to any department below: it coordinates where several counties are responsible.
 */
export function levelTargets(directory: OrgDirectory, demand: Hosted, direction: 'UP' | 'DOWN'): LevelTarget[] {
  const host = demand.hostDepartment ? directory.department(demand.hostDepartment) : undefined;
  if (!host) return [];
  const above = directory.superiorBureau(host.orgCode);
  const bureaus =
    direction === 'UP'
      ? above
        ? [above.code]
        : []
      : directory
          .bureaus()
          .filter((bureau) => bureau.parent === host.orgCode)
          .map((bureau) => bureau.code);
  const functions = new Set(host.functions.map((name) => CARRIED_BY[name] ?? name));
  const suggested = suggestedOf(demand);
  const coordinates = direction === 'DOWN' && host.functions.includes('TAXPAYER_SERVICE');
  const targets = bureaus
    .flatMap((code) => directory.departmentsOf(code))
    .filter((department) => department.participates && department.code !== demand.reportedDepartment)
    .flatMap((department): LevelTarget[] => {
      if (suggested.includes(department.code)) return [{ department, why: 'SUGGESTED' }];
      if (department.functions.some((name) => functions.has(name) || functions.has(CARRIED_BY[name] ?? name)))
        return [{ department, why: 'COUNTERPART' }];
      return coordinates ? [{ department, why: 'COORDINATED' }] : [];
    });
  // A bureau without any counterpart is not a dead end: its tax service finds the department.
  const found = targets.length > 0 ? targets : bureaus.flatMap((code) => taxServiceOf(directory, code));
  const rank = { SUGGESTED: 0, COUNTERPART: 1, COORDINATED: 2 };
  return found.sort((a, b) => rank[a.why] - rank[b.why]);
}

const taxServiceOf = (directory: OrgDirectory, orgCode: string): LevelTarget[] => {
  const department = directory.taxServiceDepartment(orgCode);
  return department ? [{ department, why: 'COORDINATED' }] : [];
};

/** Departments named by `category-routing` as hosts or co-handlers of a demand. */
export function suggestedOf(demand: Pick<Demand, 'routing'>): string[] {
  const { hostDepartment, coDepartments } = (demand.routing ?? {}) as {
    hostDepartment?: unknown;
    coDepartments?: unknown;
  };
  return [hostDepartment, ...(Array.isArray(coDepartments) ? coDepartments : [])].filter(
    (code): code is string => typeof code === 'string',
  );
}
