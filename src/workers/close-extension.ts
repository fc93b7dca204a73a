import { sqlOf } from '../db/orm.ts';
import { closeExtension, DemandEntity } from '../modules/demands/index.ts';
import { notify } from '../modules/notifications/index.ts';
import { tellingMoment } from '../modules/supervision/index.ts';
import { once, type RunWork } from './once.ts';

const OUTCOMES: Record<string, string> = {
  REJECTED: '延期没有批准，原期限不变',
  RETURNED: '延期申请退回补充，原期限不变',
  REFUSED: '按规则不予延期，原期限不变',
};

/** Job `close-extension`: 记录不同意、退回或按规则不予延期, and tells the applicant. */
export const closeExtensionJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const extension = await closeExtension(work, String(job.variables.extensionId));
    const demand = await work.em.findOneOrFail(DemandEntity, { id: extension.demandId });
    await notify(sqlOf(work.em), [extension.requestedBy], {
      cause: `extension:${extension.id}`,
      kind: 'EXTENSION',
      title: `${demand.number} ${OUTCOMES[extension.status] ?? '延期申请已结束'}`,
      body: extension.opinion
        ? `${extension.decidedByName ?? '审批人'}的意见：${extension.opinion}`
        : '原因见诉求页“决定”一栏。',
      link: `/demands/${demand.number}`,
      demandId: demand.id,
      at: work.clock.now(),
      visibleAt: await tellingMoment(work, demand.hostOrgCode),
    });
    return {};
  });
