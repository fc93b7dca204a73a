import { type LocalDate, shanghaiDate, shanghaiTime } from '../../kernel/clock.ts';
import type { Deadline } from '../deadlines/index.ts';
import type { PaperFacts } from './paper.ts';

/** `2026年11月23日`, as papers write days. */
export const dayOf = (day: LocalDate): string =>
  `${Number(day.slice(0, 4))}年${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`;
export const dayAt = (at: Date | string | null | undefined): string => (at ? dayOf(shanghaiDate(new Date(at))) : '');
export const timeAt = (at: Date | string | null | undefined): string =>
  at ? `${dayAt(at)} ${shanghaiTime(new Date(at))}` : '';

/** The newest round of a clock. */
export const clockOf = (facts: PaperFacts, kind: string): Deadline | undefined =>
  facts.clocks.filter((clock) => clock.kind === kind).sort((a, b) => b.round - a.round)[0];

export const bureauName = (facts: PaperFacts, code = facts.demand.hostOrgCode): string =>
  facts.directory.bureau(code)?.name ?? code;
export const departmentName = (facts: PaperFacts, code: string | null | undefined): string =>
  code ? (facts.directory.department(code)?.name ?? code) : '';
export const personName = (facts: PaperFacts, login: string | null | undefined): string =>
  login ? (facts.directory.user(login)?.name ?? (login === 'system' ? '系统' : login)) : '';

/** `11月30日 17:30`, with （暂定） where the calendar of the year is not published. */
export const dueOf = (clock: Deadline): string => `${timeAt(clock.dueAt)}${clock.provisional ? '（暂定）' : ''}`;

/** Salutation: the name in full only after a reason was given. */
export const salutation = (facts: PaperFacts): string => (facts.demand.anonymous ? '诉求人：' : '⟦name⟧：');

/** Working days past the due day of an open clock; the verdict of a stopped one. */
export function overdueDays(facts: PaperFacts, clock: Deadline): number | undefined {
  if (clock.status === 'STOPPED') return clock.overdue ? (clock.overdueDays ?? 0) : undefined;
  if (clock.status !== 'OPEN' || facts.now <= clock.dueAt) return undefined;
  return Math.max(0, facts.calendar.countWorkingDays(clock.dueAt, facts.now, clock.orgCode));
}

/** `已逾期 2 个工作日`, `已逾期，不足 1 个工作日`. */
export const overdueWords = (days: number): string =>
  days === 0 ? '已逾期，不足 1 个工作日' : `已逾期 ${days} 个工作日`;

/** What a taxpayer may do besides, at the end of every letter. */
export const REMEDY =
  '对答复有不同意见的，可以再次反映；认为行政行为侵犯合法权益的，可以依法申请行政复议或者提起行政诉讼。';
