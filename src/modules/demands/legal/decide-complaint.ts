import { conflict, forbidden, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { record, stopClock } from '../trace.ts';
import type { LegalFollowUp } from './entities.ts';
import { latestFollowUp, lockFollowUp } from './follow-ups.ts';

export interface ComplaintInput {
  complaintDecision: string;
  complaintKind?: string;
  decisionReason?: string;
  noticeMethod: string;
  noticeAt?: string;
  noticeContent: string;
}

/** Parameter of the time a complaint of a kind may take (服务言行、服务质效、侵害权益). */
const DAYS_OF: Record<string, string> = {
  CONDUCT: 'complaint.conduct.days',
  QUALITY: 'complaint.quality.days',
  INFRINGEMENT: 'complaint.infringement.days',
};

/**
 * Tax service decides within a working day whether a service complaint is accepted (纳税服务投诉). Accepted or not, the demand goes on as one; an
 * accepted complaint brings its own time limit along, and the shorter of both counts.
 */
export async function decideComplaint(work: Work, demandId: string, input: ComplaintInput): Promise<void> {
  const demand = await lockDemand(work, demandId);
  const found = await latestFollowUp(work, demandId, ['AWAITING_CONFIRMATION']);
  if (!found) throw conflict('这件投诉已经决定过了，请刷新页面看结果。', { reason: 'complaint-decided' });
  if (demand.reportedDepartment && work.actor.departments.includes(demand.reportedDepartment))
    throw forbidden('你所在的部门就是被投诉的部门，应当回避。请联系上一级纳税服务部门或纪检组。', {
      reason: 'recused',
    });
  const accepted = input.complaintDecision === 'ACCEPTED';
  if (accepted && !DAYS_OF[input.complaintKind ?? ''])
    throw invalid('请选投诉种类', [{ pointer: '/complaintKind', message: '受理的，请选投诉种类；办理期限按种类算。' }]);
  if (!accepted && !input.decisionReason?.trim())
    throw invalid('请写明理由', [
      { pointer: '/decisionReason', message: '不予受理的，请写明理由并告知投诉人；诉求仍按普通件办理。' },
    ]);
  const followUp = await lockFollowUp(work, found.id);
  const now = work.clock.now();
  followUp.status = accepted ? 'ACKNOWLEDGED' : 'CLOSED';
  followUp.kind = accepted ? input.complaintKind! : null;
  followUp.examination = accepted ? 'ACCEPTED' : 'REJECTED';
  followUp.examinedAt = now;
  followUp.acceptedAt = accepted ? now : null;
  followUp.confirmedBy = work.actor.login;
  followUp.confirmedByName = work.actor.name;
  followUp.confirmedAt = now;
  followUp.acknowledgedAt = now;
  followUp.acknowledgedBy = work.actor.login;
  followUp.acknowledgedByName = work.actor.name;
  followUp.decisionReason = input.decisionReason ?? null;
  followUp.noticeMethod = input.noticeMethod;
  followUp.noticeAt = input.noticeAt ? new Date(input.noticeAt) : now;
  followUp.noticeContent = input.noticeContent;
  followUp.closedAt = accepted ? null : now;
  await stopClock(work, demand, 'COMPLAINT_ACCEPTANCE', now);
  await record(work, demand, 'legal.complaint-decided', {
    followUpId: followUp.id,
    accepted,
    kind: followUp.kind,
    ...(input.decisionReason ? { reason: input.decisionReason } : {}),
  });
}

/** The shorter of the demand's limit and that of its accepted complaint (取较短时限). */
export async function shorterLimit(
  work: Work,
  demand: Demand,
  ordinary: { startsAt: Date; parameter: string },
): Promise<{ startsAt: Date; parameter: string }> {
  const limit = await complaintLimit(work, demand);
  if (!limit) return ordinary;
  const days = (await work.parameters(parameterFacts(demand))).number(ordinary.parameter);
  const { dueAt } = work.calendar.addWorkingDays(ordinary.startsAt, days, demand.hostOrgCode);
  return limit.dueAt < dueAt ? { startsAt: limit.startsAt, parameter: limit.parameter } : ordinary;
}

/** When an accepted complaint has to be finished by its own rules; null where there is none. */
async function complaintLimit(
  work: Work,
  demand: Demand,
): Promise<{ followUp: LegalFollowUp; parameter: string; days: number; startsAt: Date; dueAt: Date } | null> {
  const followUp = await latestFollowUp(work, demand.id, ['ACKNOWLEDGED']);
  const parameter = DAYS_OF[followUp?.kind ?? ''];
  if (followUp?.route !== 'SERVICE_COMPLAINT' || !parameter || !followUp.acceptedAt) return null;
  const days = (await work.parameters(parameterFacts(demand))).number(parameter);
  const { dueAt } = work.calendar.addWorkingDays(followUp.acceptedAt, days, demand.hostOrgCode);
  return { followUp, parameter, days, startsAt: followUp.acceptedAt, dueAt };
}
