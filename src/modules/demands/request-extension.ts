import { sqlOf } from '../../db/orm.ts';
import { enqueue } from '../../engine/outbox/index.ts';
import { type LocalDate, shanghaiDate } from '../../kernel/clock.ts';
import { conflict, forbidden, illegalTransition, invalid } from '../../kernel/errors.ts';
import type { Deadline } from '../deadlines/index.ts';
import type { Work } from './context.ts';
import { type Demand, type Extension, ExtensionEntity } from './entities.ts';
import { judge, REFUSED_FIELD, refusalOf } from './extension-outlook.ts';
import { lockDemand } from './load-demand.ts';
import { currentClock, record, workingDaysBetween } from './trace.ts';
import { statusTitle } from './vocabulary.ts';

export interface ExtensionInput {
  /** Last day asked for, `YYYY-MM-DD`; a working day. */
  requestedDueDate: string;
  reasonType?: string;
  reason: string;
  noticeMethod?: string;
  noticeAt?: string;
  noticeContent?: string;
}

/**
 * The host department asks for more time (申请延期, R18 P4.2.1). Whether and by whom it may be granted is decided by the rule set
 * `extension-approval` in the process; here stands only what no rule could allow. A page asks `assessExtension` first.
 */
export async function requestExtension(work: Work, demandId: string, input: ExtensionInput): Promise<Extension> {
  const demand = await lockDemand(work, demandId);
  const clock = await checkMayAsk(work, demand);
  const totalDays = totalDaysOf(work, demand, clock, input.requestedDueDate);
  const now = work.clock.now();
  const extension = work.em.create(ExtensionEntity, {
    id: work.ids.uuid(),
    demandId: demand.id,
    status: 'PENDING',
    requestedBy: work.actor.login,
    requestedByName: work.actor.name,
    requestedAt: now,
    submittedBeforeDue: now <= clock.dueAt,
    currentTotalWorkingDays: clock.totalDays,
    requestedTotalWorkingDays: totalDays,
    currentDueAt: clock.dueAt,
    requestedDueDate: input.requestedDueDate,
    reasonType: input.reasonType ?? null,
    reason: input.reason,
    explainedMethod: input.noticeMethod ?? null,
    explainedAt: input.noticeAt ? new Date(input.noticeAt) : null,
    explainedContent: input.noticeContent ?? null,
    approverRole: null,
    approverLogin: null,
    via: null,
    reasonCode: null,
    cap: null,
    copySuperior: false,
    decidedBy: null,
    decidedByName: null,
    decidedAt: null,
    decision: null,
    opinion: null,
  });
  await work.em.flush();
  await record(work, demand, 'extension.requested', {
    extensionId: extension.id,
    requestedDueDate: extension.requestedDueDate,
    requestedTotalWorkingDays: extension.requestedTotalWorkingDays,
    reasonType: extension.reasonType,
  });
  await enqueue(sqlOf(work.em), {
    commandId: `extension-requested:${extension.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'extension-requested',
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: extension.id,
      variables: { extensionId: extension.id },
    },
  });
  return extension;
}

async function checkMayAsk(work: Work, demand: Demand) {
  if (demand.status !== 'HANDLING') {
    throw illegalTransition(
      `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有办理中的诉求可以申请延期。`,
    );
  }
  if (!demand.hostDepartment || !work.actor.departments.includes(demand.hostDepartment)) {
    throw forbidden('延期由主办部门申请。这件诉求的主办不是你所在的部门。', { reason: 'not-host' });
  }
  if (await work.em.findOne(ExtensionEntity, { demandId: demand.id, status: 'PENDING' })) {
    throw conflict('这件诉求已有一份延期申请正在审批，请等审批结果。', { reason: 'extension-pending' });
  }
  const clock = await currentClock(work, demand, 'HANDLING');
  if (!clock) throw illegalTransition('这件诉求的办结钟没有在走，不能申请延期。');
  return clock;
}

const wrong = (message: string, pointer = '/requestedDueDate', reason?: string) =>
  invalid('申请有误，没有提交', [{ pointer, message }], reason ? { reason } : {});

/** The working days asked for in total; a day on which nobody works is refused with the nearest that may be chosen. */
function totalDaysOf(work: Work, demand: Demand, clock: Deadline, date: LocalDate): number {
  if (!work.calendar.isWorkday(date, demand.hostOrgCode)) throw wrong(dayOff(work, demand, date));
  return Math.max(
    0,
    workingDaysBetween(work, shanghaiDate(clock.startsAt), date, demand.hostOrgCode) - clock.pausedDays,
  );
}

/**
 * Asks the rules of the approval beforehand: what they would refuse in the process is answered at the field of the form, in time to be put
 * right, and nothing is written. Throws `Invalid`; changes nothing.
 */
export async function assessExtension(work: Work, demandId: string, input: ExtensionInput): Promise<void> {
  const demand = await lockDemand(work, demandId);
  const clock = await checkMayAsk(work, demand);
  const { requestedDueDate: date } = input;
  const totalDays = totalDaysOf(work, demand, clock, date);
  const { outcome } = await judge(work, demand, clock, {
    totalDays,
    explained: Boolean(input.noticeContent),
    reasonType: input.reasonType ?? null,
  });
  if (outcome.allowed === true) return;
  const code = String(outcome.reasonCode);
  const cap = typeof outcome.cap === 'number' ? outcome.cap : null;
  throw wrong(refusalOf(code, { work, clock, cap, totalDays, date }), REFUSED_FIELD[code], code);
}

/** “11月28日是星期六，不上班。期限请选工作日，最近的是 11月30日（周一）。” */
function dayOff(work: Work, demand: Demand, date: LocalDate): string {
  const next = work.calendar.addWorkingDays(date, 1, demand.hostOrgCode);
  const line = next.days[next.days.length - 1]!;
  const holiday = work.calendar.exception(date, demand.hostOrgCode)?.name;
  const weekday = '日一二三四五六'[new Date(`${date}T00:00:00Z`).getUTCDay()];
  const day = (text: LocalDate) => `${Number(text.slice(5, 7))}月${Number(text.slice(8))}日`;
  return `${Number(date.slice(0, 4))}年${day(date)}是${holiday ?? `星期${weekday}`}，不上班。期限请选工作日，最近的是 ${day(next.dueDate)}（${line.weekday}）。`;
}
