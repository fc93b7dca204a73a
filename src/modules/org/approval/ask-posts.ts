import type { LocalDate } from '../../../kernel/clock.ts';
import type { OrgDirectory } from '../directory.ts';
import { type Addressee, APPROVAL_KINDS, type Approval, type ApprovalKind } from './approval-kinds.ts';
import { type Leader, leaderAt } from './leader-state.ts';

/** What an approval is about. */
export interface ApprovalSubject {
  approval: Approval;
  /** Bureau that decides: the one that hosts the demand now. */
  orgCode: string;
  /** The host department, where the kind asks for it. */
  department?: string | null;
  handlingMode?: string | null;
  date: LocalDate;
  /** Who must stay out and why: `被反映人`, `申请人`, `经办人`. */
  recused: ReadonlyMap<string, string>;
  /** The department reported on: everybody of it below the leaders stays out. */
  recusedDepartment?: string | null;
}

/** One post, or the desk, that was looked at on the way up, and what came of it. */
export interface ApproverStep {
  role: Addressee | 'SUPERIOR_CHIEF';
  /** `税政二股的分管局领导`. */
  title: string;
  seats: (Leader & { post: string | null })[];
}

/** Asks one post after the other, upwards, until somebody may sign. */
export function askPosts(
  directory: OrgDirectory,
  subject: ApprovalSubject,
): { steps: ApproverStep[]; found?: ApproverStep } {
  const steps: ApproverStep[] = [];
  for (const step of ladder(directory, subject)) {
    steps.push(step);
    if (step.seats.some((seat) => seat.signs)) return { steps, found: step };
  }
  return { steps };
}

const ABOVE: Record<Addressee, readonly Addressee[]> = {
  DEMAND_DESK: ['DEMAND_DESK', 'TAX_SERVICE_HEAD', 'LEADER_IN_CHARGE', 'CHIEF'],
  TAX_SERVICE_HEAD: ['TAX_SERVICE_HEAD', 'LEADER_IN_CHARGE', 'CHIEF'],
  DEPARTMENT_HEAD: ['DEPARTMENT_HEAD', 'LEADER_IN_CHARGE', 'CHIEF'],
  LEADER_IN_CHARGE: ['LEADER_IN_CHARGE', 'CHIEF'],
  CHIEF: ['CHIEF'],
};

/** The posts in the order in which they are asked; a post that comes twice is asked once. */
function* ladder(directory: OrgDirectory, subject: ApprovalSubject): Generator<ApproverStep> {
  const kind = kindOf(subject);
  const bureau = directory.bureau(subject.orgCode);
  if (!bureau) return;
  const first =
    typeof kind.addressee === 'function'
      ? kind.addressee({ handlingMode: subject.handlingMode ?? null, level: bureau.level })
      : kind.addressee;
  const taxService = directory.taxServiceDepartment(bureau.code);
  const chief = directory.leaders(bureau.code)?.chiefPost;
  // What the head of tax service cannot decide is for the leader in charge of tax service.
  const department =
    kind.department === 'tax-service' || first === 'TAX_SERVICE_HEAD'
      ? taxService
      : directory.department(subject.department ?? '');
  const asked = new Set<string>();
  for (const role of ABOVE[first]) {
    if (role === 'DEMAND_DESK') {
      yield { role, title: `${bureau.shortName}的纳服专岗`, seats: desk(directory, subject) };
      continue;
    }
    const of = role === 'TAX_SERVICE_HEAD' ? taxService : department;
    const posts = postsOf(role, of?.code);
    for (const post of posts) asked.add(post);
    if (posts.length > 0 || role === 'DEPARTMENT_HEAD' || role === 'TAX_SERVICE_HEAD')
      yield { role, title: titleOf(role, of?.name ?? '主办部门'), seats: posts.map((post) => seat(post)) };
  }
  const above = directory.superiorBureau(bureau.code);
  const last = above && directory.leaders(above.code)?.chiefPost;
  if (last) yield { role: 'SUPERIOR_CHIEF', title: `${above.shortName}的主要领导`, seats: [seat(last)] };

  function postsOf(role: Addressee, code: string | undefined): string[] {
    if (role === 'CHIEF') return chief && !asked.has(chief) ? [chief] : [];
    if (!code) return [];
    if (role === 'LEADER_IN_CHARGE') {
      const post = directory.leaderPostFor(code);
      return post ? [post] : [];
    }
    return directory.data.posts
      .filter((post) => post.departmentCode === code && post.type === 'DEPARTMENT_HEAD')
      .map((post) => post.code);
  }

  function titleOf(role: Addressee, name: string): string {
    if (role === 'CHIEF') return `${bureau!.shortName}的主要领导`;
    if (role !== 'LEADER_IN_CHARGE') return `${name}的负责人`;
    return department && directory.leaderPostFor(department.code) === chief
      ? `${name}由主要领导直管，主要领导`
      : `${name}的分管局领导`;
  }

  function seat(post: string): Leader & { post: string } {
    const recused = new Set(subject.recused.keys());
    // People of the department reported on stay out; its leaders only when they are named themselves.
    if (subject.recusedDepartment)
      for (const user of directory.usersInDepartment(subject.recusedDepartment)) recused.add(user.login);
    return { post, ...leaderAt(directory, { post, asOf: subject.date, scopes: kind.scopes, recused }) };
  }
}

/** Everybody of the desk who need not stay out, each with who stands in. */
function desk(directory: OrgDirectory, subject: ApprovalSubject): (Leader & { post: null })[] {
  const { scopes } = kindOf(subject);
  return directory.usersWithRole(subject.orgCode, 'DEMAND_DESK').map((user) => {
    if (subject.recused.has(user.login))
      return { post: null, login: user.login, state: 'SUBJECT' as const, signs: null, delegation: null };
    const delegation = directory
      .delegationsFrom(user.login, subject.date)
      .find(
        (item) =>
          (item.scope.includes('ALL') || scopes.some((scope) => item.scope.includes(scope))) &&
          directory.activeUser(item.delegate) &&
          !subject.recused.has(item.delegate),
      );
    return delegation
      ? { post: null, login: user.login, state: 'DELEGATED' as const, signs: delegation.delegate, delegation }
      : { post: null, login: user.login, state: 'AVAILABLE' as const, signs: user.login, delegation: null };
  });
}

export const kindOf = (subject: ApprovalSubject): ApprovalKind => APPROVAL_KINDS[subject.approval];

/** Nobody is in any of the posts. */
export const isVacant = (step: ApproverStep): boolean => step.seats.every((seat) => seat.state === 'VACANT');
