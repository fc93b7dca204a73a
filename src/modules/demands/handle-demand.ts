import { forbidden } from '../../kernel/errors.ts';
import { findDeadline } from '../deadlines/index.ts';
import type { Work } from './context.ts';
import { type Demand, DemandEntity } from './entities.ts';
import { requireCoOpinions } from './joint/co-handlings.ts';
import { requireTold } from './joint/require-told.ts';
import { shorterLimit } from './legal/decide-complaint.ts';
import { lockDemand } from './load-demand.ts';
import { moveStatus } from './move-status.ts';
import { parameterFacts } from './parameter-facts.ts';
import { closeApplications } from './returns/close-applications.ts';
import { currentClock, openClock, record, stopClock } from './trace.ts';
import { requireUpheld } from './unreasonable/review-unreasonable.ts';

/**
 * The demand reaches its host department and the handling clock starts (R17, P4.2.1):
 * at registration when handled directly, otherwise at the system's delivery, never at the click of 签收. A clock that runs goes on:
 * a deferral that was refused gives no new time.
 */
export async function openHandling(work: Work, demandId: string): Promise<{ demand: Demand; reviewRequired: boolean }> {
  const demand = await lockDemand(work, demandId);
  const parameters = await work.parameters(parameterFacts(demand));
  const reviewRequired = parameters.number('handle.review') > 0;
  moveStatus(demand, 'HANDLING');
  const running = await currentClock(work, demand, 'HANDLING');
  if (running) {
    // A clock that ran while another way was looked at goes on, now at the host.
    running.departmentCode = demand.hostDepartment ?? null;
    return { demand, reviewRequired };
  }
  const delivered = await deliveryOf(work, demand);
  demand.deliveredAt = delivered;
  const ordinary = demand.handlingMode === 'JOINT' ? 'handle.joint.days' : 'handle.single.days';
  const parameter = demand.reworkCount > 0 ? 'rework.days' : ordinary;
  await openClock(work, demand, 'HANDLING', {
    ...(await shorterLimit(work, demand, { startsAt: delivered, parameter })),
    department: demand.hostDepartment!,
  });
  await record(work, demand, 'demand.delivered', {
    hostDepartment: demand.hostDepartment,
    startsAt: delivered.toISOString(),
  });
  return { demand, reviewRequired };
}

/** Direct handling counts from the registration, a part that was split off from its parent's delivery (拆单不重置), all else from now. */
async function deliveryOf(work: Work, demand: Demand): Promise<Date> {
  const first = !(await findDeadline(work, 'demand', demand.id, 'HANDLING'));
  if (first && demand.dispatchBasis === 'SELF') return demand.registeredAt;
  if (first && demand.dispatchBasis === 'SPLIT' && demand.parentId) {
    const parent = await work.em.findOne(DemandEntity, { id: demand.parentId });
    return parent?.deliveredAt ?? work.clock.now();
  }
  return work.clock.now();
}

export interface CompletionInput {
  measures: string;
  conclusion: string;
  policyBasis: string;
  publicAnswer: string;
}

/** The host department submits its conclusion. With review the completion counts from this moment once the review passes (R17 ⑤). */
export async function submitCompletion(work: Work, demandId: string, input: CompletionInput): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  await requireCoOpinions(work, demand);
  await requireTold(work, demand);
  await requireUpheld(work, demand, input.conclusion);
  Object.assign(demand, input);
  demand.handledBy = work.actor.login;
  demand.completedAt = work.clock.now();
  moveStatus(demand, 'AWAITING_REVIEW');
  await record(work, demand, 'demand.completion-submitted', { conclusion: input.conclusion });
  return demand;
}

/** A second person looks at the conclusion; sending it back means the demand was not completed. */
export async function reviewCompletion(
  work: Work,
  demandId: string,
  input: { reviewDecision: string; opinion?: string },
): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  if (demand.handledBy === work.actor.login)
    throw forbidden('你是这件诉求的办理人，不能由你审核。请由本部门其他负责人审核。', { reason: 'review-own' });
  demand.reviewedBy = work.actor.login;
  if (input.reviewDecision === 'RETURNED') {
    demand.completedAt = null;
    moveStatus(demand, 'HANDLING');
  }
  await record(work, demand, 'demand.reviewed', {
    decision: input.reviewDecision,
    ...(input.opinion ? { opinion: input.opinion } : {}),
  });
  return demand;
}

/** Records the completion (办结): the handling clock stops at the submission, the feedback clock starts (R24, P4.3.p1). */
export async function recordCompletion(work: Work, demandId: string): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  const completedAt = demand.completedAt ?? work.clock.now();
  demand.completedAt = completedAt;
  moveStatus(demand, 'AWAITING_FEEDBACK');
  for (const kind of ['HANDLING', 'PROGRESS_NOTICE'] as const) await stopClock(work, demand, kind, completedAt);
  await closeApplications(work, demand, '已办结');
  await record(work, demand, 'demand.completed', {
    conclusion: demand.conclusion,
    completedAt: completedAt.toISOString(),
  });
  await openClock(work, demand, 'FEEDBACK', {
    startsAt: completedAt,
    parameter: 'feedback.days',
    department: demand.hostDepartment!,
  });
  return demand;
}

/**
 * Answered on the spot (当场办结, R12, P4.1.2): registration, answer and feedback are one step,
 * and the content still goes to tax service (R11 has no exception).
 */
export async function recordOnTheSpot(work: Work, demandId: string): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  const at = demand.registeredAt;
  demand.path = 'ON_THE_SPOT';
  demand.handlingMode = 'SINGLE';
  demand.hostDepartment = demand.registeringDepartment;
  demand.deliveredAt = at;
  demand.transferredAt = at;
  demand.completedAt = at;
  demand.handledBy = demand.receivingOfficer;
  demand.conclusion = 'EXPLAINED';
  demand.publicAnswer = demand.answerContent;
  demand.policyBasis = demand.answerBasis;
  demand.feedbackAt = at;
  demand.feedbackBy = demand.receivingOfficer;
  demand.feedbackMethod = 'ON_THE_SPOT';
  demand.feedbackContent = demand.answerContent;
  demand.feedbackResult = 'DELIVERED';
  demand.pushedAt = at;
  moveStatus(demand, 'FED_BACK');
  await stopClock(work, demand, 'TRANSFER', at);
  await record(work, demand, 'demand.answered-on-the-spot', { basis: demand.answerBasis });
  return demand;
}
