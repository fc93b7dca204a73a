import { openHandling } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `open-handling`: 送达承办部门，办结钟起算. */
export const openHandlingJob = (run: RunWork) =>
  once(run, async (work, job) => ({ reviewRequired: (await openHandling(work, demandIdOf(job))).reviewRequired }));
