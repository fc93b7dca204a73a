import { FOR_UPDATE } from '../../../db/orm.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, forbidden, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { deferralFacts } from '../facts/deferral-facts.ts';
import { lockDemand } from '../load-demand.ts';
import { moveStatus } from '../move-status.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { openClockOn, record, stopClock } from '../trace.ts';
import { type Deferral, DeferralEntity } from './entities.ts';

/** The deferral of a demand that is asked for or runs; there is one at most. */
export const openDeferral = (
  work: Pick<Work, 'em'>,
  demandId: string,
  status: 'PENDING' | 'ACTIVE',
): Promise<Deferral | null> => work.em.findOne(DeferralEntity, { demandId, status }, FOR_UPDATE);

/** What the rule set `deferral` is asked about the application that waits. */
export async function pendingDeferralFacts(work: Work, demand: Demand): Promise<Record<string, unknown>> {
  const deferral = await openDeferral(work, demand.id, 'PENDING');
  if (!deferral) throw conflict('没有等待审批的挂账申请。', { reason: 'deferral-closed' });
  return deferralFacts(work, demand, {
    category: deferral.category,
    reviewDate: deferral.reviewDate,
    madeOn: shanghaiDate(deferral.requestedAt),
    interimAnswered: deferral.interimAnswer !== '',
    submittedBeforeDue: deferral.submittedBeforeDue,
    requestedBy: deferral.requestedBy,
  });
}

/** Keeps what the rule said, for the approver's page (为什么是我审批). */
export async function routeDeferral(work: Work, demandId: string, outcome: Record<string, unknown>): Promise<void> {
  const deferral = await openDeferral(work, demandId, 'PENDING');
  if (!deferral) return;
  const text = (value: unknown) => (typeof value === 'string' ? value : null);
  deferral.approverRole = text(outcome.approverRole);
  deferral.approverLogin = text(outcome.approverLogin);
  deferral.via = text(outcome.via);
  deferral.reasonCode = text(outcome.reasonCode);
}

/** The approver decides. Nobody decides on an application of their own (回避). */
export async function decideDeferral(
  work: Work,
  demandId: string,
  input: { deferralDecision: string; opinion?: string },
): Promise<Deferral> {
  const demand = await lockDemand(work, demandId);
  const deferral = await openDeferral(work, demandId, 'PENDING');
  if (!deferral || demand.status !== 'DEFERRAL_REVIEW')
    throw conflict('这份挂账申请已经审批过，或者随诉求一起收回了，不用再审。', { reason: 'deferral-closed' });
  if (deferral.requestedBy === work.actor.login)
    throw forbidden('你是此件的申请人，不能由你审批。请联系系统管理员改派给其他领导。', { reason: 'self-approval' });
  if (input.deferralDecision !== 'APPROVED' && !input.opinion?.trim())
    throw invalid('请填写意见', [{ pointer: '/opinion', message: '不同意挂账的，请写明意见和怎么办。' }]);
  deferral.decision = input.deferralDecision;
  deferral.opinion = input.opinion?.trim() || null;
  deferral.decidedBy = work.actor.login;
  deferral.decidedByName = work.actor.name;
  deferral.decidedAt = work.clock.now();
  demand.revision += 1;
  await record(work, demand, 'demand.deferral-decided', {
    deferralId: deferral.id,
    decision: input.deferralDecision,
    ...(deferral.opinion ? { opinion: deferral.opinion } : {}),
  });
  return deferral;
}

/** Approved: the demand goes into the ledger of deferrals. Its handling clock stops as neither done nor late; the review day is set. */
export async function startDeferral(work: Work, demandId: string): Promise<Deferral | null> {
  const demand = await lockDemand(work, demandId);
  const deferral = await openDeferral(work, demandId, 'PENDING');
  if (!deferral) return null;
  const now = work.clock.now();
  const parameters = await work.parameters(parameterFacts(demand));
  deferral.status = 'ACTIVE';
  deferral.deferredAt = now;
  deferral.confirmBy = confirmDay(work, demand, parameters.number('defer.reconfirm'));
  demand.path = 'DEFERRAL';
  moveStatus(demand, 'DEFERRED');
  await stopClock(work, demand, 'HANDLING', deferral.requestedAt, '挂账');
  await openReviewClock(work, demand, deferral.reviewDate, parameters.number('warn.before'));
  await openClockOn(work, demand, 'DEFERRAL_CONFIRM', {
    dueDate: deferral.confirmBy,
    department: null,
    warnBefore: parameters.number('warn.before'),
  });
  await record(work, demand, 'demand.deferred', {
    deferralId: deferral.id,
    reviewDate: deferral.reviewDate,
    confirmBy: deferral.confirmBy,
    responsible: deferral.responsibleName,
  });
  return deferral;
}

export const openReviewClock = (work: Work, demand: Demand, dueDate: string, warnBefore: number) =>
  openClockOn(work, demand, 'DEFERRAL_REVIEW', { dueDate, department: demand.hostDepartment ?? null, warnBefore });

export const dayAfter = (at: Date, days: number): string =>
  new Date(Date.parse(`${shanghaiDate(at)}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);

/** The day of the yearly confirmation; where its year has no arrangement yet, the last working day of the year before: never later than it should be. */
export function confirmDay(work: Work, demand: Demand, days: number): string {
  const day = dayAfter(work.clock.now(), days);
  const year = Number(day.slice(0, 4));
  if (work.calendar.year(year)) return day;
  return work.calendar.subtractWorkingDays(`${year}-01-01`, 1, demand.hostOrgCode).dueDate;
}

/** Not granted, by rule or by the leader: the old clock goes on with the same host. */
export async function refuseDeferral(work: Work, demandId: string): Promise<void> {
  const demand = await lockDemand(work, demandId);
  const deferral = await openDeferral(work, demandId, 'PENDING');
  if (!deferral) return;
  deferral.status = deferral.decision ? 'REJECTED' : 'REFUSED';
  deferral.endedAt = work.clock.now();
  moveStatus(demand, 'HANDLING');
  await record(work, demand, 'demand.deferral-refused', {
    deferralId: deferral.id,
    outcome: deferral.status,
    reasonCode: deferral.reasonCode,
  });
}
