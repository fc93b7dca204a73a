import { startDeferral } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `start-deferral`: 记入挂账台账; gives the person responsible to the reviews. */
export const startDeferralJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const deferral = await startDeferral(work, demandIdOf(job));
    return { responsibleLogin: deferral?.responsible ?? null };
  });
