import { sqlOf } from '../db/orm.ts';
import { DemandEntity, EXTENSION_REASONS, ExtensionEntity } from '../modules/demands/index.ts';
import { tellTaxpayer } from '../modules/feedback/index.ts';
import { appendEvent } from '../modules/history/index.ts';
import { notify } from '../modules/notifications/index.ts';
import { tellingMoment, tellSuperior } from '../modules/supervision/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';

/** Job `notify-taxpayer`: header `notice` names what is to be told. The taxpayer gets a short message where that is possible; the host department is asked to tell, and the duty stands on the timeline. */
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
    const reason =
      EXTENSION_REASONS[extension?.reasonType as keyof typeof EXTENSION_REASONS] ?? EXTENSION_REASONS.OTHER;
    if (extension)
      await tellTaxpayer(work, demand, {
        cause: `extension:${extension.id}`,
        template: 'extension-granted',
        values: {
          newDueDate: dayInWords(extension.requestedDueDate),
          reason: reason === EXTENSION_REASONS.OTHER ? '办理需要更多时间' : reason,
        },
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

const dayInWords = (day: string): string => {
  const [year, month, date] = String(day).slice(0, 10).split('-').map(Number);
  return `${year}年${month}月${date}日`;
};
