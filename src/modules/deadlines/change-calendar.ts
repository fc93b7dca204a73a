import { shanghaiDate } from '../../kernel/clock.ts';
import { conflict, invalid } from '../../kernel/errors.ts';
import {
  addClosure,
  addHours,
  arrangedDays,
  type Closure,
  checkYear,
  differenceOf,
  loadCalendar,
  lockVersion,
  type NewHours,
  publishYear,
  removeClosure,
  removeHours,
  type YearDifference,
  type YearFile,
} from '../calendar/index.ts';
import { appendEvent } from '../history/index.ts';
import { type MovedDeadline, previewRecompute, type RecomputeWork, recomputeDeadlines } from './recompute-deadlines.ts';

/** Changes of the calendar live here and not in `calendar`, because every one of them moves clocks and leaves an event. */

/** The chain of history that all changes of the calendar are on. */
export const CALENDAR_SUBJECT = { subjectType: 'calendar', subjectId: 'working-days' };

export interface CalendarPreview {
  /** The version looked at; publishing on another one is a conflict. */
  version: number;
  difference: YearDifference;
  moved: MovedDeadline[];
}

/**
 * What publishing a year would do: days added and taken away, and every open clock that moves. It is done and undone in a transaction
 * that the caller rolls back, so that what is shown is what will happen.
 */
export async function rehearseYear(work: RecomputeWork, file: YearFile): Promise<CalendarPreview> {
  checkYear(file);
  const version = await lockVersion(work.sql);
  const difference = differenceOf(await arrangedDays(work.sql, file.year), file.days);
  await publishYear(work.sql, file, { login: work.actor.login, at: work.clock.now() });
  return { version, difference, moved: await previewRecompute(work, await loadCalendar(work.sql)) };
}

/** Publishes the arrangement of a year and moves the open clocks. In the caller's transaction. */
export async function publishCalendarYear(
  work: RecomputeWork,
  file: YearFile,
  options: { reason: string; seenVersion?: number },
): Promise<{ version: number; moved: number }> {
  checkYear(file);
  requireReason(options.reason);
  const current = await lockVersion(work.sql);
  if (options.seenVersion !== undefined && options.seenVersion !== current)
    throw conflict('你预览之后，日历已经由别人改过。请回到导入页重新预览，再发布。', { reason: 'calendar-changed' });
  const difference = differenceOf(await arrangedDays(work.sql, file.year), file.days);
  const version = await publishYear(work.sql, file, { login: work.actor.login, at: work.clock.now() });
  const moved = await recomputeDeadlines(work, await loadCalendar(work.sql), options.reason);
  await note(work, 'calendar.published', {
    year: file.year,
    status: file.status,
    source: file.source,
    added: difference.added.map((day) => day.date),
    removed: difference.removed.map((day) => day.date),
    turned: difference.turned.map((day) => day.date),
    version,
    moved,
    reason: options.reason.trim(),
  });
  return { version, moved };
}

/** Closes a bureau, or all, for a day and moves the open clocks of those concerned. */
export async function closeForDay(work: RecomputeWork, closure: Closure): Promise<{ version: number; moved: number }> {
  await lockVersion(work.sql);
  const version = await addClosure(work.sql, await loadCalendar(work.sql), closure);
  const moved = await recomputeDeadlines(work, await loadCalendar(work.sql), `${closure.date} ${closure.name.trim()}`);
  await note(work, 'calendar.closure-added', { ...closure, name: closure.name.trim(), version, moved });
  return { version, moved };
}

/** Takes a closure back that has not come yet. */
export async function reopenDay(
  work: RecomputeWork,
  closure: Pick<Closure, 'date' | 'orgCode'>,
): Promise<{ version: number; moved: number }> {
  await lockVersion(work.sql);
  const { version, name } = await removeClosure(work.sql, { ...closure, today: shanghaiDate(work.clock.now()) });
  const moved = await recomputeDeadlines(work, await loadCalendar(work.sql), `撤销 ${closure.date} ${name}`);
  await note(work, 'calendar.closure-removed', { ...closure, name, version, moved });
  return { version, moved };
}

/** Enters hours of business from a day on. */
export async function setHours(work: RecomputeWork, hours: NewHours): Promise<{ version: number; moved: number }> {
  await lockVersion(work.sql);
  const context = { today: shanghaiDate(work.clock.now()), by: work.actor.login };
  const version = await addHours(work.sql, hours, context);
  const moved = await recomputeDeadlines(
    work,
    await loadCalendar(work.sql),
    `${hours.from} 起执行${hours.name.trim()}，${hours.close} 下班`,
  );
  await note(work, 'calendar.hours-set', { ...hours, version, moved });
  return { version, moved };
}

/** Takes hours back that have not begun. */
export async function withdrawHours(work: RecomputeWork, id: string): Promise<{ version: number; moved: number }> {
  await lockVersion(work.sql);
  const { version, hours } = await removeHours(work.sql, id, shanghaiDate(work.clock.now()));
  const moved = await recomputeDeadlines(work, await loadCalendar(work.sql), `撤销 ${hours.from} 起的${hours.name}`);
  await note(work, 'calendar.hours-removed', { ...hours, version, moved });
  return { version, moved };
}

function requireReason(reason: string): void {
  if (!reason.trim())
    throw invalid('日历没有发布：有 1 处需要修改', [
      { pointer: '/reason', message: '“发布原因”还没有填写，例如“国办发布 2027 年放假安排”。' },
    ]);
}

const note = (work: RecomputeWork, type: string, payload: Record<string, unknown>) =>
  appendEvent(work.sql, { ...CALENDAR_SUBJECT, type, occurredAt: work.clock.now(), actor: work.actor, payload });
