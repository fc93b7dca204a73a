import { type EntityManager, sqlOf } from '../db/orm.ts';
import { shanghaiDate } from '../kernel/clock.ts';
import {
  type Demand,
  DemandEntity,
  type Extension,
  ExtensionEntity,
  latestFollowUp,
  legalRouteTitle,
} from '../modules/demands/index.ts';
import { type OrgDirectory, resolveCandidates } from '../modules/org/index.ts';
import { diagramOf, elementOf } from '../modules/processes/index.ts';
import type { ResolvedCandidates, TaskWork } from '../modules/tasks/index.ts';

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
  const named = request.groups.map((token) => /^department:(.+)$/.exec(token)?.[1]).find((code) => code !== undefined);
  const namedOrg = named ? directory.department(named)?.orgCode : undefined;
  const place = named
    ? { departmentCode: named, ...(namedOrg ? { orgCode: namedOrg } : {}) }
    : demand
      ? { orgCode: demand.hostOrgCode, ...(demand.hostDepartment ? { departmentCode: demand.hostDepartment } : {}) }
      : {};
  if (request.assignee)
    return { title, ...place, ...(await assigned(em, directory, shanghaiDate(now), request, demand)) };
  const context = {
    orgCode: demand?.hostOrgCode ?? '',
    hostDepartment: demand?.hostDepartment ?? null,
    registeringDepartment: demand?.registeringDepartment ?? null,
    recusedDepartments: demand?.reportedDepartment ? [demand.reportedDepartment] : [],
    recusedLogins: [...(demand?.recusedLogins ?? []), ...ownWork(request.formId, demand)],
    posts: await legalPosts(em, request),
    date: shanghaiDate(now),
  };
  const groups = request.groups.map((token) => resolveCandidates(directory, token, context));
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

/** Reviewing, visiting, judging and writing off are kept apart from handling (R17, R25, R29). */
const APART_FROM_HANDLING = ['review-completion', 'conduct-return-visit', 'judge-dissatisfaction', 'write-off'];
const ownWork = (formId: string | undefined, demand: Demand | null): string[] =>
  formId && APART_FROM_HANDLING.includes(formId) && demand?.handledBy ? [demand.handledBy] : [];

/** Why the application came to this leader (M34), for the leader and for everybody who reads the demand. */
function whyLeader(directory: OrgDirectory, extension: Extension, demand: Demand | null, approver: string): string {
  const host = demand?.hostDepartment ? directory.department(demand.hostDepartment)?.name : undefined;
  const role = { CHIEF: '主要领导', SUPERIOR_CHIEF: '上级主要领导' }[extension.approverRole ?? ''] ?? '分管局领导';
  const who = {
    DELEGATE: `${role}不在，代理期内由${approver}审批`,
    VACANCY_FALLBACK: `分管局领导的岗位空缺，由${approver}审批`,
    RECUSAL_FALLBACK: `原审批人应当回避，由${approver}审批`,
  }[extension.via ?? ''];
  const cap = extension.cap ? `，没有超过上限 ${extension.cap} 个` : '';
  const joint = demand?.handlingMode === 'JOINT' ? '联合办理的延期由主要领导审批。' : '若是联合办理，由主要领导审批。';
  return `主办是${host ?? '该部门'}，${who ?? `它的${role}是${approver}`}；申请合计 ${extension.requestedTotalWorkingDays} 个工作日${cap}。${joint}`;
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
  const via = extension?.via ?? 'HOLDER';
  const why = extension ? whyLeader(directory, extension, demand, user.name) : '规则指定由你办理。';
  // The leader may have gone on leave after the rules decided: whoever stands in today may approve as well, unless they have to stay out.
  const out = new Set([...(demand?.recusedLogins ?? []), ...(extension ? [extension.requestedBy] : [])]);
  const standIns = directory
    .delegationsFrom(user.login, day, 'EXTENSION_APPROVAL')
    .map((delegation) => ({ delegation, delegate: directory.activeUser(delegation.delegate) }))
    .filter(({ delegate }) => delegate && !out.has(delegate.login))
    .map(({ delegation, delegate }) => ({
      login: delegate!.login,
      via: 'DELEGATE',
      onBehalfOf: user.login,
      because: `代 ${user.name}，至 ${delegation.to}`,
    }));
  const principal =
    via === 'DELEGATE' && demand?.hostDepartment
      ? directory.post(directory.leaderPostFor(demand.hostDepartment) ?? '')?.holder
      : undefined;
  return {
    candidates: [
      { login: user.login, via, ...(principal && principal !== user.login ? { onBehalfOf: principal } : {}) },
      ...(principal && principal !== user.login ? [] : standIns),
    ],
    why,
    unassignable: false,
  };
}
