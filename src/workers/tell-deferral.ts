import { DemandEntity } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';
import { tellDepartment } from './tell-department.ts';

/** Job `tell-deferral`: 告知主办 that it goes on, with the old limit (没有挂账) or a new one (恢复办理). */
export const tellDeferralJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await work.em.findOneOrFail(DemandEntity, { id: demandIdOf(job) });
    const resumed = job.variables.deferralOutcome === 'RESUMED';
    await tellDepartment(work, demand, demand.hostDepartment, {
      cause: `deferral:${job.key}`,
      kind: 'DEFERRAL',
      title: resumed ? `${demand.number} 恢复办理` : `${demand.number} 没有挂账，继续办理`,
      body: resumed ? '条件已经成熟，办结期限自送达重新起算。' : '原办结期限继续有效，请在期限内办结。',
    });
    return {};
  });
