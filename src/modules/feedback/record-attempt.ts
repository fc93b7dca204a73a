import { sqlOf } from '../../db/orm.ts';
import { invalid } from '../../kernel/errors.ts';
import { lockDemand, roundOf, type Work } from '../demands/index.ts';
import { appendEvent } from '../history/index.ts';
import { type ContactAttempt, ContactAttemptEntity } from './entities.ts';
import { distinctHalfDays, halfDayOf } from './half-day.ts';

export const ATTEMPT_OUTCOMES = { UNREACHED: '未接通', SMS_SENT: '短信已发送' } as const;
export const ATTEMPT_METHODS = { PHONE: '电话', SMS: '短信', IN_PERSON: '上门', PLATFORM: '原渠道平台' } as const;

export interface AttemptInput {
  method: string;
  outcome: string;
  /** ISO instant; absent = now. */
  at?: string;
  note?: string;
}

/** Keeps one attempt to tell the taxpayer the result that did not reach anybody (登记未接通, R24 ③). The feedback clock keeps running. */
export async function recordAttempt(work: Work, demandId: string, input: AttemptInput): Promise<ContactAttempt> {
  const demand = await lockDemand(work, demandId);
  const now = work.clock.now();
  const at = input.at ? new Date(input.at) : now;
  const problems = [];
  if (!(input.method in ATTEMPT_METHODS))
    problems.push({ pointer: '/method', message: '还没有选联系方式。请选电话、短信、上门或原渠道平台。' });
  if (!(input.outcome in ATTEMPT_OUTCOMES))
    problems.push({
      pointer: '/outcome',
      message: '还没有选联系结果。接通了的，不在这里登记，请直接填写下面的反馈。',
    });
  if (input.outcome === 'SMS_SENT' && input.method !== 'SMS')
    problems.push({ pointer: '/method', message: '“短信已发送”的方式应当是短信。' });
  problems.push(...timeProblems('/at', '联系时间', at, now, demand.completedAt));
  if (problems.length > 0) throw invalid('这次联系没有登记。', problems);
  const attempt = work.em.create(ContactAttemptEntity, {
    id: work.ids.uuid(),
    demandId,
    round: roundOf(demand),
    attemptedAt: at,
    halfDay: halfDayOf(at),
    method: input.method,
    outcome: input.outcome,
    note: input.note?.trim() || null,
    attemptedBy: work.actor.login,
    attemptedByName: work.actor.name,
    recordedAt: now,
  });
  await work.em.persist(attempt).flush();
  await appendEvent(sqlOf(work.em), {
    subjectType: 'demand',
    subjectId: demandId,
    type: 'feedback.attempted',
    occurredAt: now,
    actor: work.actor,
    payload: { method: input.method, result: input.outcome, at: at.toISOString() },
  });
  return attempt;
}

/** A time people type: not ahead of now, not before the result existed. */
export function timeProblems(pointer: string, label: string, at: Date, now: Date, since: Date | null | undefined) {
  if (Number.isNaN(+at)) return [{ pointer, message: `“${label}”不是有效的时间，例如 2026-12-03 09:30。` }];
  if (+at > +now + 60_000) return [{ pointer, message: `“${label}”晚于现在。请填实际联系的时间，或留空表示现在。` }];
  if (since && at < since)
    return [{ pointer, message: `“${label}”早于办结时间。办结之后告诉诉求人结果，才算反馈；请核对。` }];
  return [];
}

const attemptsOf = (work: Pick<Work, 'em'>, demandId: string, round: number): Promise<ContactAttempt[]> =>
  work.em.find(ContactAttemptEntity, { demandId, round }, { orderBy: { attemptedAt: 'asc' } });

export interface Evidence {
  attempts: ContactAttempt[];
  /** Different half-days in which nobody was reached, and how many are needed. */
  halfDays: number;
  needed: number;
  smsSent: boolean;
  /** 已尽反馈义务: tried often enough, and a short message was sent. */
  enough: boolean;
}

/** Whether the duty to tell is done although nobody was reached: different half-days as often as the parameter says, plus a short message (R24 ③). */
export async function evidenceOf(
  work: Work,
  demand: { id: string; reworkCount: number; reopenCount: number; hostOrgCode: string },
): Promise<Evidence> {
  const attempts = await attemptsOf(work, demand.id, roundOf(demand));
  const needed = (await work.parameters({ orgCode: demand.hostOrgCode })).number('feedback.contact_attempts');
  const unreached = attempts.filter((attempt) => attempt.outcome === 'UNREACHED');
  const halfDays = distinctHalfDays(unreached.map((attempt) => attempt.attemptedAt));
  const smsSent = attempts.some((attempt) => attempt.outcome === 'SMS_SENT');
  return { attempts, halfDays, needed, smsSent, enough: halfDays >= needed && smsSent };
}
