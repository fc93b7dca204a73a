import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { type FieldProblem, forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import { blankDemand } from '../blank-demand.ts';
import type { Work } from '../context.ts';
import { type Demand, DemandEntity } from '../entities.ts';
import { foreseeRoute } from '../legal/note-route.ts';
import { lockDemand } from '../load-demand.ts';
import { maskText } from '../mask.ts';
import { canMove, moveStatus } from '../move-status.ts';
import { newTrackingCode, nextDemandNumber } from '../number-demand.ts';
import { closeApplications } from '../returns/close-applications.ts';
import { hostProblem } from '../returns/request-return.ts';
import { startProcess } from '../start-process.ts';
import { endSupervisionOf } from '../start-supervision.ts';
import { openClock, record, stopAllClocks } from '../trace.ts';
import { CATEGORIES, statusTitle } from '../vocabulary.ts';

export interface Part {
  title: string;
  category: string;
  hostDepartment?: string;
  /** A part of legal remedy: what the taxpayer wants (复议、听证…). It goes its own way and needs no host. */
  legalIntent?: string;
}

/** A demand may be split into so many parts: more than that is not one demand. */
export const MOST_PARTS = 6;

/** Why a demand cannot be split; null when it can. */
export function splitRefusal(demand: Demand): string | null {
  if (demand.withdrawalReason) return '诉求人已经撤回此件，不用拆单。';
  if (demand.parentId) return '此件本身是拆出来的子件，不能再拆。';
  if (demand.handlingMode === 'JOINT') return '联合办理的件已由各部门分头办理，不用拆单。另有独立事项的，请另行登记。';
  if (!canMove(demand, 'SPLIT')) return `此件现在是“${statusTitle(demand.status)}”，还没办结的件才能拆单。`;
  return null;
}

/**
 * One registration with several matters (拆单): each part becomes a demand of its own with the six required fields of the parent (R9),
 * its own title, category and host. Clocks count from where the parent's did; the parent ends with links to its parts.
 */
export async function splitDemand(work: Work, demandId: string, parts: readonly Part[]): Promise<Demand[]> {
  const parent = await lockDemand(work, demandId);
  if (parent.orgCode !== work.actor.orgCode)
    throw forbidden('拆单由受理单位的纳服办理。这件诉求不是你所在的单位受理的。', { reason: 'not-own-bureau' });
  const refusal = splitRefusal(parent);
  if (refusal) throw illegalTransition(refusal, { reason: 'split-refused' });
  const problems = problemsOf(work, parent, parts);
  if (problems.length > 0) throw invalid('没有拆单', problems);
  const now = work.clock.now();
  const children: Demand[] = [];
  for (const part of parts) children.push(await registerPart(work, parent, part));
  parent.splitAt = now;
  moveStatus(parent, 'SPLIT');
  await stopAllClocks(work, parent, now, '拆单');
  await closeApplications(work, parent, '拆单');
  await endSupervisionOf(work, parent.id, '拆单');
  await record(work, parent, 'demand.split', { into: children.map((child) => child.number) });
  await enqueue(sqlOf(work.em), {
    commandId: `demand-split:${parent.id}`,
    orderingKey: parent.id,
    command: {
      type: 'publishMessage',
      name: 'demand-split',
      correlationKey: parent.id,
      ttlMs: 3600_000,
      messageId: `split:${parent.id}`,
      variables: {},
    },
  });
  return children;
}

function problemsOf(work: Work, parent: Demand, parts: readonly Part[]): FieldProblem[] {
  if (parts.length < 2 || parts.length > MOST_PARTS)
    return [{ pointer: '/parts', message: `拆单要拆成 2 到 ${MOST_PARTS} 件，现在是 ${parts.length} 件。` }];
  const nobody = { ...parent, hostDepartment: null } as Demand;
  return parts.flatMap((part, index) => {
    const at = `/parts/${index}`;
    const letters = [...part.title.trim()].length;
    return [
      ...(letters < 2 || letters > 60
        ? [{ pointer: `${at}/title`, message: `第 ${index + 1} 件的“标题”应当是 2 到 60 个字。` }]
        : []),
      ...(part.category in CATEGORIES
        ? []
        : [{ pointer: `${at}/category`, message: `第 ${index + 1} 件还没有选“类别”。` }]),
      ...(part.category === 'LEGAL_REMEDY'
        ? []
        : hostProblem(work, nobody, part.hostDepartment ?? '', `${at}/hostDepartment`, `第 ${index + 1} 件的主办部门`)),
    ];
  });
}

async function registerPart(work: Work, parent: Demand, part: Part): Promise<Demand> {
  const now = work.clock.now();
  const legal = part.category === 'LEGAL_REMEDY';
  const child = work.em.create(DemandEntity, {
    ...blankDemand(),
    ...inherited(parent),
    id: work.ids.uuid(),
    number: await nextDemandNumber(sqlOf(work.em), parent.orgCode, shanghaiDate(now)),
    trackingCode: newTrackingCode(),
    status: 'REGISTERED',
    title: maskText(part.title.trim()),
    category: part.category,
    legalIntent: legal ? (part.legalIntent ?? null) : null,
    // The host is settled by the split; a matter of legal remedy finds its way by the rules.
    hostDepartment: legal ? null : (part.hostDepartment ?? null),
    dispatchBasis: legal ? null : 'SPLIT',
    dispatchedAt: legal ? null : now,
    dispatchedBy: legal ? null : work.actor.login,
    intakeChoice: 'OTHER_DEPARTMENT',
    parentId: parent.id,
  });
  await work.em.flush();
  await record(work, child, 'demand.registered', {
    number: child.number,
    channel: child.channel,
    category: child.category,
    tags: child.tags,
    intakeChoice: child.intakeChoice,
    receivedAt: child.receivedAt.toISOString(),
    registeringDepartment: child.registeringDepartment,
    splitFrom: parent.number,
  });
  await openClock(work, child, 'TRANSFER', {
    startsAt: parent.registeredAt,
    parameter: 'transfer.days',
    department: child.registeringDepartment,
  });
  await foreseeRoute(work, child);
  await startProcess(sqlOf(work.em), child);
  return child;
}

/** What a part has from the parent: the six fields of R9, the person with all wishes, and the history of the intake. */
const inherited = (parent: Demand) => ({
  orgCode: parent.orgCode,
  hostOrgCode: parent.orgCode,
  registeringDepartment: parent.registeringDepartment,
  receivingOfficer: parent.receivingOfficer,
  receivingOfficerName: parent.receivingOfficerName,
  channel: parent.channel,
  subChannel: parent.subChannel ?? null,
  externalNumber: parent.externalNumber ?? null,
  externalDueAt: parent.externalDueAt ?? null,
  receivedAt: parent.receivedAt,
  registeredAt: parent.registeredAt,
  taxpayerName: parent.taxpayerName,
  taxpayerType: parent.taxpayerType,
  creditCode: parent.creditCode ?? null,
  contactPerson: parent.contactPerson ?? null,
  contactPhone: parent.contactPhone ?? null,
  otherContact: parent.otherContact ?? null,
  preferredContactTime: parent.preferredContactTime ?? null,
  anonymous: parent.anonymous,
  anonymousReason: parent.anonymousReason ?? null,
  confidential: parent.confidential,
  specialGroup: parent.specialGroup,
  agent: parent.agent,
  content: parent.content,
  tags: parent.tags,
  urgency: parent.urgency,
  impact: parent.impact,
  reportedDepartment: parent.reportedDepartment ?? null,
  recusedLogins: parent.recusedLogins,
  restricted: parent.restricted,
  intake: { ...parent.intake, proposal: undefined },
  answerContent: null,
  answerBasis: null,
  noticeMethod: parent.noticeMethod ?? null,
  noticeAt: parent.noticeAt ?? null,
  noticeContent: parent.noticeContent ?? null,
  duplicateOf: null,
});
