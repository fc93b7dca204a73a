import { applyLevelShift } from '../modules/demands/index.ts';
import { tellLevelShift } from '../modules/supervision/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `apply-level-shift`: 移交上级或下级, and tells the tax services of both levels. */
export const applyLevelShiftJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const { demand, shift } = await applyLevelShift(work, demandIdOf(job));
    await tellLevelShift(work, demand, shift, job.key);
    return { hostDepartment: demand.hostDepartment ?? null, handlingMode: demand.handlingMode ?? 'SINGLE' };
  });
