import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { conflict, type FieldProblem, forbidden, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { moveStatus } from '../move-status.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { openClockOn, record, stopClock } from '../trace.ts';
import { confirmDay, openDeferral, openReviewClock } from './decide-deferral.ts';
import { type Deferral, type DeferralNote, DeferralNoteEntity } from './entities.ts';
import { reviewProblems } from './request-deferral.ts';

export interface ReviewInput {
  /** CONTINUE 继续挂账, REPORT 上报后继续挂账, RESUME 恢复办理. */
  reviewDecision: string;
  progress: string;
  nextReviewDate?: string;
  reportedTo?: string;
  reportedNumber?: string;
}

async function running(work: Work, demandId: string): Promise<{ demand: Demand; deferral: Deferral }> {
  const demand = await lockDemand(work, demandId);
  const deferral = await openDeferral(work, demandId, 'ACTIVE');
  if (!deferral || demand.status !== 'DEFERRED')
    throw conflict('此件已经不在挂账台账上，请刷新页面查看最新情况。', { reason: 'deferral-closed' });
  return { demand, deferral };
}

/** The review of a deferral (复核): it goes on with what has been done and a new day, is reported to the level above, or is taken up again. */
export async function reviewDeferral(work: Work, demandId: string, input: ReviewInput): Promise<void> {
  const { demand, deferral } = await running(work, demandId);
  const goesOn = input.reviewDecision !== 'RESUME';
  const parameters = await work.parameters(parameterFacts(demand));
  const problems: FieldProblem[] = [
    ...short(input.progress, '/progress', goesOn ? '进展' : '条件达成说明'),
    ...(goesOn
      ? reviewProblems(
          work,
          demand,
          input.nextReviewDate ?? '',
          parameters.number('defer.review.calendar_days'),
          '/nextReviewDate',
        )
      : []),
    ...(input.reviewDecision === 'REPORT' ? short(input.reportedTo ?? '', '/reportedTo', '上报单位', 2) : []),
  ];
  if (problems.length > 0) throw invalid('复核没有提交', problems);
  deferral.reviews += 1;
  deferral.lastProgress = input.progress.trim();
  if (goesOn) deferral.reviewDate = input.nextReviewDate!;
  if (input.reviewDecision === 'REPORT') noteReport(work, deferral, input.reportedTo!, input.reportedNumber);
  await addNote(work, deferral, {
    kind: goesOn ? (input.reviewDecision === 'REPORT' ? 'REPORTED' : 'CONTINUED') : 'RESUMED',
    content: input.progress.trim(),
    reviewDate: goesOn ? input.nextReviewDate! : null,
    reportedTo: input.reportedTo ?? null,
    reportedNumber: input.reportedNumber ?? null,
  });
  demand.revision += 1;
  await record(work, demand, 'demand.deferral-reviewed', {
    decision: input.reviewDecision,
    progress: input.progress.trim(),
    ...(goesOn ? { reviewDate: input.nextReviewDate } : {}),
    ...(input.reviewDecision === 'REPORT' ? { reportedTo: input.reportedTo } : {}),
  });
}

/** It goes on: the next review day runs. */
export async function renewDeferral(work: Work, demandId: string): Promise<void> {
  const { demand, deferral } = await running(work, demandId);
  await stopClock(work, demand, 'DEFERRAL_REVIEW', work.clock.now(), '已复核');
  const parameters = await work.parameters(parameterFacts(demand));
  await openReviewClock(work, demand, deferral.reviewDate, parameters.number('warn.before'));
}

/** Reported to the level above while it waits (上报): kept and shown; the review day stays. */
export async function reportDeferral(
  work: Work,
  demandId: string,
  input: { reportedTo: string; reportedNumber?: string; reportContent: string },
): Promise<Deferral> {
  const { demand, deferral } = await running(work, demandId);
  mine(work, demand, deferral, '上报');
  const problems = [
    ...short(input.reportedTo, '/reportedTo', '上报单位', 2),
    ...short(input.reportContent, '/reportContent', '上报内容'),
  ];
  if (problems.length > 0) throw invalid('上报没有登记', problems);
  noteReport(work, deferral, input.reportedTo, input.reportedNumber);
  await addNote(work, deferral, {
    kind: 'REPORTED',
    content: input.reportContent.trim(),
    reviewDate: null,
    reportedTo: input.reportedTo.trim(),
    reportedNumber: input.reportedNumber?.trim() || null,
  });
  demand.revision += 1;
  await record(work, demand, 'demand.deferral-reported', {
    reportedTo: deferral.reportedTo,
    reportedNumber: deferral.reportedNumber,
    content: input.reportContent.trim(),
  });
  return deferral;
}

/** Conditions are met before the review day (恢复办理): the process is told; the handling begins with a limit of its own. */
export async function requestResume(work: Work, demandId: string, input: { conditionsMet: string }): Promise<Deferral> {
  const { demand, deferral } = await running(work, demandId);
  mine(work, demand, deferral, '恢复办理');
  const problems = short(input.conditionsMet, '/conditionsMet', '条件达成说明');
  if (problems.length > 0) throw invalid('没有恢复办理', problems);
  deferral.lastProgress = input.conditionsMet.trim();
  await addNote(work, deferral, {
    kind: 'RESUMED',
    content: input.conditionsMet.trim(),
    reviewDate: null,
    reportedTo: null,
    reportedNumber: null,
  });
  await endDeferral(work, demand, deferral, input.conditionsMet.trim());
  await tellResumed(work, demand, deferral);
  return deferral;
}

/** The yearly look of the chief (满 1 年再确认, R19): confirmed, it may wait another year; otherwise it is taken up again. */
export async function confirmDeferral(
  work: Work,
  demandId: string,
  input: { confirmation: string; opinion: string },
): Promise<void> {
  const { demand, deferral } = await running(work, demandId);
  const confirmed = input.confirmation === 'CONFIRMED';
  const problems = short(input.opinion, '/opinion', '意见', 2);
  if (problems.length > 0) throw invalid('没有提交', problems);
  await addNote(work, deferral, {
    kind: confirmed ? 'CONFIRMED' : 'NOT_CONFIRMED',
    content: input.opinion.trim(),
    reviewDate: null,
    reportedTo: null,
    reportedNumber: null,
  });
  demand.revision += 1;
  await record(work, demand, 'demand.deferral-confirmed', { confirmed, opinion: input.opinion.trim() });
}

/** Confirmed: the next year runs. */
export async function renewConfirmation(work: Work, demandId: string): Promise<void> {
  const { demand, deferral } = await running(work, demandId);
  const parameters = await work.parameters(parameterFacts(demand));
  deferral.confirmBy = confirmDay(work, demand, parameters.number('defer.reconfirm'));
  await stopClock(work, demand, 'DEFERRAL_CONFIRM', work.clock.now(), '已确认');
  await openClockOn(work, demand, 'DEFERRAL_CONFIRM', {
    dueDate: deferral.confirmBy,
    department: null,
    warnBefore: parameters.number('warn.before'),
  });
}

/** Not confirmed: it may not wait any longer. */
export async function revokeDeferral(work: Work, demandId: string): Promise<void> {
  const { demand, deferral } = await running(work, demandId);
  await endDeferral(work, demand, deferral, '主要领导没有确认继续挂账');
  await tellResumed(work, demand, deferral);
}

/** The demand is handled again; its new limit counts from the delivery that follows. Whoever ended it before, ends it once. */
export async function resumeHandling(work: Work, demandId: string): Promise<void> {
  const demand = await lockDemand(work, demandId);
  const deferral = await openDeferral(work, demandId, 'ACTIVE');
  if (deferral) await endDeferral(work, demand, deferral, deferral.lastProgress ?? '');
}

async function endDeferral(work: Work, demand: Demand, deferral: Deferral, why: string): Promise<void> {
  const now = work.clock.now();
  deferral.status = 'RESUMED';
  deferral.endedAt = now;
  deferral.endedReason = why;
  await stopClock(work, demand, 'DEFERRAL_REVIEW', now, '恢复办理');
  await stopClock(work, demand, 'DEFERRAL_CONFIRM', now, '恢复办理');
  moveStatus(demand, 'AWAITING_HANDLING');
  await record(work, demand, 'demand.deferral-resumed', { deferralId: deferral.id, reason: why });
}

const tellResumed = (work: Work, demand: Demand, deferral: Deferral) =>
  enqueue(sqlOf(work.em), {
    commandId: `deferral-resumed:${deferral.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'deferral-resumed',
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: `resume:${deferral.id}`,
      variables: {},
    },
  });

/** The host department, the person responsible, and tax service of the bureau care for a deferral. */
function mine(work: Work, demand: Demand, deferral: Deferral, what: string): void {
  const { actor } = work;
  const own =
    deferral.responsible === actor.login ||
    (demand.hostDepartment != null && actor.departments.includes(demand.hostDepartment)) ||
    (actor.roles.includes('DEMAND_DESK') && actor.orgCode === demand.hostOrgCode);
  if (!own) throw forbidden(`${what}由责任人、主办部门或本单位纳服办理。`, { reason: 'not-responsible' });
}

function noteReport(work: Work, deferral: Deferral, to: string, number: string | undefined): void {
  deferral.reportedTo = to.trim();
  deferral.reportedNumber = number?.trim() || null;
  deferral.reportedAt = work.clock.now();
}

async function addNote(
  work: Work,
  deferral: Deferral,
  note: Pick<DeferralNote, 'kind' | 'content' | 'reviewDate' | 'reportedTo' | 'reportedNumber'>,
): Promise<void> {
  work.em.create(DeferralNoteEntity, {
    ...note,
    id: work.ids.uuid(),
    deferralId: deferral.id,
    byLogin: work.actor.login,
    byName: work.actor.name,
    at: work.clock.now(),
  });
  await work.em.flush();
}

const short = (text: string, pointer: string, label: string, least = 4): FieldProblem[] =>
  [...text.trim()].length < least ? [{ pointer, message: `“${label}”至少 ${least} 个字，请写具体。` }] : [];
