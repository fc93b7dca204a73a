import { refuseDeferral } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `refuse-deferral`: 记录不予挂账. */
export const refuseDeferralJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await refuseDeferral(work, demandIdOf(job));
    return { deferralOutcome: 'REFUSED' };
  });
