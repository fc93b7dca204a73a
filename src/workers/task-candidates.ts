import { type EntityManager, sqlOf } from '../db/orm.ts';
import { shanghaiDate } from '../kernel/clock.ts';
import { type Demand, DemandEntity, ExtensionEntity } from '../modules/demands/index.ts';
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
  const place = demand
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

/** Reviewing, visiting, judging and writing off are kept apart from handling (R17, R25, R29). */
const APART_FROM_HANDLING = ['review-completion', 'conduct-return-visit', 'judge-dissatisfaction', 'write-off'];
const ownWork = (formId: string | undefined, demand: Demand | null): string[] =>
  formId && APART_FROM_HANDLING.includes(formId) && demand?.handledBy ? [demand.handledBy] : [];

const VIA: Record<string, string> = {
  HOLDER: '是分管（或主要）领导本人',
  DELEGATE: '在代理期内代为审批',
  VACANCY_FALLBACK: '因分管岗位空缺，由你代为审批',
  RECUSAL_FALLBACK: '因原审批人应当回避，由你审批',
};

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
  const host = demand?.hostDepartment ? directory.department(demand.hostDepartment)?.name : undefined;
  const via = extension?.via ?? 'HOLDER';
  const why = extension
    ? `主办是${host ?? '该部门'}；你${VIA[via] ?? ''}；申请合计 ${extension.requestedTotalWorkingDays} 个工作日，上限 ${extension.cap ?? '—'} 个。`
    : '规则指定由你办理。';
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
