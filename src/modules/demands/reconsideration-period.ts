import { type LocalDate, shanghaiDate } from '../../kernel/clock.ts';
import type { Calendar } from '../deadlines/index.ts';

export interface ReconsiderationPeriod {
  /** From which day it runs: known, or in a tax dispute the day paid or secured. */
  from: LocalDate;
  /** The last day as counted, before it rolls forward. */
  counted: LocalDate;
  /** The last day on which an application is in time. */
  lastDay: LocalDate;
  dueAt: Date;
  /** Holidays and weekends that moved it (民法典 203). */
  rolled: boolean;
  provisional: boolean;
  /** Calendar days left after today; negative = past. */
  daysLeft: number;
}

const DAY_MS = 86_400_000;

/** Until when reconsideration (行政复议) may be applied for: so many calendar days from knowing, the last day rolled forward to a working day. */
export function reconsiderationPeriod(
  calendar: Calendar,
  input: { knownAt: LocalDate; settledAt?: LocalDate | undefined; days: number; today: LocalDate; orgCode: string },
): ReconsiderationPeriod {
  const from = input.settledAt && input.settledAt > input.knownAt ? input.settledAt : input.knownAt;
  const due = calendar.addCalendarDaysRoll(from, input.days, input.orgCode);
  const counted = shanghaiDate(new Date(Date.parse(`${from}T00:00:00+08:00`) + input.days * DAY_MS));
  return {
    from,
    counted,
    lastDay: due.dueDate,
    dueAt: due.dueAt,
    rolled: counted !== due.dueDate,
    provisional: due.provisional,
    daysLeft: Math.round((Date.parse(`${due.dueDate}T00:00:00Z`) - Date.parse(`${input.today}T00:00:00Z`)) / DAY_MS),
  };
}
