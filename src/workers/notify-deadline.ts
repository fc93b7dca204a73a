import { sqlOf } from '../db/orm.ts';
import { shanghaiDate, shanghaiInstant } from '../kernel/clock.ts';
import { type Demand, DemandEntity, parameterFacts, type Work } from '../modules/demands/index.ts';
import { appendEvent } from '../modules/history/index.ts';
import { notify } from '../modules/notifications/index.ts';
import { tellingMoment } from '../modules/supervision/index.ts';
import { demandIdOf, once, type RunWork } from './once.ts';
import { whoMayKnow } from './who-may-know.ts';

const CLOCKS: Record<string, string> = {
  TRANSFER: '转交',
  HANDLING: '办结',
  FEEDBACK: '反馈',
  RETURN_VISIT: '回访',
  CO_HANDLING: '协办',
  PROGRESS_NOTICE: '进展告知',
  EXTERNAL_STEP: '外单位跟办',
  COMPLAINT_ACCEPTANCE: '投诉受理',
};

/** Job `notify-deadline`: header `kind` is `warning` (临期提醒) or `overdue` (逾期); goes to the host department and tax service. */
export const notifyDeadlineJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await work.em.findOneOrFail(DemandEntity, { id: demandIdOf(job) });
    const overdue = job.customHeaders.kind === 'overdue';
    const kind = typeof job.variables.deadlineKind === 'string' ? job.variables.deadlineKind : 'HANDLING';
    const clock = CLOCKS[kind] ?? '办理';
    const people = [
      ...work.directory.usersWithRole(demand.hostOrgCode, 'DEMAND_DESK'),
      ...(demand.hostDepartment ? work.directory.usersInDepartment(demand.hostDepartment) : []),
    ];
    const moment = await tellingMoment(work, demand.hostOrgCode);
    await notify(
      sqlOf(work.em),
      await whoMayKnow(
        work,
        demand,
        people.map((user) => user.login),
      ),
      {
        cause: `${job.customHeaders.kind}:${job.key}`,
        kind: overdue ? 'OVERDUE' : 'WARNING',
        title: overdue ? `${demand.number} ${clock}已逾期` : `${demand.number} ${clock}临近到期`,
        body: overdue
          ? '现在办理仍记为逾期；请先联系诉求人说明，尽快办理。'
          : '请在期限内办理；确有困难的，到期前申请延期。',
        link: `/demands/${demand.number}`,
        demandId: demand.id,
        at: work.clock.now(),
        visibleAt: overdue ? moment : await notBefore(work, demand, moment),
      },
    );
    await appendEvent(sqlOf(work.em), {
      subjectType: 'demand',
      subjectId: demand.id,
      type: overdue ? 'deadline.overdue' : 'deadline.warned',
      occurredAt: work.clock.now(),
      actor: work.actor,
      payload: { kind, notified: people.length },
    });
    return {};
  });

/** Reminders come at the hour of the parameter `warn.at`, not with the opening of the window (督办等级“提醒”). */
async function notBefore(work: Work, demand: Demand, moment: Date): Promise<Date> {
  const at = (await work.parameters(parameterFacts(demand))).text('warn.at');
  const hour = shanghaiInstant(shanghaiDate(moment), at);
  return moment < hour ? hour : moment;
}
