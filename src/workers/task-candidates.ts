import { type EntityManager, sqlOf } from '../db/orm.ts';
import { shanghaiDate } from '../kernel/clock.ts';
import {
  DeferralEntity,
  type Demand,
  DemandEntity,
  ExtensionEntity,
  latestFollowUp,
  legalRouteTitle,
} from '../modules/demands/index.ts';
import {
  type Approval,
  approvalOf,
  type OrgDirectory,
  resolveApprover,
  resolveCandidates,
} from '../modules/org/index.ts';
import { diagramOf, elementOf } from '../modules/processes/index.ts';
import type { ResolvedCandidates, TaskWork } from '../modules/tasks/index.ts';
import { recusedIn } from './recused-in.ts';

type Request = Parameters<TaskWork['resolveCandidates']>[0];

/** Turns groups and assignee of a diagram into people, with the reason each of them reads on the page. */
export async function taskCandidates(
  em: EntityManager,
  directory: OrgDirectory,
  now: Date,
  request: Request,
): Promise<ResolvedCandidates> {
  const diagram = await diagramOf(sqlOf(em), request.processId, request.processVersion);
  const title = elementOf(diagram, request.elementId)?.name ?? request.elementId;
  const demand = request.demandId ? await em.findOne(DemandEntity, { id: request.demandId }) : null;
  const day = shanghaiDate(now);
  const named = request.groups.map((token) => /^department:(.+)$/.exec(token)?.[1]).find((code) => code !== undefined);
  const namedOrg = named ? directory.department(named)?.orgCode : undefined;
  const place = named
    ? { departmentCode: named, ...(namedOrg ? { orgCode: namedOrg } : {}) }
    : demand
      ? { orgCode: demand.hostOrgCode, ...(demand.hostDepartment ? { departmentCode: demand.hostDepartment } : {}) }
      : {};
  if (request.assignee) return { title, ...place, ...(await assigned(em, directory, day, request, demand)) };
  const context = {
    orgCode: demand?.hostOrgCode ?? '',
    hostDepartment: demand?.hostDepartment ?? null,
    registeringDepartment: demand?.registeringDepartment ?? null,
    recusedDepartments: demand?.reportedDepartment ? [demand.reportedDepartment] : [],
    recusedLogins: [
      ...(demand?.recusedLogins ?? []),
      ...ownWork(request.formId, demand),
      // 解除督办: nobody of the supervised department (R30).
      ...(request.formId === 'lift-supervision' && demand?.hostDepartment
        ? directory.usersInDepartment(demand.hostDepartment).map((user) => user.login)
        : []),
    ],
    posts: await legalPosts(em, request),
    date: day,
  };
  const groups = await Promise.all(
    request.groups.map((token) => {
      const approval = approvalOf(token);
      return approval && demand
        ? approverNow(em, directory, day, approval, demand)
        : resolveCandidates(directory, token, context);
    }),
  );
  const candidates = groups.flatMap((group) => group.candidates);
  return {
    title,
    ...place,
    candidates,
    why: groups.map((group) => group.why).join('；') || '流程图上没有写候选组，已交纳税服务部门指派。',
    unassignable: candidates.length === 0,
  };
}

/** Who confirms, tells and receives a matter of a statutory route (R20), as its follow-up says. */
async function legalPosts(
  em: EntityManager,
  request: Request,
): Promise<Record<string, { department: string | null; role: string | null; why: string }>> {
  if (!request.demandId || !request.groups.some((token) => token.startsWith('legal-route-'))) return {};
  const receives = request.groups.includes('legal-route-receiver');
  const item = await latestFollowUp(
    { em },
    request.demandId,
    receives ? ['HANDED_OVER', 'ACKNOWLEDGED'] : ['AWAITING_CONFIRMATION', 'HANDED_OVER', 'ACKNOWLEDGED', 'CLOSED'],
  );
  if (!item) return {};
  const title = legalRouteTitle(item.route);
  const confirms = { department: item.confirmDepartment ?? null, role: item.confirmRole ?? null };
  return {
    'legal-route-confirmer': { ...confirms, why: `${title}由指定岗位确认：` },
    'legal-route-officer': { ...confirms, why: `${title}由移交的岗位告知诉求人：` },
    'legal-route-receiver': {
      department: item.receivingDepartment ?? null,
      role: item.receivingRole ?? null,
      why: `${title}的承接单位是`,
    },
  };
}

/** Visiting, judging and writing off are kept apart from handling (R25, R29); approvals keep it apart themselves. */
const APART_FROM_HANDLING = ['conduct-return-visit', 'judge-dissatisfaction', 'write-off'];
const ownWork = (formId: string | undefined, demand: Demand | null): string[] =>
  formId && APART_FROM_HANDLING.includes(formId) && demand?.handledBy ? [demand.handledBy] : [];

/** Who approves today, and both sentences of the page: 为什么是我，什么情况下不是我. */
async function approverNow(
  em: EntityManager,
  directory: OrgDirectory,
  date: string,
  approval: Approval,
  demand: Demand,
) {
  const decision = resolveApprover(directory, {
    approval,
    orgCode: demand.hostOrgCode,
    department: demand.hostDepartment ?? null,
    handlingMode: demand.handlingMode ?? null,
    date,
    recused: await recusedIn(em, approval, demand),
    recusedDepartment: demand.reportedDepartment ?? null,
  });
  return { ...decision, why: inFull(decision.why, decision.whyNot) };
}

const inFull = (why: string, whyNot: readonly string[]): string =>
  whyNot.length > 0 ? `${why}\n什么情况下不是我：${whyNot.join('；')}。` : why;

/** Who approves a deferral was decided by the rules; the page says why, and whoever stands in today may approve as well. */
async function deferralApprover(
  em: EntityManager,
  directory: OrgDirectory,
  day: string,
  demand: Demand,
  user: { login: string; name: string },
): Promise<Omit<ResolvedCandidates, 'title'>> {
  const deferral = await em.findOne(DeferralEntity, { demandId: demand.id, status: 'PENDING' });
  const today = await approverNow(em, directory, day, 'deferral-approver', demand);
  const said = today.candidates.find((candidate) => candidate.login === user.login);
  return {
    candidates: [
      {
        login: user.login,
        via: deferral?.via ?? 'HOLDER',
        ...(said?.onBehalfOf ? { onBehalfOf: said.onBehalfOf } : {}),
      },
      ...today.candidates.filter((candidate) => candidate.onBehalfOf === user.login && candidate.login !== user.login),
    ],
    why: said ? today.why : `按挂账审批规则，这一类挂账由${user.name}批准。`,
    unassignable: false,
  };
}

/** The rules have named a person: a leader, or the one who stands in. */
async function assigned(
  em: EntityManager,
  directory: OrgDirectory,
  day: string,
  request: Request,
  demand: Demand | null,
): Promise<Omit<ResolvedCandidates, 'title'>> {
  const user = directory.activeUser(request.assignee!);
  if (!user)
    return { candidates: [], why: `规则指定的“${request.assignee}”不在岗，已交纳税服务部门指派。`, unassignable: true };
  const extension = demand ? await em.findOne(ExtensionEntity, { demandId: demand.id, status: 'PENDING' }) : null;
  if (request.formId === 'approve-deferral' && demand) return deferralApprover(em, directory, day, demand, user);
  if (request.formId === 'review-deferral')
    return {
      candidates: [{ login: user.login, via: 'HOLDER' }],
      why: '你是此件挂账的责任人，复核日前看条件是否成熟。',
      unassignable: false,
    };
  if (!extension || !demand)
    return { candidates: [{ login: user.login, via: 'HOLDER' }], why: '规则指定由你办理。', unassignable: false };
  const today = await approverNow(em, directory, day, 'extension-approver', demand);
  const said = today.candidates.find((candidate) => candidate.login === user.login);
  const via = extension.via ?? 'HOLDER';
  const cap = extension.cap ? `，没有超过上限 ${extension.cap} 个` : '';
  const asked = `申请合计 ${extension.requestedTotalWorkingDays} 个工作日${cap}。`;
  // The organisation may have changed since the rules decided: then only what the rules said is sure.
  const why = said ? today.why.replace(/。(\n|$)/, `；${asked}$1`) : `申请提交时，规则指定由${user.name}审批；${asked}`;
  const principal = via === 'DELEGATE' ? said?.onBehalfOf : undefined;
  // The leader may have gone on leave after the rules decided: whoever stands in today may approve as well, unless they have to stay out.
  const standIns = today.candidates.filter(
    (candidate) => candidate.onBehalfOf === user.login && candidate.login !== user.login,
  );
  return {
    candidates: [
      { login: user.login, via, ...(principal ? { onBehalfOf: principal } : {}) },
      ...(principal ? [] : standIns),
    ],
    why,
    unassignable: false,
  };
}
