import { openReturnVisit } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `open-return-visit`: 回访钟起算. */
export const openReturnVisitJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await openReturnVisit(work, demandIdOf(job));
    return {};
  });
