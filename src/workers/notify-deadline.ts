import { sqlOf } from '../db/orm.ts';
import type { ActivatedJob } from '../engine/port.ts';
import { shanghaiDate, shanghaiInstant } from '../kernel/clock.ts';
import { DeadlineEntity } from '../modules/deadlines/index.ts';
import { type Demand, DemandEntity, parameterFacts, type Work } from '../modules/demands/index.ts';
import { appendEvent } from '../modules/history/index.ts';
import { notify } from '../modules/notifications/index.ts';
import { peopleOf, type Ruling, supervisionFacts, tellingMoment } from '../modules/supervision/index.ts';
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

/** What is said to whom. */
interface Told {
  people: readonly string[];
  title: string;
  body: string;
  /** The rule that reminds, where the rule set `supervision` does. */
  rule?: string;
}

/** Job `notify-deadline`: header `kind` is `warning` (临期提醒) or `overdue` (逾期). */
export const notifyDeadlineJob = (run: RunWork) =>
  once(run, async (work, job) => {
    const demand = await work.em.findOneOrFail(DemandEntity, { id: demandIdOf(job) });
    const overdue = job.customHeaders.kind === 'overdue';
    const kind = typeof job.variables.deadlineKind === 'string' ? job.variables.deadlineKind : 'HANDLING';
    const told = await (overdue ? overdueOf : reminderOf)(work, demand, kind, deadlineIdOf(job));
    const people = await whoMayKnow(work, demand, told.people);
    const moment = await tellingMoment(work, demand.hostOrgCode);
    await notify(sqlOf(work.em), people, {
      cause: `${job.customHeaders.kind}:${job.key}`,
      kind: overdue ? 'OVERDUE' : 'WARNING',
      title: told.title,
      body: told.body,
      link: `/demands/${demand.number}`,
      demandId: demand.id,
      at: work.clock.now(),
      visibleAt: overdue ? moment : await notBefore(work, demand, moment),
    });
    await appendEvent(sqlOf(work.em), {
      subjectType: 'demand',
      subjectId: demand.id,
      type: overdue ? 'deadline.overdue' : 'deadline.warned',
      occurredAt: work.clock.now(),
      actor: work.actor,
      payload: { kind, notified: people.length, ...(told.rule ? { rule: told.rule } : {}) },
    });
    return {};
  });

const deadlineIdOf = (job: ActivatedJob): string | undefined =>
  typeof job.variables.deadlineId === 'string' ? job.variables.deadlineId : undefined;

type ToldOf = (work: Work, demand: Demand, kind: string, deadlineId: string | undefined) => Promise<Told>;

const overdueOf: ToldOf = async (work, demand, kind, deadlineId) => ({
  people: [...hostAndDesk(work, demand), ...(await coDepartmentOf(work, kind, deadlineId))],
  title: `${demand.number} ${CLOCKS[kind] ?? '办理'}已逾期`,
  body: '现在办理仍记为逾期；请先联系诉求人说明，尽快办理。',
});

/**
 * A clock that is supervised is reminded of as the rule set `supervision` says: whether, whom, and what is asked (R30 “提醒”). Others remind
 * whoever has the work; the opinion of a co-department is asked of that department itself.
 */
const reminderOf: ToldOf = async (work, demand, kind, deadlineId) => {
  const title = `${demand.number} ${CLOCKS[kind] ?? '办理'}临近到期`;
  const parameters = await work.parameters(parameterFacts(demand));
  const supervised = parameters.text('supervision.clocks').split(',');
  if (!supervised.some((clock) => clock.trim() === kind))
    return kind === 'CO_HANDLING'
      ? { people: await coDepartmentOf(work, kind, deadlineId), title, body: '请在期限内向主办部门提交协办意见。' }
      : { people: hostAndDesk(work, demand), title, body: '请在期限内办理；确有困难的，到期前申请延期。' };
  const facts = await supervisionFacts(work, demand, deadlineId);
  const advice = await work.advise('supervision', facts, shanghaiDate(demand.registeredAt));
  const ruling = advice.outcome as unknown as Ruling;
  // Found on the last day only (a clock moved late, a program that stood still): the host learns of it, and is urged at the hour of the rules.
  if (ruling.level !== 'REMINDER')
    return {
      people: facts.dueToday ? peopleOf(work, demand, 'HOST,DEPARTMENT_HEAD') : [],
      title,
      body: '今天到期，请办结。',
    };
  return {
    people: peopleOf(work, demand, `${ruling.recipients},${ruling.copies}`),
    title,
    body: `请${ruling.requirement}。`,
    rule: advice.reason,
  };
};

/** The people of the department whose opinion the clock counts. */
async function coDepartmentOf(work: Work, kind: string, deadlineId: string | undefined): Promise<string[]> {
  const clock = kind === 'CO_HANDLING' && deadlineId ? await work.em.findOne(DeadlineEntity, { id: deadlineId }) : null;
  return clock?.departmentCode ? work.directory.usersInDepartment(clock.departmentCode).map((user) => user.login) : [];
}

const hostAndDesk = (work: Work, demand: Demand): string[] =>
  [
    ...work.directory.usersWithRole(demand.hostOrgCode, 'DEMAND_DESK'),
    ...(demand.hostDepartment ? work.directory.usersInDepartment(demand.hostDepartment) : []),
  ].map((user) => user.login);

/** Reminders come at the hour of the parameter `warn.at`, not with the opening of the window (督办等级“提醒”). */
async function notBefore(work: Work, demand: Demand, moment: Date): Promise<Date> {
  const at = (await work.parameters(parameterFacts(demand))).text('warn.at');
  const hour = shanghaiInstant(shanghaiDate(moment), at);
  return moment < hour ? hour : moment;
}
