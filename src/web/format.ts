import { shanghaiDate, shanghaiTime } from '../kernel/clock.ts';
import type { Calendar } from '../modules/calendar/index.ts';
import { type LampColour, lampOf } from '../modules/deadlines/index.ts';

const WEEK = ['日', '一', '二', '三', '四', '五', '六'];
const weekday = (day: string) => `周${WEEK[new Date(`${day}T00:00:00Z`).getUTCDay()]}`;

/** `2026年11月23日` */
export const longDay = (day: string): string =>
  `${Number(day.slice(0, 4))}年${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`;
/** `11月23日` */
export const shortDay = (day: string): string => `${Number(day.slice(5, 7))}月${Number(day.slice(8, 10))}日`;

/** Dates for people, always in Shanghai. */
export const format = {
  day: (at: Date | string | null | undefined): string => (at ? longDay(shanghaiDate(new Date(at))) : ''),
  time: (at: Date | string | null | undefined): string =>
    at ? `${longDay(shanghaiDate(new Date(at)))} ${shanghaiTime(new Date(at))}` : '',
  short: (at: Date | string | null | undefined): string =>
    at ? `${shortDay(shanghaiDate(new Date(at)))} ${shanghaiTime(new Date(at))}` : '',
  /** `09:41`, or `09:41:07`. */
  clock: (at: Date, { seconds = false } = {}): string =>
    seconds ? new Date(+at + 8 * 3600_000).toISOString().slice(11, 19) : shanghaiTime(at),
  today: (now: Date): string => `${longDay(shanghaiDate(now))} ${weekday(shanghaiDate(now))}`,
  weekday,
  shortDay,
};

/** A day said in full, the way a date field repeats it: “2026年11月23日 周一 工作日”. A year without arrangement says so. */
export function dayInWords(day: string, calendar: Calendar, orgCode?: string): string {
  const named = `${longDay(day)} ${weekday(day)}`;
  if (!calendar.year(Number(day.slice(0, 4)))) return named;
  const kind = calendar.isWorkday(day, orgCode) ? '工作日' : (calendar.exception(day, orgCode)?.name ?? '不上班');
  return `${named} ${kind}`;
}

export interface LampView {
  colour: LampColour;
  text: string;
  provisional: boolean;
  due: string;
}

/** The lamp of an open clock; null when there is none. */
export function lampView(
  clock: { dueAt: Date | null; dueDate: string | null; provisional: boolean; clockKind?: string | null },
  orgCode: string | null,
  now: Date,
  calendar: Calendar,
): LampView | null {
  if (!clock.dueAt || !clock.dueDate) return null;
  const lamp = lampOf(
    {
      status: 'OPEN',
      ...(clock.clockKind ? { kind: clock.clockKind } : {}),
      dueAt: clock.dueAt,
      dueDate: clock.dueDate,
      provisional: clock.provisional,
      overdue: null,
      overdueDays: null,
      pauseReason: null,
      orgCode: orgCode ?? '341500',
    },
    now,
    calendar,
  );
  return { colour: lamp.colour, text: lamp.text, provisional: lamp.provisional, due: format.short(clock.dueAt) };
}
