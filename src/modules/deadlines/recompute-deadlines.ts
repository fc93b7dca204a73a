import { illegalTransition } from '../../kernel/errors.ts';
import type { Calendar } from '../calendar/index.ts';
import { note, setDue } from './change-deadline.ts';
import type { ClockWork } from './context.ts';
import { type Deadline, DeadlineEntity } from './entities.ts';

export interface MovedDeadline {
  deadline: Deadline;
  oldDueAt: Date;
  newDueAt: Date;
  provisional: boolean;
}

/** Which open clocks a new calendar would move; changes nothing. Clocks that have become overdue keep their verdict and day. */
export async function previewRecompute(
  work: Pick<ClockWork, 'em' | 'clock'>,
  calendar: Calendar,
): Promise<MovedDeadline[]> {
  const open = await work.em.find(DeadlineEntity, { status: 'OPEN' }, { orderBy: { dueAt: 'asc' } });
  const now = work.clock.now();
  return open.flatMap((deadline): MovedDeadline[] => {
    if (deadline.dueAt < now) return [];
    const due = calendar.addWorkingDays(deadline.startsAt, deadline.totalDays + deadline.pausedDays, deadline.orgCode);
    if (+due.dueAt === +deadline.dueAt && due.provisional === deadline.provisional) return [];
    return [{ deadline, oldDueAt: deadline.dueAt, newDueAt: due.dueAt, provisional: due.provisional }];
  });
}

/** Moves the open clocks to the calendar in force; each moved clock gets an event with old and new moment, version and reason. */
export async function recomputeDeadlines(work: ClockWork, reason: string): Promise<MovedDeadline[]> {
  if (!reason.trim()) throw illegalTransition('重算期限必须写明原因。');
  const moved = await previewRecompute(work, work.calendar);
  for (const item of moved) {
    const due = work.calendar.addWorkingDays(
      item.deadline.startsAt,
      item.deadline.totalDays + item.deadline.pausedDays,
      item.deadline.orgCode,
    );
    setDue(work, item.deadline, due);
    await work.em.flush();
    await note(work, item.deadline, 'deadline.recomputed', {
      from: item.oldDueAt.toISOString(),
      to: item.newDueAt.toISOString(),
      calendarVersion: work.calendar.version,
      provisional: item.provisional,
      reason,
    });
  }
  return moved;
}
