import { sqlOf } from '../../db/orm.ts';
import { enqueue } from '../../engine/outbox/index.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { conflict, forbidden, illegalTransition, invalid } from '../../kernel/errors.ts';
import type { Work } from './context.ts';
import { type Demand, type Extension, ExtensionEntity } from './entities.ts';
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
 * `extension-approval` in the process; here stands only what no rule could allow.
 */
export async function requestExtension(work: Work, demandId: string, input: ExtensionInput): Promise<Extension> {
  const demand = await lockDemand(work, demandId);
  const clock = await checkMayAsk(work, demand);
  const day = work.calendar.isWorkday(input.requestedDueDate, demand.hostOrgCode);
  if (!day) {
    throw invalid('请重新选择新期限', [
      { pointer: '/requestedDueDate', message: `${input.requestedDueDate} 不上班。期限请选工作日。` },
    ]);
  }
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
    requestedTotalWorkingDays: workingDaysBetween(
      work,
      shanghaiDate(clock.startsAt),
      input.requestedDueDate,
      demand.hostOrgCode,
    ),
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
