import { FOR_UPDATE, sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import { conflict, type FieldProblem, forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Deadline } from '../../deadlines/index.ts';
import type { Advice, Work } from '../context.ts';
import { type Demand, ExtensionEntity } from '../entities.ts';
import { deferralFacts } from '../facts/deferral-facts.ts';
import { requireCoOpinions } from '../joint/co-handlings.ts';
import { lockDemand } from '../load-demand.ts';
import { moveStatus } from '../move-status.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { calendarDaysBetween, currentClock, record } from '../trace.ts';
import { DEFERRAL_CATEGORIES, statusTitle } from '../vocabulary.ts';
import { type Deferral, DeferralEntity } from './entities.ts';

export interface DeferralInput {
  deferralCategory: string;
  deferralReason: string;
  condition: string;
  /** Last day of the review, `YYYY-MM-DD`. */
  reviewDate: string;
  responsible: string;
  interimAnswer: string;
  interimMethod: string;
}

/** Why a deferral cannot be asked for now; null when it can. */
export function deferralRefusal(demand: Demand): string | null {
  if (demand.withdrawalReason) return '诉求人已经撤回此件，不用挂账。';
  if (demand.status !== 'HANDLING')
    return `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有办理中的件可以申请挂账。`;
  return null;
}

/**
 * The host asks to put the demand aside until its conditions are met (申请挂账, R19), with an answer for the time being to the taxpayer,
 * within the handling limit. Who approves, and whether anybody may, says the rule set `deferral` in the process; a page asks it first.
 */
export async function requestDeferral(work: Work, demandId: string, input: DeferralInput): Promise<Deferral> {
  const demand = await lockDemand(work, demandId);
  const clock = await checkMayAsk(work, demand);
  const problems = problemsOf(work, demand, input, await mostDays(work, demand));
  if (problems.length > 0) throw invalid('挂账申请有误，没有提交', problems);
  await supersedeExtension(work, demand);
  const now = work.clock.now();
  const deferral = work.em.create(DeferralEntity, {
    id: work.ids.uuid(),
    demandId: demand.id,
    status: 'PENDING',
    category: input.deferralCategory,
    reason: input.deferralReason.trim(),
    condition: input.condition.trim(),
    reviewDate: input.reviewDate,
    responsible: input.responsible,
    responsibleName: work.directory.user(input.responsible)!.name,
    interimAnswer: input.interimAnswer.trim(),
    interimMethod: input.interimMethod,
    interimAt: now,
    requestedBy: work.actor.login,
    requestedByName: work.actor.name,
    requestedAt: now,
    submittedBeforeDue: now <= clock.dueAt,
    department: demand.hostDepartment!,
    orgCode: demand.hostOrgCode,
    ...UNDECIDED,
  });
  moveStatus(demand, 'DEFERRAL_REVIEW');
  await record(work, demand, 'demand.deferral-requested', {
    deferralId: deferral.id,
    category: deferral.category,
    reason: deferral.reason,
    condition: deferral.condition,
    reviewDate: deferral.reviewDate,
  });
  await record(work, demand, 'demand.interim-answered', {
    method: deferral.interimMethod,
    answer: deferral.interimAnswer,
  });
  await enqueue(sqlOf(work.em), {
    commandId: `deferral-requested:${deferral.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'deferral-requested',
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: deferral.id,
      variables: {},
    },
  });
  return deferral;
}

const UNDECIDED = {
  approverRole: null,
  approverLogin: null,
  via: null,
  reasonCode: null,
  decision: null,
  opinion: null,
  decidedBy: null,
  decidedByName: null,
  decidedAt: null,
  deferredAt: null,
  confirmBy: null,
  reviews: 0,
  lastProgress: null,
  reportedTo: null,
  reportedNumber: null,
  reportedAt: null,
  endedAt: null,
  endedReason: null,
} as const;

async function checkMayAsk(work: Work, demand: Demand): Promise<Deadline> {
  const refusal = deferralRefusal(demand);
  if (refusal) throw illegalTransition(refusal, { reason: 'deferral-refused' });
  if (!demand.hostDepartment || !work.actor.departments.includes(demand.hostDepartment))
    throw forbidden('挂账由主办部门申请。这件诉求的主办不是你所在的部门。', { reason: 'not-host' });
  const clock = await currentClock(work, demand, 'HANDLING');
  if (!clock) throw illegalTransition('这件诉求的办结钟没有在走，不能申请挂账。');
  // 联合办理: the answer for the time being speaks for every department, as the completion would (R19, R21).
  await requireCoOpinions(work, demand, '申请挂账');
  return clock;
}

/** An application to extend that nobody has decided is overtaken; one just decided has to take effect first. */
async function supersedeExtension(work: Work, demand: Demand): Promise<void> {
  const pending = await work.em.findOne(ExtensionEntity, { demandId: demand.id, status: 'PENDING' }, FOR_UPDATE);
  if (!pending) return;
  if (pending.decision)
    throw conflict('延期申请刚刚审批，正在生效。请稍后刷新，再申请挂账。', { reason: 'extension-pending' });
  pending.status = 'LAPSED';
  await record(work, demand, 'extension.closed', {
    extensionId: pending.id,
    status: 'LAPSED',
    reasonCode: 'DEFERRAL_REQUESTED',
  });
}

const mostDays = async (work: Work, demand: Demand): Promise<number> =>
  (await work.parameters(parameterFacts(demand))).number('defer.review.calendar_days');

const tooShort = (text: string, pointer: string, label: string): FieldProblem[] =>
  [...text.trim()].length < 4 ? [{ pointer, message: `“${label}”至少 4 个字，请写具体。` }] : [];

function problemsOf(work: Work, demand: Demand, input: DeferralInput, most: number): FieldProblem[] {
  const responsible = work.directory.activeUser(input.responsible);
  return [
    ...(input.deferralCategory in DEFERRAL_CATEGORIES
      ? []
      : [
          {
            pointer: '/deferralCategory',
            message: '还没有选“挂账类别”。只有政策建议、系统优化和其他经批准的可以挂账。',
          },
        ]),
    ...tooShort(input.deferralReason, '/deferralReason', '不能解决的原因'),
    ...tooShort(input.condition, '/condition', '成熟条件'),
    ...tooShort(input.interimAnswer, '/interimAnswer', '阶段性答复'),
    ...(responsible && work.directory.departmentsOfUser(responsible.login).includes(demand.hostDepartment!)
      ? []
      : [{ pointer: '/responsible', message: '“责任人”要选主办部门在岗的人。' }]),
    ...reviewProblems(work, demand, input.reviewDate, most),
  ];
}

/** A review day: a working day after today, at most so many calendar days ahead (R19). */
export function reviewProblems(
  work: Pick<Work, 'calendar' | 'clock'>,
  demand: Pick<Demand, 'hostOrgCode'>,
  date: string,
  most: number,
  pointer = '/reviewDate',
): FieldProblem[] {
  const today = shanghaiDate(work.clock.now());
  const days = calendarDaysBetween(today, date);
  if (!(days > 0)) return [{ pointer, message: '复核日要晚于今天。' }];
  if (days > most) {
    const last = new Date(Date.parse(`${today}T00:00:00Z`) + most * 86_400_000).toISOString().slice(0, 10);
    return [{ pointer, message: `复核日最晚 ${inWords(last)}（${most} 个自然日内）。` }];
  }
  if (!work.calendar.isWorkday(date, demand.hostOrgCode))
    return [{ pointer, message: `${inWords(date)}不上班。复核日请选工作日。` }];
  return [];
}

const inWords = (day: string) => `${Number(day.slice(0, 4))}年${Number(day.slice(5, 7))}月${Number(day.slice(8))}日`;

/** What the rules would say to an application made now: who would approve it, or why nobody may. */
async function assessDeferral(work: Work, demand: Demand, input: Partial<DeferralInput>): Promise<Advice> {
  const clock = await currentClock(work, demand, 'HANDLING');
  const now = work.clock.now();
  const today = shanghaiDate(now);
  const facts = await deferralFacts(work, demand, {
    category: input.deferralCategory ?? 'SYSTEM_OPTIMISATION',
    reviewDate: input.reviewDate ?? today,
    madeOn: today,
    interimAnswered: input.interimAnswer === undefined || input.interimAnswer.trim() !== '',
    submittedBeforeDue: clock ? now <= clock.dueAt : true,
    requestedBy: work.actor.login,
  });
  return work.advise('deferral', facts, shanghaiDate(demand.registeredAt));
}

/** A refusal of the rules in words, at the field it concerns. */
const DEFERRAL_REFUSALS: Record<string, { pointer: string; message: string }> = {
  SUBMITTED_AFTER_DUE: {
    pointer: '/deferralReason',
    message: '办结期限已过，不能再申请挂账。请先办理；确实解决不了的，答复诉求人并写明原因。',
  },
  INTERIM_ANSWER_REQUIRED: { pointer: '/interimAnswer', message: '还没有向诉求人作阶段性答复。请写明答复了什么。' },
  REVIEW_TOO_LATE: { pointer: '/reviewDate', message: '复核日太晚。' },
  NOT_DEFERRABLE: { pointer: '/deferralCategory', message: '法律救济类和限定可见的件不能挂账，请按规定办理。' },
  NO_APPROVER: {
    pointer: '/deferralCategory',
    message: '现在没有可以审批挂账的人（岗位空缺或应当回避）。请联系系统管理员先指定审批人。',
  },
};

/** Asks the rules beforehand: what they would refuse is answered at the field of the form. Throws `Invalid`; changes nothing. */
export async function checkDeferral(work: Work, demandId: string, input: DeferralInput): Promise<void> {
  const demand = await lockDemand(work, demandId);
  await checkMayAsk(work, demand);
  const problems = problemsOf(work, demand, input, await mostDays(work, demand));
  if (problems.length > 0) throw invalid('挂账申请有误，没有提交', problems);
  const { outcome } = await assessDeferral(work, demand, input);
  if (outcome.allowed === true) return;
  const reason = String(outcome.reasonCode);
  throw invalid(
    '按规则不能挂账',
    [DEFERRAL_REFUSALS[reason] ?? { pointer: '/deferralCategory', message: '按规则不能挂账。' }],
    {
      reason,
    },
  );
}
