import { revokeDeferral } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `revoke-deferral`: 要求恢复办理. */
export const revokeDeferralJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await revokeDeferral(work, demandIdOf(job));
    return {};
  });
