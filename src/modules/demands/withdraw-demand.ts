import { sqlOf } from '../../db/orm.ts';
import { enqueue } from '../../engine/outbox/index.ts';
import { conflict, illegalTransition, invalid } from '../../kernel/errors.ts';
import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { lockDemand } from './load-demand.ts';
import { moveStatus } from './move-status.ts';
import { closeApplications } from './returns/close-applications.ts';
import { endSupervisionOf } from './start-supervision.ts';
import { record, stopAllClocks } from './trace.ts';
import { isClosed, statusTitle } from './vocabulary.ts';

/** The taxpayer takes the demand back (撤回): the process is told, which withdraws every open task. */
export async function withdrawDemand(
  work: Work,
  demandId: string,
  input: { withdrawalReason: string; withdrawalMethod: string },
): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  if (demand.status === 'WITHDRAWN' || isClosed(demand)) {
    throw illegalTransition(`诉求 ${demand.number} ${statusTitle(demand.status)}，不用再撤回。`);
  }
  demand.withdrawalReason = input.withdrawalReason;
  demand.revision += 1;
  await record(work, demand, 'demand.withdrawal-requested', {
    reason: input.withdrawalReason,
    method: input.withdrawalMethod,
  });
  await enqueue(sqlOf(work.em), {
    commandId: `demand-withdrawn:${demand.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'demand-withdrawn',
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: `withdraw:${demand.id}`,
      variables: {},
    },
  });
  return demand;
}

/** The process has taken note of the withdrawal. */
export async function recordWithdrawal(work: Work, demandId: string): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  if (demand.withdrawnAt) return demand;
  demand.withdrawnAt = work.clock.now();
  demand.conclusion = 'WITHDRAWN';
  moveStatus(demand, 'WITHDRAWN');
  await stopAllClocks(work, demand, demand.withdrawnAt, '撤回');
  await closeApplications(work, demand, '诉求人撤回');
  await endSupervisionOf(work, demand.id, '撤回');
  await record(work, demand, 'demand.withdrawn', { reason: demand.withdrawalReason });
  return demand;
}

/** A registration made in error is voided, never deleted; number and page stay (R8). */
export async function voidDemand(work: Work, demandId: string, reason: string): Promise<Demand> {
  if ([...reason.trim()].length < 4)
    throw invalid('请写明作废理由', [{ pointer: '/reason', message: '作废理由至少 4 个字，写明为什么作废。' }]);
  const demand = await lockDemand(work, demandId);
  if (demand.status === 'VOIDED')
    throw conflict(`诉求 ${demand.number} 已经作废，不用再作废。`, { reason: 'voided-already' });
  const now = work.clock.now();
  moveStatus(demand, 'VOIDED');
  demand.voidedAt = now;
  demand.voidReason = reason.trim();
  await stopAllClocks(work, demand, now, '作废');
  await closeApplications(work, demand, '作废');
  await endSupervisionOf(work, demand.id, '作废');
  await record(work, demand, 'demand.voided', { reason: demand.voidReason });
  if (demand.processInstanceKey) {
    await enqueue(sqlOf(work.em), {
      commandId: `void:${demand.id}`,
      orderingKey: demand.id,
      command: { type: 'cancelInstance', processInstanceKey: demand.processInstanceKey },
    });
  }
  return demand;
}
