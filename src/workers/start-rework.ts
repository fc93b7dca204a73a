import { startRework } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `start-rework`: 转重办. */
export const startReworkJob = (run: RunWork) =>
  once(run, async (work, job) => {
    await startRework(
      work,
      demandIdOf(job),
      typeof job.variables.reworkReason === 'string' ? job.variables.reworkReason : null,
    );
    return {};
  });
