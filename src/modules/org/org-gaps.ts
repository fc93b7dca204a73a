import type { LocalDate } from '../../kernel/clock.ts';
import type { Department, OrgDirectory, Post } from './directory.ts';

/** What is missing in a bureau so that work can find its people. */
export interface OrgGaps {
  /** Posts nobody holds, or whose holder is not in office; with who covers meanwhile. */
  vacantPosts: { post: Post; since: LocalDate | null; coveredBy: string | null }[];
  /** Departments that handle demands and have nobody in office. */
  emptyDepartments: Department[];
  /** Departments that handle demands and that no leader is assigned to: the chief decides for want of one. */
  departmentsWithoutLeader: Department[];
  /** Nobody holds the desk that dispatches: every demand of the bureau would wait. */
  withoutDesk: boolean;
}

/** The gaps of a bureau on a day, the ones that stop work first. */
export function orgGaps(directory: OrgDirectory, orgCode: string, date: LocalDate): OrgGaps {
  const leaders = directory.leaders(orgCode);
  const assigned = new Set([
    ...(leaders?.chiefDirect ?? []),
    ...(leaders?.deputies ?? []).flatMap((item) => item.departments),
  ]);
  const handling = directory.departmentsOf(orgCode).filter((department) => department.participates);
  return {
    vacantPosts: directory.data.posts
      .filter((post) => post.orgCode === orgCode && directory.isVacant(post.code, date))
      .map((post) => {
        const vacancy = directory.vacancy(post.code, date);
        return { post, since: vacancy?.since ?? null, coveredBy: vacancy?.coveredBy ?? null };
      }),
    emptyDepartments: handling.filter((department) => directory.usersInDepartment(department.code).length === 0),
    departmentsWithoutLeader: handling.filter((department) => !assigned.has(department.code)),
    withoutDesk: directory.usersWithRole(orgCode, 'DEMAND_DESK').length === 0,
  };
}
