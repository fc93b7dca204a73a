import { FOR_UPDATE, sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { shanghaiDate } from '../../../kernel/clock.ts';
import {
  conflict,
  type FieldProblem,
  forbidden,
  illegalTransition,
  invalid,
  notFound,
} from '../../../kernel/errors.ts';
import { findDeadlineOfRound, pauseDeadline, resumeDeadline, stopDeadline } from '../../deadlines/index.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { openClock, record, runningOrPaused } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';
import { type ExternalStep, ExternalStepEntity } from './entities.ts';

/** What of a demand may be given to another body; everything not chosen stays inside (只给必要字段). */
export const SHAREABLE_FIELDS = {
  title: '事项',
  content: '诉求内容',
  taxpayerName: '名称（姓名）',
  creditCode: '统一社会信用代码',
  contactPhone: '联系电话',
} as const;

export interface ExternalStepInput {
  unitName: string;
  unitKind: string;
  documentNumber: string;
  sentOn: string;
  matter: string;
  sharedFields: readonly string[];
  followUpOn: string;
  /** Asks for the host's clock to stand still; refused unless the parameter allows it. */
  pause?: boolean;
}

export const externalStepsOf = (work: Pick<Work, 'em'>, demandId: string): Promise<ExternalStep[]> =>
  work.em.find(ExternalStepEntity, { demandId }, { orderBy: { sequence: 'asc' } });

/** Whether the rules let the host's clock stand still while another body has the matter; by default they do not. */
const pauseAllowed = async (work: Work, demand: Demand): Promise<boolean> =>
  (await work.parameters(parameterFacts(demand))).number('external.pause_allowed') > 0;

/** The host sends a document to the provincial bureau or another body (送外单位, R23 ②) and stays the host. */
export async function sendExternal(work: Work, demandId: string, input: ExternalStepInput): Promise<ExternalStep> {
  const demand = await lockDemand(work, demandId);
  if (demand.status !== 'HANDLING')
    throw illegalTransition(
      `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有办理中的诉求可以送外单位。`,
    );
  if (!demand.hostDepartment || !work.actor.departments.includes(demand.hostDepartment))
    throw forbidden('由主办部门送外单位。这件诉求的主办不是你所在的部门。', { reason: 'not-host' });
  const problems = await problemsOf(work, demand, input);
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，没有登记。`, problems);
  const known = await externalStepsOf(work, demandId);
  const step = work.em.create(ExternalStepEntity, {
    id: work.ids.uuid(),
    demandId,
    sequence: known.length + 1,
    unitName: input.unitName,
    unitKind: input.unitKind,
    documentNumber: input.documentNumber,
    sentOn: input.sentOn,
    matter: input.matter,
    sharedFields: [...input.sharedFields],
    followUpOn: input.followUpOn,
    status: 'WAITING',
    paused: input.pause === true,
    processInstanceKey: null,
    clockRound: null,
    sentBy: work.actor.login,
    sentByName: work.actor.name,
    recordedAt: work.clock.now(),
    answeredOn: null,
    answerNumber: null,
    answer: null,
    note: null,
    closedByName: null,
    closedAt: null,
  });
  await work.em.flush();
  if (step.paused) {
    const clock = await runningOrPaused(work, demand, 'HANDLING');
    if (clock?.status === 'OPEN') await pauseDeadline(work, clock, `等待${step.unitName}`);
  }
  demand.revision += 1;
  await record(work, demand, 'external.sent', {
    unit: step.unitName,
    documentNumber: step.documentNumber,
    followUpOn: step.followUpOn,
    sharedFields: step.sharedFields,
    paused: step.paused,
  });
  await enqueue(sqlOf(work.em), {
    commandId: `external-step-sent:${step.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'external-step-sent',
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: step.id,
      variables: { externalStepId: step.id },
    },
  });
  return step;
}

async function problemsOf(work: Work, demand: Demand, input: ExternalStepInput): Promise<FieldProblem[]> {
  const problems: FieldProblem[] = [];
  const today = shanghaiDate(work.clock.now());
  if (input.sentOn > today) problems.push({ pointer: '/sentOn', message: '送出日期晚于今天。请填实际送出的日期。' });
  problems.push(...followUpProblems(work, demand, input.followUpOn));
  if (input.pause && !(await pauseAllowed(work, demand)))
    problems.push({
      pointer: '/pause',
      message: '规则没有许可等待外单位时停钟，办结期限照走。请去掉这一项；来不及的，到期前申请延期。',
    });
  return problems;
}

/** A reminder falls on a day somebody is there to be reminded. */
function followUpProblems(work: Work, demand: Demand, day: string): FieldProblem[] {
  const today = shanghaiDate(work.clock.now());
  if (day <= today) return [{ pointer: '/followUpOn', message: '跟办日请选今天以后的工作日。' }];
  if (!work.calendar.isWorkday(day, demand.hostOrgCode))
    return [{ pointer: '/followUpOn', message: `${day} 不上班。跟办日请选工作日。` }];
  return [];
}

/** The follow-up begins in the process: its clock runs to the day the host has chosen. */
export async function openExternalStep(
  work: Work,
  externalStepId: string,
  processInstanceKey: string,
): Promise<ExternalStep> {
  const step = await lockStep(work, { id: externalStepId });
  const demand = await lockDemand(work, step.demandId);
  step.processInstanceKey = processInstanceKey;
  if (step.status === 'WAITING') await startClock(work, demand, step);
  return step;
}

async function startClock(work: Work, demand: Demand, step: ExternalStep): Promise<void> {
  const now = work.clock.now();
  const clock = await openClock(work, demand, 'EXTERNAL_STEP', {
    startsAt: now,
    days: work.calendar.countWorkingDays(now, step.followUpOn, demand.hostOrgCode),
    department: demand.hostDepartment ?? null,
    parallel: true,
  });
  step.clockRound = clock.round;
}

async function stopStepClock(work: Work, step: ExternalStep): Promise<void> {
  if (step.clockRound === null || step.clockRound === undefined) return;
  const clock = await findDeadlineOfRound(work, 'demand', step.demandId, 'EXTERNAL_STEP', step.clockRound);
  if (clock) await stopDeadline(work, clock, work.clock.now());
}

export interface FollowUpInput {
  /** ANSWERED, FOLLOW_UP (还没有答复，续跟) or CLOSED (不再等候). */
  externalOutcome: string;
  answeredOn?: string;
  answerNumber?: string;
  answer?: string;
  followUpOn?: string;
  note?: string;
}

/** The host records what has come of it: the answer, another day to ask, or that nobody waits any more. */
export async function followExternalStep(
  work: Work,
  processInstanceKey: string,
  input: FollowUpInput,
): Promise<ExternalStep> {
  const found = await work.em.findOne(ExternalStepEntity, { processInstanceKey });
  if (!found) throw notFound('没有找到这次送外单位的登记。它可能已经收回。');
  const demand = await lockDemand(work, found.demandId);
  const step = await lockStep(work, { id: found.id });
  if (step.status !== 'WAITING') throw conflict('这次跟办已经结束，没有重复登记。', { reason: 'external-step-over' });
  if (input.externalOutcome === 'FOLLOW_UP') {
    const problems = followUpProblems(work, demand, input.followUpOn ?? '');
    if (problems.length > 0) throw invalid('跟办日有误，没有登记。', problems);
    await stopStepClock(work, step);
    step.followUpOn = input.followUpOn!;
    step.note = input.note ?? null;
    await startClock(work, demand, step);
    await record(work, demand, 'external.followed-up', { unit: step.unitName, followUpOn: step.followUpOn });
    return step;
  }
  const outcome = input.externalOutcome === 'ANSWERED' ? 'ANSWERED' : 'CLOSED';
  await endStep(work, demand, step, outcome);
  step.answeredOn = input.answeredOn ?? null;
  step.answerNumber = input.answerNumber ?? null;
  step.answer = input.answer ?? null;
  step.note = input.note ?? step.note ?? null;
  await record(work, demand, outcome === 'ANSWERED' ? 'external.answered' : 'external.closed', {
    unit: step.unitName,
    ...(step.answerNumber ? { documentNumber: step.answerNumber } : {}),
    ...(input.note ? { reason: input.note } : {}),
  });
  return step;
}

async function endStep(work: Work, demand: Demand, step: ExternalStep, status: 'ANSWERED' | 'CLOSED'): Promise<void> {
  step.status = status;
  step.closedAt = work.clock.now();
  step.closedByName = work.actor.name;
  await stopStepClock(work, step);
  if (!step.paused) return;
  await work.em.flush();
  const others = await work.em.count(ExternalStepEntity, { demandId: demand.id, status: 'WAITING', paused: true });
  const clock = await runningOrPaused(work, demand, 'HANDLING');
  if (others === 0 && clock?.status === 'PAUSED') await resumeDeadline(work, clock);
}

/** The handling is over or goes elsewhere: nobody follows up any more. */
export async function closeExternalSteps(work: Work, demand: Demand, reason: string): Promise<void> {
  const waiting = (await externalStepsOf(work, demand.id)).filter((step) => step.status === 'WAITING');
  for (const step of waiting) {
    await endStep(work, demand, step, 'CLOSED');
    step.note = reason;
    await record(work, demand, 'external.closed', { unit: step.unitName, reason });
  }
}

async function lockStep(work: Pick<Work, 'em'>, where: { id: string }): Promise<ExternalStep> {
  const step = await work.em.findOne(ExternalStepEntity, where, FOR_UPDATE);
  if (!step) throw notFound('没有找到这次送外单位的登记。');
  return step;
}
