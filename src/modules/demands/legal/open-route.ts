import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { currentClock, openClock, record } from '../trace.ts';
import { transferDemand } from '../transfer-demand.ts';
import { type LegalFollowUp, LegalFollowUpEntity } from './entities.ts';
import { blankFollowUp, latestFollowUp, lockFollowUp } from './follow-ups.ts';
import { adviceFrom, applyAdvice } from './judge-route.ts';
import type { LegalRoute } from './routes.ts';

/**
 * A statutory route is suggested, or asked for (R20): its row in the follow-up ledger is opened, tax service has the demand in its ledger, and the
 * five working days for passing it on run from the registration. A complaint has a day of its own for the decision on acceptance instead.
 */
export async function openLegalRoute(
  work: Work,
  demandId: string,
  outcome: Record<string, unknown>,
): Promise<LegalFollowUp> {
  const advice = adviceFrom(outcome);
  const demand = await lockDemand(work, demandId);
  const asked = await latestFollowUp(work, demandId, ['REQUESTED']);
  const followUp = asked ? await lockFollowUp(work, asked.id) : newFollowUp(work, demand, advice.route!);
  applyAdvice(demand, followUp, advice);
  followUp.route = advice.route ?? followUp.route;
  followUp.status = 'AWAITING_CONFIRMATION';
  await work.em.flush();
  await record(work, demand, 'legal.opened', {
    followUpId: followUp.id,
    route: followUp.route,
    source: followUp.source,
    ruleId: followUp.ruleId,
  });
  await transferDemand(work, demandId, { forDispatch: false });
  await openRouteClock(work, demand, followUp);
  return followUp;
}

const newFollowUp = (work: Work, demand: Demand, route: LegalRoute): LegalFollowUp =>
  work.em.create(
    LegalFollowUpEntity,
    {
      ...blankFollowUp(),
      id: work.ids.uuid(),
      demandId: demand.id,
      route,
      status: 'AWAITING_CONFIRMATION',
      source: 'REGISTRATION',
      openedAt: work.clock.now(),
    },
    { persist: true },
  );

/** The clock under which the person who confirms works. One that runs already goes on. */
export async function openRouteClock(work: Work, demand: Demand, followUp: LegalFollowUp): Promise<void> {
  const complaint = followUp.route === 'SERVICE_COMPLAINT';
  const kind = complaint ? 'COMPLAINT_ACCEPTANCE' : 'HANDLING';
  if (await currentClock(work, demand, kind)) return;
  await openClock(work, demand, kind, {
    startsAt: followUp.source === 'REGISTRATION' ? demand.registeredAt : work.clock.now(),
    parameter: complaint ? 'complaint.accept.days' : 'handle.single.days',
    department: followUp.confirmDepartment ?? null,
  });
}
