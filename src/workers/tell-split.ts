import { DemandEntity } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';
import { tellDepartment } from './tell-department.ts';

/** Job `tell-split`: whoever hosted the parent learns that it goes on in its parts. */
export const tellSplitJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await work.em.findOneOrFail(DemandEntity, { id: demandIdOf(job) });
    const parts = await work.em.find(DemandEntity, { parentId: demand.id }, { orderBy: { number: 'asc' } });
    await tellDepartment(work, demand, demand.hostDepartment ?? demand.registeringDepartment, {
      cause: `split:${job.key}`,
      kind: 'SPLIT',
      title: `${demand.number} 已拆单`,
      body: `拆成 ${parts.map((part) => part.number).join('、')}，各自办理；此件的任务已收回。`,
    });
    return {};
  });
