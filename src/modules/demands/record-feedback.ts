import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { lockDemand } from './load-demand.ts';
import { moveStatus } from './move-status.ts';
import { parameterFacts } from './parameter-facts.ts';
import { raiseLevel } from './returns/raise-level.ts';
import { openClock, record, stopClock } from './trace.ts';
import { noteUnreasonableTold } from './unreasonable/review-unreasonable.ts';

export interface FeedbackInput {
  feedbackMethod: string;
  feedbackAt?: string;
  feedbackContent: string;
  feedbackResult: string;
}

/** The host department tells the taxpayer the result (反馈, R24, P4.3.p1) and the feedback clock stops. */
export async function recordFeedback(work: Work, demandId: string, input: FeedbackInput): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  const now = work.clock.now();
  const at = input.feedbackAt ? new Date(input.feedbackAt) : now;
  demand.feedbackAt = new Date(Math.min(+at, +now));
  demand.feedbackBy = work.actor.login;
  demand.feedbackMethod = input.feedbackMethod;
  demand.feedbackContent = input.feedbackContent;
  demand.feedbackResult = input.feedbackResult;
  await noteUnreasonableTold(work, demand, {
    method: input.feedbackMethod,
    at: demand.feedbackAt,
    content: input.feedbackContent,
  });
  moveStatus(demand, 'FED_BACK');
  await stopClock(work, demand, 'FEEDBACK', demand.feedbackAt);
  await record(work, demand, 'demand.feedback-given', {
    method: input.feedbackMethod,
    result: input.feedbackResult,
    at: demand.feedbackAt.toISOString(),
  });
  return demand;
}

/** Pushes the result to tax service at the moment of the feedback (推送, R24 “同时推送”). */
export async function pushToTaxService(work: Work, demandId: string): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  if (!demand.pushedAt || demand.pushedAt < demand.feedbackAt!) {
    demand.pushedAt = work.clock.now();
    await record(work, demand, 'demand.pushed', {
      toOrg: demand.hostOrgCode,
      // The bureau that registered it gets the result too, where another level has handled it (R24 ②).
      ...(demand.orgCode === demand.hostOrgCode ? {} : { alsoTo: demand.orgCode }),
    });
  }
  return demand;
}

/** Tax service is to visit; its clock starts (R25, P4.4.p1). */
export async function openReturnVisit(work: Work, demandId: string): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  demand.visitRequired = true;
  moveStatus(demand, 'AWAITING_VISIT');
  await openClock(work, demand, 'RETURN_VISIT', {
    startsAt: demand.feedbackAt ?? work.clock.now(),
    parameter: 'visit.within',
    department: null,
  });
  return demand;
}

/** The visit is over: reached or tried often enough. A dissatisfied answer is still to be judged before the write-off. */
export async function closeReturnVisit(
  work: Work,
  demandId: string,
  { satisfaction, dissatisfied }: { satisfaction: string | null; dissatisfied: boolean },
): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  const now = work.clock.now();
  demand.visitedAt = now;
  demand.satisfaction = satisfaction;
  await stopClock(work, demand, 'RETURN_VISIT', now);
  if (!dissatisfied) moveStatus(demand, 'AWAITING_WRITE_OFF');
  await record(work, demand, 'demand.visited', { satisfaction });
  // Handled again as often as may be, and still dissatisfied: supervision takes it from here (R25, R30).
  const most = (await work.parameters(parameterFacts(demand))).number('rework.max');
  if (dissatisfied && demand.reworkCount >= most) await raiseLevel(work, demand, 'DISSATISFIED_AGAIN');
  return demand;
}

/** Dissatisfied, and judged to be answered by an explanation: nothing stands in the way of the write-off any more. */
export async function settleByExplanation(work: Work, demandId: string): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  moveStatus(demand, 'AWAITING_WRITE_OFF');
  await record(work, demand, 'demand.settled', {});
  return demand;
}

/** Dissatisfied: the demand is handled again with a new clock (重办, R25), at most `rework.max` times. */
export async function startRework(work: Work, demandId: string, reason: string | null): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  demand.reworkCount += 1;
  demand.completedAt = null;
  demand.visitRequired = null;
  moveStatus(demand, 'REWORK');
  await record(work, demand, 'demand.rework-started', { round: demand.reworkCount, reason });
  return demand;
}

/** What the taxpayer answered by the link although nobody waits for it any more: the newest grade is the one that counts. */
export async function noteRating(work: Work, demandId: string, satisfaction: string | null): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  demand.satisfaction = satisfaction;
  await record(work, demand, 'demand.rated', { satisfaction });
  return demand;
}
