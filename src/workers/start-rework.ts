import { startRework } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `start-rework`: 转重办. */
export const startReworkJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await startRework(
      work,
      demandIdOf(job),
      typeof job.variables.reworkReason === 'string' ? job.variables.reworkReason : null,
    );
    // A department may have been added or released on the way: the ledger knows how it is handled now.
    return { handlingMode: demand.handlingMode ?? 'SINGLE' };
  });
