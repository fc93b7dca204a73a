import { deliverCoHandling } from '../modules/demands/index.ts';
import { once, type RunWork } from './once.ts';

/** Job `open-co-handling`: 送达协办部门，协办钟起算. */
export const openCoHandlingJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await deliverCoHandling(work, String(job.variables.coHandlingId), job.processInstanceKey);
    return {};
  });
