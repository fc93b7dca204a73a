import { recordWithdrawal } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `record-withdrawal`: 登记撤回. */
export const recordWithdrawalJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await recordWithdrawal(work, demandIdOf(job));
    return {};
  });
