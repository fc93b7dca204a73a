import { illegalTransition } from '../../kernel/errors.ts';
import { dueAfter, note, setDue } from './change-deadline.ts';
import type { ClockWork } from './context.ts';
import type { Deadline } from './entities.ts';

/** Start and days of a clock before it was counted anew, to put it back. */
export interface ClockBase {
  startsAt: string;
  totalDays: number;
}

/** When a running clock would be due with other days or another start. */
export const dueIf = (work: Pick<ClockWork, 'calendar'>, deadline: Deadline, to: ClockBase) =>
  dueAfter(work.calendar, deadline.unit, new Date(to.startsAt), to.totalDays + deadline.pausedDays, deadline.orgCode);

/** Counts a running clock anew from a start with so many days; old and new moment and the reason go into history. */
export async function restateDeadline(
  work: ClockWork,
  deadline: Deadline,
  to: ClockBase,
  reason: string,
): Promise<void> {
  if (deadline.status !== 'OPEN') throw illegalTransition('期限没有在走，不能重算。');
  const before = deadline.dueAt;
  const due = dueIf(work, deadline, to);
  deadline.startsAt = new Date(to.startsAt);
  deadline.totalDays = to.totalDays;
  setDue(work, deadline, due);
  if (due.dueAt > before) {
    deadline.warnedAt = null;
    deadline.overdueNoticedAt = null;
  }
  await work.em.flush();
  await note(work, deadline, 'deadline.recomputed', {
    from: before.toISOString(),
    to: due.dueAt.toISOString(),
    reason,
  });
}
