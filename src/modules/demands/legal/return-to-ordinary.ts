import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { stopDeadlinesOf } from '../../deadlines/index.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { moveStatus } from '../move-status.ts';
import { openClock, record, stopAllClocks } from '../trace.ts';
import { settleAsOrdinary } from './confirm-route.ts';
import type { LegalFollowUp } from './entities.ts';
import { FOLLOW_UP } from './hand-over.ts';

/**
 * No reconsideration, but a fair demand (退回普通流程): the demand goes back to the dispatch with the reason, and five working days run anew from the
 * day it is returned. Its process is told; one that had been written off begins a new one.
 */
export async function returnToOrdinary(
  work: Work,
  demand: Demand,
  followUp: LegalFollowUp,
  reason: string,
): Promise<void> {
  const now = work.clock.now();
  const writtenOff = demand.status === 'WRITTEN_OFF';
  followUp.status = 'RETURNED';
  followUp.returnedAt = now;
  followUp.returnReason = reason;
  followUp.closedAt = now;
  followUp.revision += 1;
  await stopDeadlinesOf(work, FOLLOW_UP, followUp.id, now);
  await stopAllClocks(work, demand, now, '退回普通流程');
  moveStatus(demand, 'AWAITING_DISPATCH');
  Object.assign(demand, {
    path: null,
    hostDepartment: null,
    hostOrgCode: demand.orgCode,
    handledBy: null,
    conclusion: null,
    publicAnswer: null,
    completedAt: null,
    feedbackAt: null,
    feedbackBy: null,
    feedbackMethod: null,
    feedbackContent: null,
    feedbackResult: null,
    pushedAt: null,
    writtenOffAt: null,
    writtenOffBy: null,
  });
  await settleAsOrdinary(work, demand);
  await record(work, demand, 'legal.returned', { followUpId: followUp.id, route: followUp.route, reason });
  await openClock(work, demand, 'HANDLING', {
    startsAt: now,
    parameter: 'handle.single.days',
    department: work.directory.taxServiceDepartment(demand.orgCode)?.code ?? null,
  });
  await tellProcess(work, demand, followUp, writtenOff);
}

async function tellProcess(work: Work, demand: Demand, followUp: LegalFollowUp, writtenOff: boolean): Promise<void> {
  // The process of a demand that was written off has ended: another one is started for the same demand.
  if (writtenOff) demand.processInstanceKey = null;
  await work.em.flush();
  await enqueue(sqlOf(work.em), {
    commandId: `legal-route-returned:${followUp.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: writtenOff ? 'demand-registered' : 'legal-route-returned',
      correlationKey: demand.id,
      ttlMs: 24 * 3600_000,
      messageId: `returned:${followUp.id}`,
      variables: writtenOff
        ? {
            demandId: demand.id,
            orgCode: demand.orgCode,
            registeringDepartment: demand.registeringDepartment,
            intakeChoice: 'OTHER_DEPARTMENT',
          }
        : {},
    },
  });
}
