import { shanghaiDate, shanghaiInstant, shanghaiTime } from '../../kernel/clock.ts';

/** When people may be told: working days, within the window (`08:30-17:30`). */
export interface TellingHours {
  window: string;
  isWorkday(date: string): boolean;
}

const DAY_MS = 86_400_000;
/** The longest holidays are nine days; a calendar that says “no working day” for longer is broken, and the message goes out at once. */
const LOOK_AHEAD_DAYS = 30;

/** The first moment from `at` on in which a message may appear (只在工作时间内提醒). */
export function deliveryMoment(at: Date, hours: TellingHours): Date {
  const [opens, closes] = hours.window.split(/[-–]/).map((time) => time.trim()) as [string, string];
  const today = shanghaiDate(at);
  if (hours.isWorkday(today) && shanghaiTime(at) < closes)
    return shanghaiTime(at) >= opens ? at : shanghaiInstant(today, opens);
  for (let days = 1; days <= LOOK_AHEAD_DAYS; days += 1) {
    const date = shanghaiDate(new Date(+at + days * DAY_MS));
    if (hours.isWorkday(date)) return shanghaiInstant(date, opens);
  }
  return at;
}
