import { FOR_UPDATE } from '../../db/orm.ts';
import { conflict, forbidden, invalid, notFound } from '../../kernel/errors.ts';
import type { Work } from './context.ts';
import { type Extension, ExtensionEntity } from './entities.ts';
import { oweProgressNotice } from './joint/progress-notices.ts';
import { isTold, NOT_TOLD } from './joint/require-told.ts';
import { lockDemand } from './load-demand.ts';
import { extendClock, record } from './trace.ts';

/** The application for change, its demand locked before it: whoever completes or passes on the demand meanwhile comes first or waits. */
async function lockExtension(work: Work, id: string): Promise<Extension> {
  const seen = await work.em.findOne(ExtensionEntity, { id });
  if (seen) await lockDemand(work, seen.demandId);
  const extension = seen && (await work.em.findOne(ExtensionEntity, { id }, FOR_UPDATE));
  if (!extension) throw notFound('没有找到这份延期申请。');
  return extension;
}

/** What the rule set `extension-approval` said: who approves, whether it may be granted, and why. */
export interface ApprovalRoute {
  approverRole?: string | null;
  approverLogin?: string | null;
  via?: string | null;
  allowed?: boolean | null;
  reasonCode?: string | null;
  cap?: number | null;
  copySuperior?: boolean | null;
}

/** Keeps the route of the rule on the application, for the approver's page (为什么是我审批). */
export async function routeExtension(work: Work, extensionId: string, route: ApprovalRoute): Promise<Extension> {
  const extension = await lockExtension(work, extensionId);
  extension.approverRole = route.approverRole ?? null;
  extension.approverLogin = route.approverLogin ?? null;
  extension.via = route.via ?? null;
  extension.reasonCode = route.reasonCode ?? null;
  extension.cap = route.cap ?? null;
  extension.copySuperior = route.copySuperior === true;
  return extension;
}

/** The leader decides (审批). Nobody decides on an application of their own (回避). */
export async function decideExtension(
  work: Work,
  extensionId: string,
  input: { extensionDecision: string; opinion?: string; onBehalfOf?: string },
): Promise<Extension> {
  const extension = await lockExtension(work, extensionId);
  if (extension.status !== 'PENDING')
    throw conflict('这份申请已随办结或移交收回，不用再审批。你写的意见没有提交。', { reason: 'extension-over' });
  if (extension.requestedBy === work.actor.login) {
    throw forbidden('你是此件的申请人，不能由你审批。请联系系统管理员改派给其他领导。', { reason: 'self-approval' });
  }
  if (input.extensionDecision !== 'APPROVED' && !input.opinion?.trim()) {
    throw invalid('请填写意见', [{ pointer: '/opinion', message: '不同意或退回补充的，请写明意见。' }]);
  }
  const demand = await lockDemand(work, extension.demandId);
  if (input.extensionDecision === 'APPROVED' && demand.handlingMode === 'JOINT' && !isTold(extension))
    throw invalid('还不能同意延期', [{ pointer: '/extensionDecision', message: NOT_TOLD }]);
  extension.decision = input.extensionDecision;
  extension.opinion = input.opinion ?? null;
  extension.decidedBy = work.actor.login;
  extension.decidedByName = work.actor.name;
  extension.decidedAt = work.clock.now();
  const late = extension.submittedBeforeDue && extension.decidedAt > extension.currentDueAt;
  await record(work, demand, 'extension.decided', {
    extensionId,
    decision: input.extensionDecision,
    // Asked for in time, decided after the day: the approval was late, not the host (R18 ⑤).
    ...(late
      ? { lateBy: work.calendar.countWorkingDays(extension.currentDueAt, extension.decidedAt, demand.hostOrgCode) }
      : {}),
    ...(input.opinion ? { opinion: input.opinion } : {}),
    ...(input.onBehalfOf ? { onBehalfOf: input.onBehalfOf } : {}),
  });
  return extension;
}

/** Approved: the handling clock is set to the day asked for; the old and the new day stay in history. */
export async function applyExtension(work: Work, extensionId: string): Promise<Extension> {
  const extension = await lockExtension(work, extensionId);
  if (extension.status !== 'PENDING') return extension;
  const demand = await lockDemand(work, extension.demandId);
  extension.status = 'APPROVED';
  await extendClock(work, demand, 'HANDLING', extension.requestedTotalWorkingDays, `延期审批通过：${extension.reason}`);
  await record(work, demand, 'extension.applied', { extensionId, requestedDueDate: extension.requestedDueDate });
  if (demand.handlingMode === 'JOINT')
    await oweProgressNotice(work, demand, extension.explainedAt ?? extension.requestedAt);
  return extension;
}

/** Not granted: refused by rule, rejected or sent back by the leader. The clock stays as it is. */
export async function closeExtension(work: Work, extensionId: string): Promise<Extension> {
  const extension = await lockExtension(work, extensionId);
  if (extension.status !== 'PENDING') return extension;
  extension.status = extension.decision ?? 'REFUSED';
  const demand = await lockDemand(work, extension.demandId);
  await record(work, demand, 'extension.closed', {
    extensionId,
    status: extension.status,
    reasonCode: extension.reasonCode,
  });
  return extension;
}
