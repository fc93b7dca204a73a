import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { closeApplications } from '../returns/close-applications.ts';
import { record, stopAllClocks } from '../trace.ts';
import { backToHandling, startAgain } from './reopen-demand.ts';

/** Where a demand stands whose completion can be taken back. */
const COMPLETED = [
  'AWAITING_REVIEW',
  'AWAITING_FEEDBACK',
  'FED_BACK',
  'AWAITING_VISIT',
  'AWAITING_WRITE_OFF',
  'WRITTEN_OFF',
];

/**
 * The chief has overturned the finding (申诉推翻, R17): what was completed as unreasonable is handled anew by the same department, with a limit of
 * its own from the delivery, and counts as no reopening. What is still in hand goes on; it can no longer be completed as unreasonable.
 * Answers the demand where it begins anew.
 */
export async function redoDemand(work: Work, demandId: string, reviewId: string): Promise<Demand | null> {
  const demand = await lockDemand(work, demandId);
  if (demand.conclusion !== 'UNREASONABLE' || !demand.completedAt || !COMPLETED.includes(demand.status)) return null;
  const now = work.clock.now();
  const running = demand.status === 'WRITTEN_OFF' ? null : demand.processInstanceKey;
  await stopAllClocks(work, demand, now, '申诉推翻');
  await closeApplications(work, demand, '申诉推翻');
  demand.conclusion = null;
  backToHandling(work, demand);
  await record(work, demand, 'demand.redone', { hostDepartment: demand.hostDepartment, reviewId });
  // The old process first: it would wait for a feedback to an answer that no longer stands.
  if (running)
    await enqueue(sqlOf(work.em), {
      commandId: `redo:${reviewId}`,
      orderingKey: demand.id,
      command: { type: 'cancelInstance', processInstanceKey: running },
    });
  await startAgain(work, demand, 'demand-reopened', `${demand.id}:appeal:${reviewId}`);
  return demand;
}
