import { redoDemand } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';
import { tellDepartment } from './tell-department.ts';

/** Job `redo-demand`: 申诉推翻, 重新办理. */
export const redoDemandJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await redoDemand(work, demandIdOf(job), String(job.variables.reviewId ?? ''));
    if (!demand) return {};
    const said = {
      cause: `redone:${job.key}`,
      kind: 'HANDLING',
      title: `${demand.number} 申诉推翻认定，重新办理`,
      body: '不合理诉求的认定已经推翻。由原主办部门重新办理，办结期限自收到起另计。',
    };
    for (const department of [demand.hostDepartment, work.directory.taxServiceDepartment(demand.hostOrgCode)?.code])
      await tellDepartment(work, demand, department, said);
    return {};
  });
