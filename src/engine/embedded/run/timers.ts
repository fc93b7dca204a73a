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

type Duration = DayTimeDuration | YearMonthDuration;

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

function durationOf(value: Value, timer: Timer): Duration {
  if (value instanceof DayTimeDuration || value instanceof YearMonthDuration) return value;
  const parsed = typeof value === 'string' ? mixedDuration(value) : null;
  return parsed ?? fail(timer, value);
}

/** ISO durations with months and days together (`P1M2DT3H`) are allowed in timers. */
function mixedDuration(text: string): Duration | null {
  const plain = parseDuration(text);
  if (plain) return plain;
  const weeks = /^(-?)P(-?\d+)W$/.exec(text);
  if (weeks) return new DayTimeDuration(Number(weeks[2]) * 7 * 86_400_000 * (weeks[1] ? -1 : 1));
  const mixed = /^P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?(T.+)?$/.exec(text);
  if (!mixed) return null;
  const rest = parseDuration(`P${Number(mixed[3] ?? 0) * 7 + Number(mixed[4] ?? 0)}D${mixed[5] ?? ''}`);
  if (!(rest instanceof DayTimeDuration)) return null;
  const days = (Number(mixed[1] ?? 0) * 12 + Number(mixed[2] ?? 0)) * 30;
  return new DayTimeDuration(rest.millis + days * 86_400_000);
}

/** Milliseconds of a duration that begins at an instant; months are calendar months in the engine's zone, UTC. */
function millisFrom(start: number, duration: Duration): number {
  if (duration instanceof DayTimeDuration) return duration.millis;
  return FeelDateTime.ofInstant(start, { offset: 0 }).plusMonths(duration.months).instant - start;
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
  const duration = every ? mixedDuration(every) : null;
  if (Number.isNaN(count) || !duration || rest.length > 2) return fail(timer, value);
  const interval = millisFrom(now, duration);
  let due = now + interval;
  if (rest.length === 2) {
    const start = parseZonedDateTime(rest[0]!);
    if (!start) return fail(timer, value);
    // A start in the past begins one interval after now, not at the next multiple.
    if (start.instant > now) due = start.instant;
  }
  return { due, reps: count, every: every! };
}

/** The next turn of a cycle after it fired at `now`: missed turns are not made up. */
export function nextTurn(every: string, now: number): number {
  if (!every.startsWith('P') && !every.startsWith('-P')) return nextCron(every, now) ?? now + 86_400_000;
  return now + millisFrom(now, mixedDuration(every)!);
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
