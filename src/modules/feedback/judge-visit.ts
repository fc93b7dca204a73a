import { sqlOf } from '../../db/orm.ts';
import { forbidden, invalid } from '../../kernel/errors.ts';
import { lockDemand, roundOf, settleByExplanation, type Work } from '../demands/index.ts';
import { appendEvent } from '../history/index.ts';
import { ReturnVisitEntity } from './entities.ts';

/** Tax service judges a dissatisfied answer: handled again, or explained. Rework is limited (`rework.max`). Who handled it does not judge. */
export async function judgeVisit(
  work: Work,
  demandId: string,
  input: { visitOutcome: string; judgementReason: string },
): Promise<void> {
  const demand = await lockDemand(work, demandId);
  if (demand.handledBy === work.actor.login)
    throw forbidden('你是这件诉求的办理人，不能由你判定。请由纳税服务部门的其他人判定。', { reason: 'judge-own' });
  const round = roundOf(demand);
  const most = (await work.parameters({ orgCode: demand.hostOrgCode })).number('rework.max');
  if (input.visitOutcome === 'REWORK' && demand.reworkCount >= most)
    throw invalid(
      '判定没有提交。',
      [
        {
          pointer: '/visitOutcome',
          message: `已经重办 ${demand.reworkCount} 次，达到上限 ${most} 次。请选“解释”，或提请督办。`,
        },
      ],
      { reason: 'rework-limit' },
    );
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
  if (input.visitOutcome !== 'REWORK') await settleByExplanation(work, demandId);
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
