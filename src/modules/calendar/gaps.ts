import type { LocalDate } from '../../kernel/clock.ts';
import type { Calendar } from './calendar.ts';

/** The State Council publishes next year's arrangement in November; from this day on a missing one is urgent (日历要求 2.5). */
const NOTICE_EXPECTED = '-11-15';

export interface CalendarGap {
  year: number;
  state: 'MISSING' | 'PROVISIONAL';
}

/** Years that should be published by now: this one, and the next one after mid-November. */
export function calendarGaps(calendar: Calendar, today: LocalDate): CalendarGap[] {
  const year = Number(today.slice(0, 4));
  const wanted = today > `${year}${NOTICE_EXPECTED}` ? [year, year + 1] : [year];
  return wanted.flatMap((item): CalendarGap[] => {
    const known = calendar.year(item);
    if (!known) return [{ year: item, state: 'MISSING' }];
    return known.status === 'PROVISIONAL' ? [{ year: item, state: 'PROVISIONAL' }] : [];
  });
}
