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
>;

/** The lamp (红黄绿灯) of a clock at a moment. */
export function lampOf(deadline: LampSource, now: Date, calendar: Calendar): Lamp {
  const { provisional } = deadline;
  if (deadline.status === 'STOPPED') {
    const text = deadline.overdue ? overdueText('逾期办结', deadline.overdueDays ?? 0) : '按时办结';
    return { colour: 'done', text, remaining: 0, provisional: false };
  }
  if (deadline.status === 'PAUSED')
    return { colour: 'grey', text: `停钟 · ${deadline.pauseReason ?? '不计时'}`, remaining: 0, provisional };
  const remaining = calendar.countWorkingDays(shanghaiDate(now), deadline.dueDate, deadline.orgCode);
  if (now > deadline.dueAt) {
    const days = Math.max(0, calendar.countWorkingDays(deadline.dueDate, shanghaiDate(now), deadline.orgCode));
    return { colour: 'red', text: overdueText('已逾期', days), remaining: -days, provisional };
  }
  if (deadline.dueDate === shanghaiDate(now))
    return { colour: 'orange', text: `今日到期 · ${shanghaiTime(deadline.dueAt)} 前`, remaining: 0, provisional };
  if (remaining <= 1) return { colour: 'yellow', text: `临期 · 剩 ${remaining} 个工作日`, remaining, provisional };
  return { colour: 'green', text: `正常 · 剩 ${remaining} 个工作日`, remaining, provisional };
}

const overdueText = (word: string, days: number) =>
  days === 0 ? `${word}，不足 1 个工作日` : `${word} ${days} 个工作日`;
