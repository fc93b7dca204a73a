import { openLegalRoute } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `open-legal-route`: 登记法定途径并起算移送时限. The variable `legalRouting` is what the rule set `legal-route` said. */
export const openLegalRouteJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const outcome = (job.variables.legalRouting ?? {}) as Record<string, unknown>;
    const followUp = await openLegalRoute(work, demandIdOf(job), outcome);
    return { legalRoute: followUp.route };
  });
