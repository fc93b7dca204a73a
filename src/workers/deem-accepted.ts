import { deemAccepted } from '../modules/demands/index.ts';
import { once, type RunWork } from './once.ts';

/** Job `deem-accepted`: 逾期未作不予受理决定，视为受理. */
export const deemAcceptedJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await deemAccepted(work, String(job.variables.followUpId));
    return {};
  });
