/** Longer than usual: what the receiving body does with a matter, step by step in the order of the procedure. */
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, forbidden, invalid } from '../../../kernel/errors.ts';
import { extendDeadline, findDeadline, stopDeadline, stopDeadlinesOf } from '../../deadlines/index.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { record } from '../trace.ts';
import type { LegalFollowUp } from './entities.ts';
import { lockFollowUp } from './follow-ups.ts';
import { FOLLOW_UP, type FollowUpClock, openFollowUpClock } from './hand-over.ts';
import { returnToOrdinary } from './return-to-ordinary.ts';

interface Found {
  followUp: LegalFollowUp;
  demand: Demand;
}

/** Both rows, locked, for somebody who has no interest in the matter. */
async function open(work: Work, followUpId: string): Promise<Found> {
  const followUp = await lockFollowUp(work, followUpId);
  const demand = await lockDemand(work, followUp.demandId);
  if (['CLOSED', 'RETURNED', 'DISMISSED'].includes(followUp.status))
    throw conflict('这条法定途径记录已经了结，请刷新页面看结果。', { reason: 'legal-follow-up-closed' });
  if (demand.reportedDepartment && work.actor.departments.includes(demand.reportedDepartment))
    throw forbidden('作出原行为或被反映的部门应当回避，不能由你办理。', { reason: 'recused' });
  return { followUp, demand };
}

async function stop(work: Work, followUp: LegalFollowUp, kind: FollowUpClock): Promise<void> {
  const clock = await findDeadline(work, FOLLOW_UP, followUp.id, kind);
  if (clock) await stopDeadline(work, clock, work.clock.now());
}

/** 签收移交, on the same day: received, or sent back with the reason because it does not belong here. */
export async function acknowledgeHandOver(
  work: Work,
  followUpId: string,
  input: { handOverDecision: string; receiptNumber?: string; returnReason?: string },
): Promise<void> {
  const { followUp, demand } = await open(work, followUpId);
  await stop(work, followUp, 'LEGAL_ACKNOWLEDGEMENT');
  if (input.handOverDecision === 'RETURNED')
    return returnToOrdinary(work, demand, followUp, required(input.returnReason, '/returnReason'));
  followUp.status = 'ACKNOWLEDGED';
  followUp.acknowledgedAt = work.clock.now();
  followUp.acknowledgedBy = work.actor.login;
  followUp.acknowledgedByName = work.actor.name;
  followUp.receiptNumber = input.receiptNumber ?? null;
  followUp.revision += 1;
  await record(work, demand, 'legal.acknowledged', {
    followUpId: followUp.id,
    department: followUp.receivingDepartment,
    receiptNumber: followUp.receiptNumber,
  });
  // 政府信息公开 has a time of its own for the answer; what other routes take is not counted here.
  if (followUp.route === 'INFORMATION_DISCLOSURE')
    await openFollowUpClock(work, demand, followUp, 'LEGAL_DECISION', 'legal.disclosure.days');
}

/** The five working days of the examination begin (收到后审查); a further round after papers were added. */
export async function openExamination(work: Work, followUpId: string): Promise<void> {
  const { followUp, demand } = await open(work, followUpId);
  const last = await findDeadline(work, FOLLOW_UP, followUp.id, 'LEGAL_EXAMINATION');
  await openFollowUpClock(work, demand, followUp, 'LEGAL_EXAMINATION', 'legal.examine.days', {
    round: (last?.round ?? 0) + 1,
    startsAt: last ? work.clock.now() : (followUp.originalReceivedAt ?? followUp.acknowledgedAt ?? work.clock.now()),
  });
}

export interface ExaminationInput {
  /** ACCEPTED, REJECTED, SUPPLEMENT, NOT_APPLIED (nobody applied), RETURNED (a fair demand, no reconsideration). */
  examination: string;
  receiptNumber?: string;
  examinationReason?: string;
}

/** The reconsideration body examines the application (受理审查). */
export async function examineReconsideration(work: Work, followUpId: string, input: ExaminationInput): Promise<void> {
  const { followUp, demand } = await open(work, followUpId);
  await stop(work, followUp, 'LEGAL_EXAMINATION');
  if (input.examination === 'RETURNED')
    return returnToOrdinary(work, demand, followUp, required(input.examinationReason, '/examinationReason'));
  const reason =
    input.examination === 'ACCEPTED'
      ? input.examinationReason
      : required(input.examinationReason, '/examinationReason');
  followUp.examination = input.examination;
  followUp.examinedAt = work.clock.now();
  if (input.receiptNumber) followUp.receiptNumber = input.receiptNumber;
  followUp.revision += 1;
  await record(work, demand, 'legal.examined', {
    followUpId: followUp.id,
    examination: input.examination,
    ...(reason ? { reason } : {}),
  });
  if (input.examination === 'ACCEPTED') return startDecision(work, demand, followUp);
  if (input.examination !== 'SUPPLEMENT') await close(work, followUp);
}

/** Nobody refused it in time: by law it is accepted (视为受理). */
export async function deemAccepted(work: Work, followUpId: string): Promise<void> {
  const { followUp, demand } = await open(work, followUpId);
  await stop(work, followUp, 'LEGAL_EXAMINATION');
  followUp.examination = 'DEEMED_ACCEPTED';
  followUp.examinedAt = work.clock.now();
  followUp.revision += 1;
  await record(work, demand, 'legal.deemed-accepted', { followUpId: followUp.id });
  await startDecision(work, demand, followUp);
}

/** 自复议机构收到之日即为受理: the sixty days run from then, not from the end of the examination. */
async function startDecision(work: Work, demand: Demand, followUp: LegalFollowUp): Promise<void> {
  followUp.acceptedAt = followUp.originalReceivedAt ?? followUp.acknowledgedAt ?? work.clock.now();
  await openFollowUpClock(work, demand, followUp, 'LEGAL_DECISION', 'legal.decision.calendar_days', {
    startsAt: followUp.acceptedAt,
    unit: 'CALENDAR',
  });
}

/** Papers asked for have come in, or have not (补正): time spent on them does not count. */
export async function recordSupplement(
  work: Work,
  followUpId: string,
  input: { supplementResult: string; supplementNote?: string },
): Promise<void> {
  const { followUp, demand } = await open(work, followUpId);
  const received = input.supplementResult === 'RECEIVED';
  followUp.examination = received ? null : 'NOT_APPLIED';
  followUp.revision += 1;
  await record(work, demand, 'legal.supplemented', {
    followUpId: followUp.id,
    received,
    ...(input.supplementNote ? { note: input.supplementNote } : {}),
  });
  if (!received) await close(work, followUp);
}

export interface ResultInput {
  /** DONE, or EXTEND: more time for a reconsideration or a disclosure, once. */
  resultDecision: string;
  resultNumber?: string;
  resultKind?: string;
  resultAt?: string;
  resultReason?: string;
}

/** The number of the result is written back for statistics (回填结果编号), without any paper of the parties. */
export async function recordLegalResult(work: Work, followUpId: string, input: ResultInput): Promise<void> {
  const { followUp, demand } = await open(work, followUpId);
  if (input.resultDecision === 'EXTEND') return extendDecision(work, demand, followUp, input);
  const today = shanghaiDate(work.clock.now());
  if (input.resultAt && input.resultAt > today)
    throw invalid('请核对日期', [{ pointer: '/resultAt', message: '作出日期晚于今天，请核对。' }]);
  followUp.resultNumber = input.resultNumber ?? null;
  followUp.resultKind = input.resultKind ?? null;
  followUp.resultAt = input.resultAt ?? today;
  followUp.revision += 1;
  await record(work, demand, 'legal.result-recorded', {
    followUpId: followUp.id,
    resultNumber: followUp.resultNumber,
    resultKind: followUp.resultKind,
    resultAt: followUp.resultAt,
  });
  await close(work, followUp);
}

async function extendDecision(work: Work, demand: Demand, followUp: LegalFollowUp, input: ResultInput): Promise<void> {
  const clock = await findDeadline(work, FOLLOW_UP, followUp.id, 'LEGAL_DECISION');
  const refuse = (message: string) => invalid('不能延长', [{ pointer: '/resultDecision', message }]);
  if (clock?.status !== 'OPEN') throw refuse('只有行政复议的决定和信息公开的答复期限可以延长。');
  if (followUp.decisionExtended) throw refuse('期限已经延长过一次，不能再延长。');
  const reason = required(input.resultReason, '/resultReason');
  const parameter =
    followUp.route === 'RECONSIDERATION' ? 'legal.decision.extension_calendar_days' : 'legal.disclosure.extension_days';
  const more = (await work.parameters(parameterFacts(demand))).number(parameter);
  await extendDeadline(work, clock, clock.totalDays + more, reason);
  followUp.decisionExtended = true;
  followUp.revision += 1;
  await record(work, demand, 'legal.decision-extended', { followUpId: followUp.id, days: more, reason });
}

async function close(work: Work, followUp: LegalFollowUp): Promise<void> {
  followUp.status = 'CLOSED';
  followUp.closedAt = work.clock.now();
  await stopDeadlinesOf(work, FOLLOW_UP, followUp.id, followUp.closedAt);
}

function required(value: string | undefined, pointer: string): string {
  const text = value?.trim();
  if (!text) throw invalid('请写明理由', [{ pointer, message: '请写明理由，诉求人和派单人会据此得到说明。' }]);
  return text;
}
