import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { lockDemand } from './load-demand.ts';
import { restrict } from './restrict.ts';

/** What `category-routing` says about who may see a demand is kept at once: a clue or a complaint about a person is open to named posts only (R31). */
export async function noteRouting(work: Work, demandId: string, outcome: Record<string, unknown>): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  demand.routing = outcome;
  if (outcome.restricted === true) await restrict(work, demand);
  return demand;
}
