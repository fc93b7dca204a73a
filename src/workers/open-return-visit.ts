import { openReturnVisit } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `open-return-visit`: 回访钟起算; answers how often the taxpayer is to be tried. */
export const openReturnVisitJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await openReturnVisit(work, demandIdOf(job));
    const parameters = await work.parameters({ orgCode: demand.hostOrgCode });
    return { attemptsAllowed: parameters.number('visit.max_attempts') };
  });
