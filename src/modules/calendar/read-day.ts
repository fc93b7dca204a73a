import type { LocalDate } from '../../kernel/clock.ts';

/**
 * A day as people type it: `2026-11-23`, `2026/11/23`, `11-23`, `1123`, `11月23日`, `2026年11月23日`. Without a year it is the one of `near`.
 * What is no day stays as typed, to be refused by name.
 */
export function readDay(text: string, near: LocalDate): LocalDate {
  const typed = text.normalize('NFKC').trim();
  const full = /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?$/.exec(typed) ?? /^(\d{4})(\d{2})(\d{2})$/.exec(typed);
  const short = /^(\d{1,2})[-/.月](\d{1,2})日?$/.exec(typed) ?? /^(\d{2})(\d{2})$/.exec(typed);
  const [year, month, day] = full ? full.slice(1) : short ? [near.slice(0, 4), short[1], short[2]] : [];
  return year && month && day ? `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}` : typed;
}
