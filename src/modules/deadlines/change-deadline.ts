import { sqlOf } from '../../db/orm.ts';
import { shanghaiInstant } from '../../kernel/clock.ts';
import { illegalTransition, invalid } from '../../kernel/errors.ts';
import type { Calendar } from '../calendar/index.ts';
import { appendEvent } from '../history/index.ts';
import type { ClockWork } from './context.ts';
import { type Deadline, DeadlineEntity } from './entities.ts';

/** Working days (工作日), or calendar days whose last one rolls forward to a working day (自然日, 民法典 203). */
export type DayUnit = 'WORKING' | 'CALENDAR';

/** When so many days of a unit end. */
export const dueAfter = (
  calendar: Pick<Calendar, 'addWorkingDays' | 'addCalendarDaysRoll'>,
  unit: string,
  start: Date | string,
  days: number,
  orgCode: string,
) =>
  unit === 'CALENDAR'
    ? calendar.addCalendarDaysRoll(start, days, orgCode)
    : calendar.addWorkingDays(start, days, orgCode);

/** The days of a clock one by one, for working days; calendar days need no telling. */
export const countedDays = (
  calendar: Pick<Calendar, 'addWorkingDays'>,
  clock: Pick<Deadline, 'unit' | 'startsAt' | 'totalDays' | 'pausedDays' | 'orgCode'>,
) =>
  clock.unit === 'CALENDAR'
    ? []
    : calendar.addWorkingDays(clock.startsAt, clock.totalDays + clock.pausedDays, clock.orgCode).days;

export interface OpenDeadline {
  subjectType: string;
  subjectId: string;
  kind: string;
  round?: number;
  orgCode: string;
  departmentCode: string | null;
  startsAt: Date;
  /** Days, from the rule set `deadlines`; working days unless `unit` says otherwise. */
  days: number;
  unit?: DayUnit;
  /** Working days before the due day on which people are reminded, from the rule set `deadlines`. */
  warnBefore?: number;
  parameterVersion?: number;
  /** Whoever asks has looked, under the lock of the subject: there is no clock of this kind and round. */
  unknown?: true;
}

/** Starts a clock. Idempotent per subject, kind and round: a repeated delivery finds the clock already running. */
export async function openDeadline(work: ClockWork, input: OpenDeadline): Promise<Deadline> {
  const round = input.round ?? 1;
  const key = { subjectType: input.subjectType, subjectId: input.subjectId, kind: input.kind, round };
  const known = input.unknown ? null : await work.em.findOne(DeadlineEntity, key);
  if (known) return known;
  const unit = input.unit ?? 'WORKING';
  const due = dueAfter(work.calendar, unit, input.startsAt, input.days, input.orgCode);
  const deadline = work.em.create(
    DeadlineEntity,
    {
      ...key,
      id: work.ids.uuid(),
      orgCode: input.orgCode,
      departmentCode: input.departmentCode,
      startsAt: input.startsAt,
      unit,
      baseDays: input.days,
      totalDays: input.days,
      dueAt: due.dueAt,
      dueDate: due.dueDate,
      calendarVersion: work.calendar.version,
      provisional: due.provisional,
      status: 'OPEN',
      stoppedAt: null,
      overdue: null,
      overdueDays: null,
      stopReason: null,
      pausedAt: null,
      pauseReason: null,
      pausedDays: 0,
      extensions: 0,
      warnBefore: input.warnBefore ?? null,
      warnAt: warnAtOf(work.calendar, due.dueDate, input.orgCode, input.warnBefore),
      warnedAt: null,
      overdueNoticedAt: null,
      parameterVersion: input.parameterVersion ?? null,
    },
    { persist: true },
  );
  await work.em.flush();
  await note(work, deadline, 'deadline.opened', {
    days: input.days,
    startsAt: input.startsAt.toISOString(),
    dueAt: due.dueAt.toISOString(),
    provisional: due.provisional,
  });
  return deadline;
}

/** The newest clock of a kind on a subject, running or not. */
export async function findDeadline(
  work: Pick<ClockWork, 'em'>,
  subjectType: string,
  subjectId: string,
  kind: string,
): Promise<Deadline | null> {
  return work.em.findOne(DeadlineEntity, { subjectType, subjectId, kind }, { orderBy: { round: 'desc' } });
}

/** The clock of a kind and a round, where several of a kind run side by side. */
export const findDeadlineOfRound = (
  work: Pick<ClockWork, 'em'>,
  subjectType: string,
  subjectId: string,
  kind: string,
  round: number,
): Promise<Deadline | null> => work.em.findOne(DeadlineEntity, { subjectType, subjectId, kind, round });

/** Extends a running clock to `totalDays` days of its unit from its start; old and new day go into history. */
export async function extendDeadline(
  work: ClockWork,
  deadline: Deadline,
  totalDays: number,
  reason: string,
): Promise<Deadline> {
  if (deadline.status !== 'OPEN') throw illegalTransition('期限已经停止，不能延长。');
  if (totalDays <= deadline.totalDays)
    throw invalid(`新期限合计 ${totalDays} 个工作日，不长于现有的 ${deadline.totalDays} 个工作日，无需延期。`, [], {
      reason: 'NOT_LONGER_THAN_CURRENT',
    });
  const old = deadline.dueAt;
  const due = dueAfter(
    work.calendar,
    deadline.unit,
    deadline.startsAt,
    totalDays + deadline.pausedDays,
    deadline.orgCode,
  );
  deadline.totalDays = totalDays;
  deadline.extensions += 1;
  setDue(work, deadline, due);
  deadline.warnedAt = null;
  deadline.overdueNoticedAt = null;
  await work.em.flush();
  await note(work, deadline, 'deadline.extended', {
    from: old.toISOString(),
    to: due.dueAt.toISOString(),
    totalDays,
    reason,
  });
  return deadline;
}

/**
 * Stops a clock and freezes the verdict: on time, or overdue by so many working days. A stopped clock stays as it is.
 * `reason` says that the demand went another way (退单、挂账…): the days it took are kept, and nobody calls it done.
 */
export async function stopDeadline(work: ClockWork, deadline: Deadline, at: Date, reason?: string): Promise<Deadline> {
  if (deadline.status === 'STOPPED') return deadline;
  const overdue = at > deadline.dueAt;
  deadline.status = 'STOPPED';
  deadline.stoppedAt = at;
  deadline.stopReason = reason ?? null;
  deadline.overdue = overdue;
  deadline.overdueDays = overdue
    ? Math.max(0, work.calendar.countWorkingDays(deadline.dueDate, at, deadline.orgCode))
    : 0;
  await work.em.flush();
  await note(work, deadline, 'deadline.stopped', {
    at: at.toISOString(),
    overdue,
    overdueDays: deadline.overdueDays,
    ...(reason ? { reason } : {}),
  });
  return deadline;
}

/** Stops every running clock of a subject (withdrawal, write-off, void). */
export async function stopDeadlinesOf(
  work: ClockWork,
  subjectType: string,
  subjectId: string,
  at: Date,
  reason?: string,
): Promise<void> {
  const open = await work.em.find(
    DeadlineEntity,
    { subjectType, subjectId, status: { $ne: 'STOPPED' } },
    { orderBy: { startsAt: 'asc' } },
  );
  for (const deadline of open) await stopDeadline(work, deadline, at, reason);
}

/** Pauses a clock (停钟); only where a rule allows it, which the caller has checked. */
export async function pauseDeadline(work: ClockWork, deadline: Deadline, reason: string): Promise<Deadline> {
  if (deadline.status !== 'OPEN') throw illegalTransition('期限没有在走，不能停钟。');
  deadline.status = 'PAUSED';
  deadline.pausedAt = work.clock.now();
  deadline.pauseReason = reason;
  await work.em.flush();
  await note(work, deadline, 'deadline.paused', { reason });
  return deadline;
}

/** Resumes a paused clock: the working days of the pause are added to the due day. */
export async function resumeDeadline(work: ClockWork, deadline: Deadline): Promise<Deadline> {
  if (deadline.status !== 'PAUSED') throw illegalTransition('期限没有停钟，不用恢复。');
  const days = Math.max(0, work.calendar.countWorkingDays(deadline.pausedAt!, work.clock.now(), deadline.orgCode));
  const old = deadline.dueAt;
  deadline.status = 'OPEN';
  deadline.pausedAt = null;
  deadline.pausedDays += days;
  setDue(
    work,
    deadline,
    work.calendar.addWorkingDays(deadline.startsAt, deadline.totalDays + deadline.pausedDays, deadline.orgCode),
  );
  await work.em.flush();
  await note(work, deadline, 'deadline.resumed', {
    pausedDays: days,
    from: old.toISOString(),
    to: deadline.dueAt.toISOString(),
  });
  return deadline;
}

export function setDue(
  work: Pick<ClockWork, 'calendar'>,
  deadline: Deadline,
  due: { dueAt: Date; dueDate: string; provisional: boolean },
): void {
  deadline.dueAt = due.dueAt;
  deadline.dueDate = due.dueDate;
  deadline.provisional = due.provisional;
  deadline.calendarVersion = work.calendar.version;
  deadline.warnAt = warnAtOf(work.calendar, due.dueDate, deadline.orgCode, deadline.warnBefore);
}

/** The beginning of the day so many working days before the due day, on the calendar of the bureau. */
export function warnAtOf(
  calendar: Pick<Calendar, 'subtractWorkingDays'>,
  dueDate: string,
  orgCode: string,
  warnBefore: number | null | undefined,
): Date | null {
  if (!warnBefore) return null;
  return shanghaiInstant(calendar.subtractWorkingDays(dueDate, warnBefore, orgCode).dueDate);
}

export async function note(
  work: ClockWork,
  deadline: Deadline,
  type: string,
  payload: Record<string, unknown>,
): Promise<void> {
  await appendEvent(sqlOf(work.em), {
    subjectType: deadline.subjectType,
    subjectId: deadline.subjectId,
    type,
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload: { kind: deadline.kind, round: deadline.round, ...payload },
  });
}
