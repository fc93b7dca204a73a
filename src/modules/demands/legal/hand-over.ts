import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { openDeadline } from '../../deadlines/index.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { moveStatus } from '../move-status.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { openClock, record, stopClock } from '../trace.ts';
import type { LegalFollowUp } from './entities.ts';
import { latestFollowUp, lockFollowUp } from './follow-ups.ts';
import { type LegalRoute, pathOfRoute } from './routes.ts';

/** Subject of the clocks and of the process of a follow-up: they run on when the demand itself is written off. */
export const FOLLOW_UP = 'legal-follow-up';

/**
 * The demand is passed on (移送或告知, R20): that ends its own time limit as “已转法定途径”, the notice to the taxpayer is due within the feedback limit,
 * and whoever receives it within the house gets a task of the same day and clocks of their own.
 */
export async function handOverLegalRoute(work: Work, demandId: string): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  const found = await latestFollowUp(work, demandId, ['AWAITING_CONFIRMATION']);
  if (!found?.confirmedAt) return demand;
  const followUp = await lockFollowUp(work, found.id);
  const now = work.clock.now();
  divert(work, demand, followUp, now);
  await stopClock(work, demand, 'HANDLING', now);
  const inOneHand =
    followUp.receivingDepartment !== null && followUp.receivingDepartment === followUp.confirmDepartment;
  followUp.handedOverAt = now;
  followUp.status = inOneHand ? 'ACKNOWLEDGED' : 'HANDED_OVER';
  if (inOneHand) {
    // Who confirmed it is who receives it: the confirmation says “received”.
    followUp.acknowledgedAt = now;
    followUp.acknowledgedBy = followUp.confirmedBy ?? null;
    followUp.acknowledgedByName = followUp.confirmedByName ?? null;
  }
  await record(work, demand, 'legal.handed-over', {
    followUpId: followUp.id,
    route: followUp.route,
    receivingDepartment: followUp.receivingDepartment,
    receivingName: followUp.receivingName,
    acknowledged: inOneHand,
  });
  await openClock(work, demand, 'FEEDBACK', {
    startsAt: now,
    parameter: 'feedback.days',
    department: demand.hostDepartment!,
  });
  if (followUp.receivingDepartment) await startFollowUp(work, demand, followUp, inOneHand);
  return demand;
}

/** What the ledger shows of a demand that has gone another way: host of the notice, no handling mode, no result of ours. */
function divert(work: Work, demand: Demand, followUp: LegalFollowUp, now: Date): void {
  const host = work.directory.department(followUp.confirmDepartment!);
  demand.path = pathOfRoute(followUp.route as LegalRoute);
  demand.legalRoute = followUp.route;
  demand.handlingMode = null;
  demand.hostDepartment = followUp.confirmDepartment ?? null;
  demand.hostOrgCode = host?.orgCode ?? demand.orgCode;
  demand.coDepartments = [];
  demand.handledBy = followUp.confirmedBy ?? null;
  demand.conclusion = followUp.route === 'NOT_OUR_DUTY' ? 'NOT_OUR_DUTY' : 'DIVERTED';
  demand.publicAnswer = followUp.noticeContent ?? null;
  demand.completedAt = now;
  moveStatus(demand, followUp.route === 'NOT_OUR_DUTY' ? 'NOT_OUR_DUTY' : 'DIVERTED');
}

async function startFollowUp(work: Work, demand: Demand, followUp: LegalFollowUp, acknowledged: boolean) {
  if (!acknowledged) await openFollowUpClock(work, demand, followUp, 'LEGAL_ACKNOWLEDGEMENT', 'legal.acknowledge.days');
  await enqueue(sqlOf(work.em), {
    commandId: `legal-route-handed-over:${followUp.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'legal-route-handed-over',
      correlationKey: followUp.id,
      ttlMs: 24 * 3600_000,
      messageId: followUp.id,
      variables: {
        demandId: demand.id,
        followUpId: followUp.id,
        legalRoute: followUp.route,
        acknowledged,
      },
    },
  });
}

export type FollowUpClock = 'LEGAL_ACKNOWLEDGEMENT' | 'LEGAL_EXAMINATION' | 'LEGAL_DECISION';

/** Starts a clock of the follow-up itself, counted where it lies. */
export async function openFollowUpClock(
  work: Work,
  demand: Demand,
  followUp: LegalFollowUp,
  kind: FollowUpClock,
  parameter: string,
  options: { startsAt?: Date; round?: number; unit?: 'WORKING' | 'CALENDAR' } = {},
): Promise<void> {
  const parameters = await work.parameters(parameterFacts(demand));
  const department = followUp.receivingDepartment ? work.directory.department(followUp.receivingDepartment) : undefined;
  await openDeadline(work, {
    subjectType: FOLLOW_UP,
    subjectId: followUp.id,
    kind,
    round: options.round ?? 1,
    orgCode: department?.orgCode ?? demand.orgCode,
    departmentCode: department?.code ?? null,
    startsAt: options.startsAt ?? work.clock.now(),
    days: parameters.number(parameter),
    unit: options.unit ?? 'WORKING',
    warnBefore: parameters.number('warn.before'),
    parameterVersion: parameters.version,
  });
}
