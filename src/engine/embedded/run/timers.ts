import { CronExpressionParser } from 'cron-parser';
import {
  DayTimeDuration,
  FeelDate,
  FeelDateTime,
  parseDuration,
  parseZonedDateTime,
  type Value,
  YearMonthDuration,
} from '../feel/index.ts';
import type { Timer } from '../model/types.ts';
import { evaluate } from './expressions.ts';
import { type Run, Stuck } from './run.ts';
import type { El } from './state.ts';

export interface Schedule {
  due: number;
  /** -1 without end; 1 once. */
  reps: number;
  every?: string;
}

/** An ISO interval: calendar months and days first, then the time. */
interface Interval {
  months: number;
  days: number;
  millis: number;
}

/** When a timer is due, from its definition. A failure is an incident. */
export function scheduleOf(run: Run, timer: Timer, scope: El | undefined): Schedule {
  const { now } = run.world;
  const value: Value =
    'fixed' in timer.value ? timer.value.fixed : evaluate(run, timer.value.expression, run.lookup(scope));
  if (timer.kind === 'duration') return { due: now + millisFrom(now, durationOf(value, timer)), reps: 1 };
  if (timer.kind === 'date') return { due: dateOf(value, timer), reps: 1 };
  return cycleOf(value, now, timer);
}

function fail(timer: Timer, value: Value): never {
  const expression = 'fixed' in timer.value ? timer.value.fixed : timer.value.expression.text;
  const what = { duration: 'duration', date: 'date', cycle: 'cycle' }[timer.kind];
  throw new Stuck('EXTRACT_VALUE_ERROR', `Invalid ${what} format '${String(value)}' for expression '${expression}'`);
}

function durationOf(value: Value, timer: Timer): Interval {
  return intervalOf(value) ?? fail(timer, value);
}

function intervalOf(value: Value): Interval | null {
  if (value instanceof DayTimeDuration) return { months: 0, days: 0, millis: value.millis };
  if (value instanceof YearMonthDuration) return { months: value.months, days: 0, millis: 0 };
  return typeof value === 'string' ? parseInterval(value) : null;
}

/** Java's Period and Duration in one text, `P1M2DT3H`; a duration alone may have a sign in front. */
function parseInterval(text: string): Interval | null {
  const plain = parseDuration(text);
  if (plain) return intervalOf(plain);
  const match = /^(-?)P(?:(-?\d+)Y)?(?:(-?\d+)M)?(?:(-?\d+)W)?(?:(-?\d+)D)?(T.+)?$/.exec(text);
  if (!match?.slice(2).some((part) => part !== undefined)) return null;
  const time = match[6] === undefined ? new DayTimeDuration(0) : parseDuration(`P${match[6]}`);
  if (!(time instanceof DayTimeDuration)) return null;
  const sign = match[1] ? -1 : 1;
  const part = (index: number) => Number(match[index] ?? 0) * sign;
  return { months: part(2) * 12 + part(3), days: part(4) * 7 + part(5), millis: time.millis * (match[6] ? sign : 1) };
}

/** Milliseconds of an interval that begins at an instant, by the calendar of the engine's zone, UTC. */
function millisFrom(start: number, { months, days, millis }: Interval): number {
  const moved = months === 0 ? start : FeelDateTime.ofInstant(start, { offset: 0 }).plusMonths(months).instant;
  return moved + days * 86_400_000 + millis - start;
}

function dateOf(value: Value, timer: Timer): number {
  if (value instanceof FeelDateTime) return value.instant;
  if (value instanceof FeelDate) return fail(timer, value.toString());
  if (typeof value !== 'string') return fail(timer, value);
  const parsed = parseZonedDateTime(value);
  // A text without a zone says no instant.
  return parsed?.zone ? parsed.instant : fail(timer, value);
}

function cycleOf(value: Value, now: number, timer: Timer): Schedule {
  if (typeof value !== 'string') return fail(timer, value);
  if (!value.startsWith('R')) {
    const next = nextCron(value, now);
    return next === null ? fail(timer, value) : { due: next, reps: -1, every: value };
  }
  const [head, ...rest] = value.split('/');
  const count = head === 'R' ? -1 : /^R-?\d+$/.test(head!) ? Number(head!.slice(1)) : Number.NaN;
  const every = rest.at(-1);
  const interval = every ? parseInterval(every) : null;
  if (Number.isNaN(count) || !interval || rest.length > 2) return fail(timer, value);
  let due = now + millisFrom(now, interval);
  if (rest.length === 2 && rest[0] !== '') {
    const start = parseZonedDateTime(rest[0]!);
    if (!start?.zone) return fail(timer, value);
    // A start in the past begins one interval after now, not at the next multiple.
    if (start.instant > now) due = start.instant;
  }
  return { due, reps: count, every: every! };
}

/** The next turn of a cycle after it fired at `now`: missed turns are not made up. */
export function nextTurn(every: string, now: number): number {
  if (!every.startsWith('P') && !every.startsWith('-P')) return nextCron(every, now) ?? now + 86_400_000;
  return now + millisFrom(now, parseInterval(every)!);
}

const MACROS: Record<string, string> = {
  '@yearly': '0 0 0 1 1 *',
  '@annually': '0 0 0 1 1 *',
  '@monthly': '0 0 0 1 * *',
  '@weekly': '0 0 0 * * 0',
  '@daily': '0 0 0 * * *',
  '@midnight': '0 0 0 * * *',
  '@hourly': '0 0 * * * *',
};

function nextCron(text: string, now: number): number | null {
  const cron = MACROS[text] ?? text;
  if (cron.trim().split(/\s+/).length !== 6) return null;
  try {
    return CronExpressionParser.parse(cron, { currentDate: new Date(now), tz: 'UTC' })
      .next()
      .getTime();
  } catch {
    return null;
  }
}
