import { sqlOf } from '../../db/orm.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
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

export type ClockKind =
  | 'TRANSFER'
  | 'HANDLING'
  | 'FEEDBACK'
  | 'RETURN_VISIT'
  | 'DEFERRAL_REVIEW'
  | 'DEFERRAL_CONFIRM'
  | 'COMPLAINT_ACCEPTANCE'
  | 'CO_HANDLING'
  | 'PROGRESS_NOTICE'
  | 'EXTERNAL_STEP';

export interface ClockOptions {
  startsAt: Date;
  /** Name of the parameter that says how many working days; `days` where a person has chosen the day. */
  parameter?: string;
  days?: number;
  department: string | null;
  /** Bureau whose days off count; default: the host's. */
  orgCode?: string;
  /** Several of the kind may run side by side. */
  parallel?: boolean;
}

/**
 * Starts a clock whose days are the named parameter. Whatever begins anew (重办、改派或移交后送达、重新打开…) is the next round of it;
 * one that is running is left alone, unless several of the kind may run side by side.
 */
export async function openClock(work: Work, demand: Demand, kind: ClockKind, options: ClockOptions): Promise<Deadline> {
  const last = await findDeadline(work, 'demand', demand.id, kind);
  if (last && last.status !== 'STOPPED' && !options.parallel) return last;
  const parameters = await work.parameters(parameterFacts(demand));
  return openDeadline(work, {
    subjectType: 'demand',
    subjectId: demand.id,
    kind,
    round: (last?.round ?? 0) + 1,
    orgCode: options.orgCode ?? demand.hostOrgCode,
    departmentCode: options.department,
    startsAt: options.startsAt,
    days: options.days ?? parameters.number(options.parameter!),
    warnBefore: parameters.number('warn.before'),
    parameterVersion: parameters.version,
    unknown: true,
  });
}

/** The clock of a kind that is running now. */
export async function currentClock(work: Work, demand: Demand, kind: ClockKind): Promise<Deadline | null> {
  const clock = await findDeadline(work, 'demand', demand.id, kind);
  return clock?.status === 'OPEN' ? clock : null;
}

/** The newest clock of a kind unless it has stopped. */
export async function runningOrPaused(work: Work, demand: Demand, kind: ClockKind): Promise<Deadline | null> {
  const clock = await findDeadline(work, 'demand', demand.id, kind);
  return clock && clock.status !== 'STOPPED' ? clock : null;
}

/** `reason`: the demand goes another way, so the clock is neither on time nor late. */
export async function stopClock(work: Work, demand: Demand, kind: ClockKind, at: Date, reason?: string): Promise<void> {
  const clock = await findDeadline(work, 'demand', demand.id, kind);
  if (clock) await stopDeadline(work, clock, at, reason);
}

/** Starts a clock that is due on a day somebody has set, so many calendar days ahead: the next round of its kind. */
export async function openClockOn(
  work: Work,
  demand: Demand,
  kind: ClockKind,
  options: { dueDate: string; department: string | null; warnBefore?: number },
): Promise<Deadline> {
  const last = await findDeadline(work, 'demand', demand.id, kind);
  const now = work.clock.now();
  return openDeadline(work, {
    subjectType: 'demand',
    subjectId: demand.id,
    kind,
    round: (last?.round ?? 0) + 1,
    orgCode: demand.hostOrgCode,
    departmentCode: options.department,
    startsAt: now,
    days: calendarDaysBetween(shanghaiDate(now), options.dueDate),
    unit: 'CALENDAR',
    ...(options.warnBefore === undefined ? {} : { warnBefore: options.warnBefore }),
  });
}

/** Calendar days (自然日) from one day to another. */
export const calendarDaysBetween = (from: string, to: string): number =>
  Math.round((Date.parse(`${to}T00:00:00Z`) - Date.parse(`${from}T00:00:00Z`)) / 86_400_000);

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

export const stopAllClocks = (work: Work, demand: Demand, at: Date, reason?: string): Promise<void> =>
  stopDeadlinesOf(work, 'demand', demand.id, at, reason);

/**
 * How many times a demand has been handled from the start: each rework and each reopening begins a round of feedback and visits of its own.
 */
export const roundOf = (demand: Pick<Demand, 'reworkCount' | 'reopenCount'>): number =>
  demand.reworkCount + demand.reopenCount + 1;

/** Working days from a start (not counted) to a day (counted). */
export const workingDaysBetween = (work: Work, start: string, end: string, orgCode: string): number =>
  work.calendar.countWorkingDays(start, end, orgCode);
