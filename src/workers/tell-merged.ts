import { DemandEntity, followMerged } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';
import { tellDepartment } from './tell-department.ts';

/** Job `tell-merged`: the host of the main demand learns that the same person has asked again; one answer is given to both. */
export const tellMergedJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await work.em.findOneOrFail(DemandEntity, { id: demandIdOf(job) });
    const main = await followMerged(work, demand);
    await tellDepartment(work, main, main.hostDepartment, {
      cause: `merged:${job.key}`,
      kind: 'MERGED',
      title: `${main.number} 的诉求人再次来件`,
      body: `${demand.number} 已并入此件。期限不变，答复时把两次来件一并答全。`,
    });
    return {};
  });
