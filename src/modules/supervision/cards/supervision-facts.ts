import { sqlOf } from '../../../db/orm.ts';
import { shanghaiDate, shanghaiTime } from '../../../kernel/clock.ts';
import { DeadlineEntity } from '../../deadlines/index.ts';
import { type Demand, ExtensionEntity, parameterFacts, type Work } from '../../demands/index.ts';

const BAD = ['DISSATISFIED', 'VERY_DISSATISFIED'];

/** Facts for the rule set `supervision` at this moment; a clock that has stopped meanwhile gives no cause. */
export async function supervisionFacts(
  work: Work,
  demand: Demand,
  deadlineId: string | undefined,
): Promise<Record<string, unknown>> {
  const parameters = await work.parameters(parameterFacts(demand));
  const now = work.clock.now();
  const today = shanghaiDate(now);
  const found = deadlineId ? await work.em.findOne(DeadlineEntity, { id: deadlineId }) : null;
  const clock = found?.status === 'OPEN' ? found : null;
  const [open] = await sqlOf(work.em).query<{ status: string; evasive: boolean }>(
    `select status, evasive from supervision where demand_id = $1 and status <> 'LIFTED'`,
    [demand.id],
  );
  // Asked for in time and not decided yet: whoever decides is late, not the host (R18 ⑤).
  const awaited =
    clock?.kind === 'HANDLING'
      ? await work.em.findOne(ExtensionEntity, {
          demandId: demand.id,
          status: 'PENDING',
          submittedBeforeDue: true,
          decidedAt: null,
        })
      : null;
  const past = clock !== null && now > clock.dueAt;
  const day = clock ? String(clock.dueDate).slice(0, 10) : today;
  return {
    clock: clock?.kind ?? '',
    remaining: clock && !past ? work.calendar.countWorkingDays(today, day, clock.orgCode) : 0,
    dueToday: clock !== null && !past && day === today,
    urgeTimeReached: shanghaiTime(now) >= parameters.text('urge.at'),
    overdueDays: clock && past ? Math.max(0, work.calendar.countWorkingDays(day, today, clock.orgCode)) : 0,
    approvalPending: awaited !== null,
    approver: awaited?.approverRole ?? null,
    accounted: open?.status === 'ACCOUNTED',
    evasive: open?.evasive === true,
    reworkedAndDissatisfied:
      demand.reworkCount >= parameters.number('red.rework_rounds') && BAD.includes(demand.satisfaction ?? ''),
    warnBefore: parameters.number('warn.before'),
    yellowAfter: parameters.number('yellow.after'),
    redAfter: parameters.number('red.after'),
    escalateAfter: parameters.number('escalate.after'),
  };
}
