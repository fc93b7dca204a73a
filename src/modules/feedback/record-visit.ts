import { sqlOf } from '../../db/orm.ts';
import { forbidden } from '../../kernel/errors.ts';
import { closeReturnVisit, lockDemand, type Work } from '../demands/index.ts';
import { appendEvent } from '../history/index.ts';
import { ReturnVisitEntity } from './entities.ts';

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

/**
 * One attempt of a return visit (R25). Nothing defaults to satisfied: who was not reached is not counted as content.
 * Who handled the demand does not visit for it.
 */
export async function recordVisit(
  work: Work,
  demandId: string,
  input: VisitInput,
): Promise<{ visitReached: boolean; visitSatisfied: boolean | null }> {
  const demand = await lockDemand(work, demandId);
  if (demand.handledBy === work.actor.login)
    throw forbidden('你是这件诉求的办理人，不能由你回访。请由纳税服务部门的其他人回访。', { reason: 'visit-own' });
  const round = demand.reworkCount + 1;
  const attempt = (await work.em.count(ReturnVisitEntity, { demandId, round })) + 1;
  const reached = input.visitReached === 'YES';
  const satisfied = reached ? CONTENT.includes(input.satisfaction ?? '') : null;
  const now = work.clock.now();
  work.em.create(
    ReturnVisitEntity,
    {
      id: work.ids.uuid(),
      demandId,
      round,
      attempt,
      visitedBy: work.actor.login,
      visitedByName: work.actor.name,
      visitedAt: now,
      method: input.visitMethod,
      reached,
      feedbackReceived: reached ? input.feedbackReceived === 'YES' : null,
      resolved: input.resolved ?? null,
      satisfaction: input.satisfaction ?? null,
      dissatisfactionReason: input.dissatisfactionReason ?? null,
      remark: input.remark ?? null,
      judgement: null,
      judgementReason: null,
      judgedBy: null,
    },
    { persist: true },
  );
  await work.em.flush();
  await appendEvent(sqlOf(work.em), {
    subjectType: 'demand',
    subjectId: demandId,
    type: 'visit.attempted',
    occurredAt: now,
    actor: work.actor,
    payload: { round, attempt, reached, satisfaction: input.satisfaction ?? null },
  });
  const allowed = (await work.parameters({ orgCode: demand.hostOrgCode })).number('visit.max_attempts');
  if (reached || attempt >= allowed) await closeReturnVisit(work, demandId, input.satisfaction ?? null);
  return { visitReached: reached, visitSatisfied: satisfied };
}

/** Tax service judges a dissatisfied answer: handled again, or explained. Rework is limited (`rework.max`). */
export async function judgeVisit(
  work: Work,
  demandId: string,
  input: { visitOutcome: string; judgementReason: string },
): Promise<void> {
  const demand = await lockDemand(work, demandId);
  const round = demand.reworkCount + 1;
  const most = (await work.parameters({ orgCode: demand.hostOrgCode })).number('rework.max');
  if (input.visitOutcome === 'REWORK' && demand.reworkCount >= most)
    throw forbidden(`已经重办 ${demand.reworkCount} 次，达到上限。请选“解释”，或提请督办。`, {
      reason: 'rework-limit',
    });
  const visit = await work.em.findOne(
    ReturnVisitEntity,
    { demandId, round, reached: true },
    { orderBy: { attempt: 'desc' } },
  );
  if (visit) {
    visit.judgement = input.visitOutcome;
    visit.judgementReason = input.judgementReason;
    visit.judgedBy = work.actor.login;
  }
  await work.em.flush();
  await appendEvent(sqlOf(work.em), {
    subjectType: 'demand',
    subjectId: demandId,
    type: 'visit.judged',
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload: { round, judgement: input.visitOutcome },
  });
}
