import type { Demand } from '../demands/index.ts';
import type { OrgDirectory, OrgUser } from '../org/index.ts';
import type { Task } from '../tasks/index.ts';

/** Whom a task may be given to by hand, by form: an assignment never opens what a role keeps closed. */
const ROLES_OF: Record<string, readonly string[]> = {
  'approve-extension': ['DEPUTY_IN_CHARGE', 'CHIEF'],
  'approve-deferral': ['DEPARTMENT_HEAD', 'DEPUTY_IN_CHARGE', 'CHIEF'],
  'confirm-deferral': ['CHIEF', 'DEPUTY_IN_CHARGE'],
  'review-return': ['DEMAND_DESK'],
  // Where the head has handled it, it has gone up to a leader (R17).
  'review-completion': ['DEPARTMENT_HEAD', 'DEPUTY_IN_CHARGE', 'CHIEF'],
};
const STAFF = ['HANDLER', 'DEPARTMENT_HEAD', 'DEMAND_DESK', 'REGISTRAR'];
/** Kept apart from handling (R25, R29): who handled the demand neither visits, judges, reviews nor writes off. */
const APART = ['review-completion', 'conduct-return-visit', 'judge-dissatisfaction', 'write-off'];

/** People of the task's bureau who may be given it: with the right role, without an interest in the demand (回避), not judging their own work. */
export function assignableTo(
  directory: OrgDirectory,
  task: Pick<Task, 'formId' | 'orgCode'>,
  demand: Demand | null,
  applicant: string | undefined,
): OrgUser[] {
  const orgCode = task.orgCode ?? demand?.hostOrgCode;
  const form = task.formId ?? '';
  const roles = ROLES_OF[form] ?? STAFF;
  return directory.data.users.filter(
    (user) =>
      user.orgCode === orgCode &&
      user.status === 'ACTIVE' &&
      user.roles.some((role) => roles.includes(role)) &&
      !demand?.recusedLogins.includes(user.login) &&
      !(demand?.reportedDepartment && directory.departmentsOfUser(user.login).includes(demand.reportedDepartment)) &&
      !(APART.includes(form) && demand?.handledBy === user.login) &&
      !(
        form === 'lift-supervision' && directory.departmentsOfUser(user.login).includes(demand?.hostDepartment ?? '')
      ) &&
      user.login !== applicant,
  );
}
