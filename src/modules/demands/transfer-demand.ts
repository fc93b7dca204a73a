import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { lockDemand } from './load-demand.ts';
import { moveStatus } from './move-status.ts';
import { record, stopClock } from './trace.ts';

/**
 * Passes the registered content on to the bureau's tax service (转交汇总, R11, P4.1.2) and stops the transfer clock.
 * When the registering department handles it itself the status stays with the handling.
 */
export async function transferDemand(work: Work, demandId: string, options: { forDispatch: boolean }): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  const now = work.clock.now();
  if (options.forDispatch && demand.status === 'REGISTERED') moveStatus(demand, 'AWAITING_DISPATCH');
  if (!demand.transferredAt) {
    demand.transferredAt = now;
    await stopClock(work, demand, 'TRANSFER', now);
    await record(work, demand, 'demand.transferred', { from: demand.registeringDepartment, toOrg: demand.orgCode });
  }
  return demand;
}
