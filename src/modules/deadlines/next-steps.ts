import type { Calendar } from '../calendar/index.ts';
import type { Deadline } from './entities.ts';
import { isDeferralClock } from './lamp.ts';

export interface NextStep {
  kind: 'WARNING' | 'OVERDUE';
  clock: string;
  /** Day of a warning, sent by the first sweep of that day; moment of an overdue notice. */
  at: Date;
  dueAt: Date;
}

type Running = Pick<Deadline, 'kind' | 'status' | 'dueAt' | 'dueDate' | 'orgCode' | 'warnedAt' | 'overdueNoticedAt'>;

/** What the sweep will do by itself if nobody acts (若今天不办), in the order of time. `warnBefore` is the parameter `warn.before`. */
export function nextSteps(
  clocks: readonly Running[],
  options: { calendar: Calendar; now: Date; warnBefore: number },
): NextStep[] {
  const { calendar, now, warnBefore } = options;
  return clocks
    .filter((clock) => clock.status === 'OPEN' && !isDeferralClock(clock.kind))
    .flatMap((clock): NextStep[] => {
      const base = { clock: clock.kind, dueAt: clock.dueAt };
      const steps: NextStep[] = [];
      if (!clock.warnedAt && clock.dueAt > now && warnBefore > 0) {
        const day = calendar.subtractWorkingDays(clock.dueDate, warnBefore, clock.orgCode).dueDate;
        const at = new Date(`${day}T00:00:00+08:00`);
        steps.push({ ...base, kind: 'WARNING', at: at < now ? now : at });
      }
      if (!clock.overdueNoticedAt) steps.push({ ...base, kind: 'OVERDUE', at: clock.dueAt < now ? now : clock.dueAt });
      return steps;
    })
    .sort((a, b) => +a.at - +b.at);
}
