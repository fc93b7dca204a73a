import { closeCoHandlings, lockDemand } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `close-joint-handling`: 收回未了协办. */
export const closeJointHandlingJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await closeCoHandlings(work, await lockDemand(work, demandIdOf(job)), '主办已转出');
    return {};
  });
