import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { restrict } from '../restrict.ts';
import { adviceFrom, judgeRoute, type RouteAdvice } from './judge-route.ts';

/**
 * What `legal-route` says about who may see a demand is kept at once: clues, reports, complaints about persons and reconsiderations are open to
 * named posts only (R20, R31), from the very transaction that registers them.
 */
async function keep(work: Work, demand: Demand, advice: RouteAdvice): Promise<void> {
  if (!advice.needed) return;
  demand.legalRoute = advice.route;
  if (advice.restricted) await restrict(work, demand);
}

/** The rules have been asked by the process. */
export const noteLegalRouting = async (work: Work, demandId: string, outcome: Record<string, unknown>): Promise<void> =>
  keep(work, await lockDemand(work, demandId), adviceFrom(outcome));

/** The same at the moment of registration, so that nobody sees what is not for them while the process begins. */
export const foreseeRoute = async (work: Work, demand: Demand): Promise<void> =>
  keep(work, demand, await judgeRoute(work, demand));
