import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { followUpsOf } from './follow-ups.ts';

/** What nobody in the house follows up beyond the demand itself is settled with it: bodies outside were told, a complaint was handled. */
export async function closeAtWriteOff(work: Work, demand: Demand): Promise<void> {
  for (const item of await followUpsOf(work, demand.id)) {
    const outside = item.status === 'HANDED_OVER' && !item.receivingDepartment;
    const complaint = item.status === 'ACKNOWLEDGED' && item.route === 'SERVICE_COMPLAINT';
    if (!outside && !complaint) continue;
    item.status = 'CLOSED';
    item.closedAt = work.clock.now();
    item.resultKind ??= outside ? 'TOLD' : 'HANDLED';
    item.revision += 1;
  }
}
