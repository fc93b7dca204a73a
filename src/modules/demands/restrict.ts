import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { endSupervisionOf } from './start-supervision.ts';
import { record } from './trace.ts';

/**
 * From now on only named posts see it (限定可见, R31). A card of supervision on it is over: whoever was supervised may not know of it any more. What people
 * were told before is hidden where it is read (`inboxOf`).
 */
export async function restrict(work: Work, demand: Demand): Promise<void> {
  if (demand.restricted) return;
  demand.restricted = true;
  await record(work, demand, 'demand.restricted', {});
  // Before there is a host there is no card.
  if (demand.hostDepartment) await endSupervisionOf(work, demand.id, '转为限定可见');
}
