import { recordOnTheSpot } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `record-on-the-spot`: 当场办结, with feedback and transfer in one. */
export const recordOnTheSpotJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await recordOnTheSpot(work, demandIdOf(job));
    return { hostDepartment: demand.hostDepartment ?? null };
  });
