import { sqlOf } from '../db/orm.ts';
import { DemandEntity, ExtensionEntity } from '../modules/demands/index.ts';
import { appendEvent } from '../modules/history/index.ts';
import { notify } from '../modules/notifications/index.ts';
import { tellingMoment, tellSuperior } from '../modules/supervision/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `notify-taxpayer`: header `notice` names what is to be told. The host department is asked to tell; the duty stands on the timeline. */
export const notifyTaxpayerJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await work.em.findOneOrFail(DemandEntity, { id: demandIdOf(job) });
    const extension = await work.em.findOne(ExtensionEntity, { id: String(job.variables.extensionId ?? '') });
    const told = Boolean(extension?.explainedContent);
    const people = demand.hostDepartment ? work.directory.usersInDepartment(demand.hostDepartment) : [];
    await notify(sqlOf(work.em), [...people.map((user) => user.login), ...(extension ? [extension.requestedBy] : [])], {
      cause: `notice:${job.key}`,
      kind: 'EXTENSION',
      title: `${demand.number} 延期已批准`,
      body: `新期限 ${extension?.requestedDueDate ?? ''}。${told ? '已登记告知诉求人。' : '请把原因和新期限告知诉求人并登记。'}`,
      link: `/demands/${demand.number}`,
      demandId: demand.id,
      at: work.clock.now(),
      visibleAt: await tellingMoment(work, demand.hostOrgCode),
    });
    if (extension?.copySuperior && (await tellSuperior(work, demand, job.key, extension.requestedDueDate)))
      await appendEvent(sqlOf(work.em), {
        subjectType: 'demand',
        subjectId: demand.id,
        type: 'extension.copied',
        occurredAt: work.clock.now(),
        actor: work.actor,
        payload: { toOrg: work.directory.superiorBureau(demand.hostOrgCode)?.code ?? null },
      });
    await appendEvent(sqlOf(work.em), {
      subjectType: 'demand',
      subjectId: demand.id,
      type: 'notice.sent',
      occurredAt: work.clock.now(),
      actor: work.actor,
      payload: {
        notice: job.customHeaders.notice ?? 'notice',
        recorded: told,
        newDueDate: extension?.requestedDueDate ?? null,
      },
    });
    return {};
  });
