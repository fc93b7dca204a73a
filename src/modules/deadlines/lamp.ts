import { shanghaiDate, shanghaiTime } from '../../kernel/clock.ts';
import type { Calendar } from '../calendar/index.ts';
import type { Deadline } from './entities.ts';

export type LampColour = 'green' | 'yellow' | 'orange' | 'red' | 'grey' | 'done';

export interface Lamp {
  colour: LampColour;
  /** Word and days, never a bare dot: “正常 · 剩 3 个工作日”. */
  text: string;
  /** Working days after today up to and including the due day; negative when past. */
  remaining: number;
  provisional: boolean;
}

type LampSource = Pick<
  Deadline,
  'status' | 'dueAt' | 'dueDate' | 'provisional' | 'overdue' | 'overdueDays' | 'pauseReason' | 'orgCode'
> &
  Partial<Pick<Deadline, 'kind' | 'stopReason'>>;

/** The lamp (红黄绿灯) of a clock at a moment. */
export function lampOf(deadline: LampSource, now: Date, calendar: Calendar): Lamp {
  const { provisional } = deadline;
  if (deadline.status === 'STOPPED') {
    if (deadline.stopReason)
      return { colour: 'grey', text: `停钟 · ${deadline.stopReason}`, remaining: 0, provisional: false };
    const text = deadline.overdue ? overdueText('逾期办结', deadline.overdueDays ?? 0) : '按时办结';
    return { colour: 'done', text, remaining: 0, provisional: false };
  }
  if (deadline.status === 'PAUSED')
    return { colour: 'grey', text: `停钟 · ${deadline.pauseReason ?? '不计时'}`, remaining: 0, provisional };
  const today = shanghaiDate(now);
  if (isDeferralClock(deadline.kind)) return deferralLamp(deadline, now, today, calendar);
  if (now > deadline.dueAt) {
    const days = counted(calendar, deadline.dueDate, today, deadline.orgCode);
    if (days === undefined) return { colour: 'red', text: '已逾期', remaining: 0, provisional };
    return {
      colour: 'red',
      text: overdueText('已逾期', Math.max(0, days)),
      remaining: -Math.max(0, days),
      provisional,
    };
  }
  if (deadline.dueDate === today)
    return { colour: 'orange', text: `今日到期 · ${shanghaiTime(deadline.dueAt)} 前`, remaining: 0, provisional };
  const remaining = counted(calendar, today, deadline.dueDate, deadline.orgCode);
  if (remaining === undefined)
    return { colour: 'yellow', text: '未到期 · 剩余天数等日历导入', remaining: 0, provisional: true };
  if (remaining <= 1) return { colour: 'yellow', text: `临期 · 剩 ${remaining} 个工作日`, remaining, provisional };
  return { colour: 'green', text: `正常 · 剩 ${remaining} 个工作日`, remaining, provisional };
}

/** Clocks of a deferral (挂账): its review day and the yearly confirmation. Never red: they are no time limit of the demand (R19). */
export const isDeferralClock = (kind: string | null | undefined): boolean => kind?.startsWith('DEFERRAL') ?? false;

function deferralLamp(deadline: LampSource, now: Date, today: string, calendar: Calendar): Lamp {
  const day = deadline.kind === 'DEFERRAL_REVIEW' ? '复核日' : '确认日';
  const grey = (text: string, remaining: number): Lamp => ({
    colour: 'grey',
    text,
    remaining,
    provisional: deadline.provisional,
  });
  if (now > deadline.dueAt) {
    const days = Math.max(0, counted(calendar, deadline.dueDate, today, deadline.orgCode) ?? 0);
    return grey(days === 0 ? `超${day}，不足 1 个工作日` : `超${day} ${days} 个工作日`, -days);
  }
  if (deadline.dueDate === today) return grey(`挂账 · 今天是${day}`, 0);
  return grey(`挂账 · ${day} ${deadline.dueDate}`, counted(calendar, today, deadline.dueDate, deadline.orgCode) ?? 0);
}

/** Working days between two days; undefined where the calendar has no data: a list must open even then, without a number that is guessed. */
function counted(calendar: Calendar, from: string, to: string, orgCode: string): number | undefined {
  const years = [from, to].map((day) => Number(day.slice(0, 4))).sort();
  for (let year = years[0]!; year <= years[1]!; year += 1) if (!calendar.year(year)) return undefined;
  return calendar.countWorkingDays(from, to, orgCode);
}

const overdueText = (word: string, days: number) =>
  days === 0 ? `${word}，不足 1 个工作日` : `${word} ${days} 个工作日`;
