import type { Work } from '../context.ts';
import { type Demand, ExtensionEntity } from '../entities.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { statusTitle } from '../vocabulary.ts';
import { ReturnEntity } from './entities.ts';

export interface ReturnOutlook {
  /** Last moment for an objection; null where there is nothing to object to. */
  until: Date | null;
  within: number;
  most: number;
  /** Objections made so far. */
  made: number;
  /** Why none may be made now; null when one may. */
  refusal: string | null;
  reason?: 'not-dispatched' | 'return-limit' | 'return-late' | 'extension-pending' | 'wrong-state';
}

/** Whether the host may still object to the dispatch (退单, R17 ④): once, within one working day of the delivery, and before it asks for more time. */
export async function returnOutlook(work: Work, demand: Demand): Promise<ReturnOutlook> {
  const parameters = await work.parameters(parameterFacts(demand));
  const within = parameters.number('return.within');
  const most = parameters.number('return.max');
  const made = await work.em.count(ReturnEntity, { demandId: demand.id, kind: 'RETURN' });
  const sent = demand.dispatchBasis === 'RULE' || demand.dispatchBasis === 'MANUAL';
  const until =
    sent && demand.deliveredAt && within > 0
      ? work.calendar.addWorkingDays(demand.deliveredAt, within, demand.hostOrgCode).dueAt
      : null;
  const known = { until, within, most, made };
  const no = (reason: NonNullable<ReturnOutlook['reason']>, refusal: string): ReturnOutlook => ({
    ...known,
    reason,
    refusal,
  });
  if (demand.status !== 'HANDLING' || demand.withdrawalReason)
    return no('wrong-state', `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有办理中的件可以退单。`);
  if (!sent || demand.reworkCount > 0 || demand.reopenCount > 0)
    return no('not-dispatched', '只有纳服派来的件可以退单；直接受理、重办和重新打开的件由原部门办理。');
  if (made >= most) return no('return-limit', `这件诉求已经退单 ${made} 次，每件最多 ${most} 次，不能再退。`);
  if (!until || work.clock.now() > until)
    return no(
      'return-late',
      `退单要在收到后 ${within} 个工作日内提出，现在已经过了。请办理；确实不属本部门的，请纳服改派。`,
    );
  if (await work.em.findOne(ExtensionEntity, { demandId: demand.id, status: 'PENDING' }))
    return no('extension-pending', '已经申请延期，正在审批，不能同时退单。请等审批结果。');
  return { ...known, refusal: null };
}
