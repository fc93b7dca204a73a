import { DemandEntity, SupplementEntity } from '../modules/demands/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';
import { tellDepartment } from './tell-department.ts';

/** Job `tell-supplement`: header `kind` asked (请求补充, to the receiving department) or given (收到补充, to the host). */
export const tellSupplementJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await work.em.findOneOrFail(DemandEntity, { id: demandIdOf(job) });
    const supplement = await work.em.findOne(SupplementEntity, { id: String(job.variables.supplementId ?? '') });
    const asked = job.customHeaders.kind === 'asked';
    await tellDepartment(work, demand, asked ? demand.registeringDepartment : demand.hostDepartment, {
      cause: `supplement:${job.key}`,
      kind: 'SUPPLEMENT',
      title: asked ? `${demand.number} 请诉求人补充材料` : `${demand.number} 诉求人补充了材料`,
      body: asked
        ? `请联系诉求人补充：${supplement?.what ?? ''}。收到后在诉求件页登记。`
        : '补充的内容在诉求件页，期限照常计算。',
    });
    return {};
  });
