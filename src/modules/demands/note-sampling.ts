import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { lockDemand } from './load-demand.ts';
import { moveStatus } from './move-status.ts';
import { record } from './trace.ts';

/** What `return-visit-sampling` says: a demand that is not drawn waits for its write-off at once. */
export async function noteSampling(work: Work, demandId: string, outcome: { visit?: unknown }): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  if (outcome.visit !== true) {
    demand.visitRequired = false;
    moveStatus(demand, 'AWAITING_WRITE_OFF');
    await record(work, demand, 'demand.visit-spared', {});
  }
  return demand;
}
