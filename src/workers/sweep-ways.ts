import { sqlOf } from '../db/orm.ts';
import { isDeferralClock, type SweptDeadline } from '../modules/deadlines/index.ts';
import { DeferralEntity, DemandEntity, handedOn, raiseOldDemand, type Work } from '../modules/demands/index.ts';
import { appendEvent } from '../modules/history/index.ts';
import { notify } from '../modules/notifications/index.ts';
import { tellingMoment } from '../modules/supervision/index.ts';
import type { RunWork } from './once.ts';

/** A review day has passed without a review (超复核日, R19): whoever is responsible and tax service are told. It is no overdue demand. */
export async function tellMissedReviews(work: Work, deadlines: readonly SweptDeadline[]): Promise<void> {
  for (const deadline of deadlines.filter((item) => item.subjectType === 'demand' && isDeferralClock(item.kind))) {
    const demand = await work.em.findOne(DemandEntity, { id: deadline.subjectId });
    const deferral = await work.em.findOne(DeferralEntity, { demandId: deadline.subjectId, status: 'ACTIVE' });
    if (!demand || !deferral) continue;
    const review = deadline.kind === 'DEFERRAL_REVIEW';
    const desk = work.directory.usersWithRole(demand.hostOrgCode, 'DEMAND_DESK').map((user) => user.login);
    await notify(sqlOf(work.em), [...desk, ...(review ? [deferral.responsible] : [])], {
      cause: `missed:${deadline.id}:${deadline.dueAt.toISOString()}`,
      kind: 'DEFERRAL',
      title: review ? `${demand.number} 超过复核日` : `${demand.number} 满 1 年还没有再确认`,
      body: review ? '请责任人尽快复核：继续挂账、上报或恢复办理。' : '请提请主要领导再确认；不确认的恢复办理。',
      link: `/demands/${demand.number}`,
      demandId: demand.id,
      at: work.clock.now(),
      visibleAt: await tellingMoment(work, demand.hostOrgCode),
    });
    await appendEvent(sqlOf(work.em), {
      subjectType: 'demand',
      subjectId: demand.id,
      type: 'deferral.review-missed',
      occurredAt: work.clock.now(),
      actor: work.actor,
      payload: { kind: deadline.kind },
    });
  }
}

/** Demands handed from department to department that have become too old in all are raised a level (R17 ④). */
export async function raiseOldReturns(run: RunWork): Promise<void> {
  for (const id of await run((work) => handedOn(sqlOf(work.em)))) await run((work) => raiseOldDemand(work, id));
}
