import { renewDeferral } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `renew-deferral`: 另定复核日. */
export const renewDeferralJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await renewDeferral(work, demandIdOf(job));
    return {};
  });
