import { assignSelf, assignSplit } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `assign-host`: the registering department becomes host (本部门直接办理); header `mode=split`: the one named when a demand was split. */
export const assignHostJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await (job.customHeaders.mode === 'split' ? assignSplit : assignSelf)(work, demandIdOf(job));
    return { hostDepartment: demand.hostDepartment ?? null, handlingMode: demand.handlingMode ?? 'SINGLE' };
  });
