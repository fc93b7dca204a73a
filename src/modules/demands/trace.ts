import { sqlOf } from '../../db/orm.ts';
import {
  type Deadline,
  extendDeadline,
  findDeadline,
  openDeadline,
  stopDeadline,
  stopDeadlinesOf,
} from '../deadlines/index.ts';
import { appendEvent } from '../history/index.ts';
import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { parameterFacts } from './parameter-facts.ts';

/** What every use case leaves behind: an event in the demand's chain, and its clocks. */

/** The event says which state the demand is in from now on, so that any past moment can be told from the chain alone. */
export async function record(
  work: Work,
  demand: Demand,
  type: string,
  payload: Record<string, unknown>,
): Promise<void> {
  await work.em.flush();
  await appendEvent(sqlOf(work.em), {
    subjectType: 'demand',
    subjectId: demand.id,
    type,
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload: { status: demand.status, ...payload },
  });
}

export type ClockKind = 'TRANSFER' | 'HANDLING' | 'FEEDBACK' | 'RETURN_VISIT';

/** Starts a clock whose days are the named parameter. Each rework has a round of its own. */
export async function openClock(
  work: Work,
  demand: Demand,
  kind: ClockKind,
  options: { startsAt: Date; parameter: string; department: string | null },
): Promise<Deadline> {
  const parameters = await work.parameters(parameterFacts(demand));
  return openDeadline(work, {
    subjectType: 'demand',
    subjectId: demand.id,
    kind,
    round: demand.reworkCount + 1,
    orgCode: demand.hostOrgCode,
    departmentCode: options.department,
    startsAt: options.startsAt,
    days: parameters.number(options.parameter),
    warnBefore: parameters.number('warn.before'),
    parameterVersion: parameters.version,
  });
}

/** The clock of a kind that is running now. */
export async function currentClock(work: Work, demand: Demand, kind: ClockKind): Promise<Deadline | null> {
  const clock = await findDeadline(work, 'demand', demand.id, kind);
  return clock?.status === 'OPEN' ? clock : null;
}

export async function stopClock(work: Work, demand: Demand, kind: ClockKind, at: Date): Promise<void> {
  const clock = await findDeadline(work, 'demand', demand.id, kind);
  if (clock) await stopDeadline(work, clock, at);
}

export async function extendClock(
  work: Work,
  demand: Demand,
  kind: ClockKind,
  totalDays: number,
  reason: string,
): Promise<void> {
  const clock = await currentClock(work, demand, kind);
  if (clock) await extendDeadline(work, clock, totalDays, reason);
}

export const stopAllClocks = (work: Work, demand: Demand, at: Date): Promise<void> =>
  stopDeadlinesOf(work, 'demand', demand.id, at);

/** Working days from a start (not counted) to a day (counted). */
export const workingDaysBetween = (work: Work, start: string, end: string, orgCode: string): number =>
  work.calendar.countWorkingDays(start, end, orgCode);
