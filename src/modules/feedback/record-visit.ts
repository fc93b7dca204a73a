import { sqlOf } from '../../db/orm.ts';
import { forbidden } from '../../kernel/errors.ts';
import { closeReturnVisit, lockDemand, roundOf, type Work } from '../demands/index.ts';
import { appendEvent } from '../history/index.ts';
import { type ReturnVisit, ReturnVisitEntity } from './entities.ts';
import { distinctHalfDays } from './half-day.ts';

export interface VisitInput {
  visitMethod: string;
  visitReached: string;
  feedbackReceived?: string;
  resolved?: string;
  satisfaction?: string;
  dissatisfactionReason?: string;
  remark?: string;
}

const CONTENT = ['VERY_SATISFIED', 'SATISFIED', 'BASICALLY_SATISFIED'];
/** 基本满意及以上. */
export const isContent = (grade: string | null | undefined): boolean => CONTENT.includes(grade ?? '');

export const visitsOf = (work: Pick<Work, 'em'>, demandId: string, round: number): Promise<ReturnVisit[]> =>
  work.em.find(ReturnVisitEntity, { demandId, round }, { orderBy: { attempt: 'asc' } });

/** Attempts that count: half-days in which nobody was reached. */
export const countedAttempts = (visits: readonly ReturnVisit[]): number =>
  distinctHalfDays(visits.filter((visit) => !visit.reached).map((visit) => visit.visitedAt));

/**
 * One attempt of a return visit (R25). Nothing defaults to satisfied: who was not reached is not counted as content.
 * Every call is kept; only different half-days count (R24), and after the last of them the outcome is honestly “联系不上”.
 * Who handled the demand does not visit for it.
 */
export async function recordVisit(
  work: Work,
  demandId: string,
  input: VisitInput,
): Promise<{ visitReached: boolean; visitSatisfied: boolean | null; attemptsMade: number }> {
  const demand = await lockDemand(work, demandId);
  if (demand.handledBy === work.actor.login)
    throw forbidden('你是这件诉求的办理人，不能由你回访。请由纳税服务部门的其他人回访。', { reason: 'visit-own' });
  const round = roundOf(demand);
  const before = await visitsOf(work, demandId, round);
  const reached = input.visitReached === 'YES';
  const satisfied = reached ? isContent(input.satisfaction) : null;
  const now = work.clock.now();
  const visit = work.em.create(ReturnVisitEntity, {
    id: work.ids.uuid(),
    demandId,
    round,
    attempt: before.length + 1,
    visitedBy: work.actor.login,
    visitedByName: work.actor.name,
    visitedAt: now,
    method: input.visitMethod,
    reached,
    feedbackReceived: reached ? input.feedbackReceived === 'YES' : null,
    resolved: reached ? (input.resolved ?? null) : null,
    satisfaction: reached ? (input.satisfaction ?? null) : null,
    dissatisfactionReason: reached ? (input.dissatisfactionReason ?? null) : null,
    remark: input.remark ?? null,
    judgement: null,
    judgementReason: null,
    judgedBy: null,
  });
  await work.em.persist(visit).flush();
  const attemptsMade = countedAttempts([...before, visit]);
  await appendEvent(sqlOf(work.em), {
    subjectType: 'demand',
    subjectId: demandId,
    type: 'visit.attempted',
    occurredAt: now,
    actor: work.actor,
    payload: {
      round,
      attempt: visit.attempt,
      counted: attemptsMade,
      reached,
      satisfaction: visit.satisfaction ?? null,
    },
  });
  const allowed = (await work.parameters({ orgCode: demand.hostOrgCode })).number('visit.max_attempts');
  if (reached || attemptsMade >= allowed)
    await closeReturnVisit(work, demandId, {
      satisfaction: visit.satisfaction ?? null,
      dissatisfied: satisfied === false,
    });
  return { visitReached: reached, visitSatisfied: satisfied, attemptsMade };
}
