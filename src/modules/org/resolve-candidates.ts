import type { LocalDate } from '../../kernel/clock.ts';
import type { OrgDirectory, OrgUser } from './directory.ts';

/** What the tokens of a diagram are resolved against. */
export interface CandidateContext {
  /** Bureau whose tax service is meant. */
  orgCode: string;
  hostDepartment?: string | null;
  registeringDepartment?: string | null;
  /** Departments and people who must stay out (回避). */
  recusedDepartments?: readonly string[];
  recusedLogins?: readonly string[];
  /** Named posts (指定岗位) behind further tokens: whoever holds the role in the department, and nobody else of it. */
  posts?: Readonly<Record<string, { department: string | null; role: string | null; why: string }>>;
  date: LocalDate;
}

export interface ResolvedCandidate {
  login: string;
  via: 'HOLDER' | 'DELEGATE' | 'VACANCY_FALLBACK' | 'RECUSAL_FALLBACK';
  onBehalfOf?: string;
  because?: string;
}

export interface ResolvedGroup {
  candidates: ResolvedCandidate[];
  why: string;
  unassignable: boolean;
  departmentCode?: string;
}

/** Scope of a delegation that covers handling a task of a group. */
const TASK_SCOPE = 'TASKS';

/** People behind a candidate-group token of a diagram, delegates included, recused people and departments left out. */
export function resolveCandidates(directory: OrgDirectory, token: string, context: CandidateContext): ResolvedGroup {
  const group = groupOf(directory, token, context);
  if (!group) return unassignable(`流程图上的候选组“${token}”在组织里没有对应的岗位。`);
  const recused = new Set(context.recusedLogins ?? []);
  const departmentRecused =
    group.departmentCode !== undefined && (context.recusedDepartments ?? []).includes(group.departmentCode);
  if (departmentRecused)
    return unassignable(
      `${directory.department(group.departmentCode!)?.name}是被反映的部门，应当回避。`,
      group.departmentCode,
    );
  // Who belongs to a department that must stay out does so in every other post as well.
  const concerned = (login: string) =>
    directory.departmentsOfUser(login).some((code) => (context.recusedDepartments ?? []).includes(code));
  const holders = group.users.filter((user) => !recused.has(user.login) && !concerned(user.login));
  const candidates: ResolvedCandidate[] = holders.map((user) => ({ login: user.login, via: group.via ?? 'HOLDER' }));
  for (const user of group.users) {
    for (const delegation of directory.delegationsFrom(user.login, context.date, TASK_SCOPE)) {
      const delegate = directory.activeUser(delegation.delegate);
      if (
        !delegate ||
        recused.has(delegate.login) ||
        concerned(delegate.login) ||
        candidates.some((item) => item.login === delegate.login)
      )
        continue;
      candidates.push({
        login: delegate.login,
        via: 'DELEGATE',
        onBehalfOf: user.login,
        because: `代 ${user.name}，至 ${delegation.to}`,
      });
    }
  }
  if (candidates.length === 0) return unassignable(`${group.why}，但没有可以办理的人。`, group.departmentCode);
  return {
    candidates,
    why: group.why,
    unassignable: false,
    ...(group.departmentCode ? { departmentCode: group.departmentCode } : {}),
  };
}

const DEPARTMENT = 'department:';

interface Group {
  users: OrgUser[];
  why: string;
  departmentCode?: string;
  /** They stand in for a department that has to stay out. */
  via?: 'RECUSAL_FALLBACK';
}

function groupOf(directory: OrgDirectory, token: string, context: CandidateContext): Group | undefined {
  const members = (code: string | null | undefined, role: string, why: (name: string) => string): Group | undefined => {
    const department = code ? directory.department(code) : undefined;
    if (!department) return undefined;
    const all = directory.usersInDepartment(department.code);
    const withRole = all.filter((user) => user.roles.includes(role));
    return { users: withRole.length > 0 ? withRole : all, why: why(department.name), departmentCode: department.code };
  };
  // A department named by the process (协办): `department:<code>`.
  if (token.startsWith(DEPARTMENT))
    return members(token.slice(DEPARTMENT.length), 'HANDLER', (name) => `协办是${name}，你是该部门的处理人员`);
  switch (token) {
    case 'tax-service':
      return taxServiceGroup(directory, context);
    case 'host-department':
      return members(context.hostDepartment, 'HANDLER', (name) => `主办是${name}，你是该部门的处理人员`);
    case 'host-department-head':
      return members(context.hostDepartment, 'DEPARTMENT_HEAD', (name) => `主办是${name}，你是该部门负责人`);
    case 'registering-department':
      return members(context.registeringDepartment, 'REGISTRAR', (name) => `首次受理部门是${name}`);
    default: {
      const post = context.posts?.[token];
      return post && namedPost(directory, post);
    }
  }
}

/** The desk of the bureau's tax service; where that is the department reported on (回避), the desk of the bureau above, and at the top the discipline post. */
function taxServiceGroup(directory: OrgDirectory, { orgCode, recusedDepartments = [] }: CandidateContext): Group {
  const own = directory.taxServiceDepartment(orgCode);
  const bureau = (code: string) => directory.bureau(code)?.shortName ?? code;
  if (!own || !recusedDepartments.includes(own.code))
    return {
      users: directory.usersWithRole(orgCode, 'DEMAND_DESK'),
      why: `你是${bureau(orgCode)}的纳服专岗`,
      ...(own ? { departmentCode: own.code } : {}),
    };
  const above = directory.superiorBureau(orgCode);
  const standIn = above
    ? directory.taxServiceDepartment(above.code)
    : directory.departmentsByFunction(orgCode, 'DISCIPLINE')[0];
  return {
    users: above
      ? directory.usersWithRole(above.code, 'DEMAND_DESK')
      : directory.usersWithRole(orgCode, 'DISCIPLINE_OFFICER'),
    why: `${bureau(orgCode)}${own.name}是被反映的部门，应当回避；你是${above ? `${bureau(above.code)}的纳服专岗` : '纪检岗'}，由你代办`,
    via: 'RECUSAL_FALLBACK',
    ...(standIn ? { departmentCode: standIn.code } : {}),
  };
}

/** Never the whole department: what is open to a named post is open to nobody else. */
function namedPost(
  directory: OrgDirectory,
  post: { department: string | null; role: string | null; why: string },
): Group | undefined {
  const department = post.department ? directory.department(post.department) : undefined;
  if (!department) return undefined;
  const all = directory.usersInDepartment(department.code);
  const holders = all.filter((user) => user.roles.includes(post.role ?? 'HANDLER'));
  const heads = all.filter((user) => user.roles.includes('DEPARTMENT_HEAD'));
  const users = holders.length > 0 || post.role !== 'HANDLER' ? holders : heads;
  return { users, why: `${post.why}${department.name}`, departmentCode: department.code };
}

const unassignable = (why: string, departmentCode?: string): ResolvedGroup => ({
  candidates: [],
  why: `${why}已交纳税服务部门指派。`,
  unassignable: true,
  ...(departmentCode ? { departmentCode } : {}),
});
