import { assignSelf } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `assign-host`: the registering department becomes host (本部门直接办理). */
export const assignHostJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await assignSelf(work, demandIdOf(job));
    return { hostDepartment: demand.hostDepartment ?? null, handlingMode: demand.handlingMode ?? 'SINGLE' };
  });
