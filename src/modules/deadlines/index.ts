/** Clocks (钟) on a subject: open, extend, stop, recompute, list due. Numbers of days are handed in. */
/** The calendar a clock counts on; callers hand it in. */
export type { Calendar } from '../calendar/index.ts';
export {
  CALENDAR_SUBJECT,
  type CalendarPreview,
  closeForDay,
  publishCalendarYear,
  rehearseYear,
  reopenDay,
  setHours,
  withdrawHours,
} from './change-calendar.ts';
export {
  countedDays,
  type DayUnit,
  dueAfter,
  extendDeadline,
  findDeadline,
  findDeadlineOfRound,
  type OpenDeadline,
  openDeadline,
  pauseDeadline,
  resumeDeadline,
  stopDeadline,
  stopDeadlinesOf,
} from './change-deadline.ts';
export { type ClockOfSubject, clocksOf } from './clocks-of.ts';
export type { ClockWork } from './context.ts';
export { type Deadline, DeadlineEntity, entities } from './entities.ts';
export { isDeferralClock, type Lamp, type LampColour, lampOf } from './lamp.ts';
export { type NextStep, nextSteps } from './next-steps.ts';
export {
  countProvisional,
  type MovedDeadline,
  previewRecompute,
  type RecomputeWork,
  recomputeDeadlines,
} from './recompute-deadlines.ts';
export { type ClockBase, dueIf, restateDeadline } from './restate-deadline.ts';
export { type SweptDeadline, takeOverdue, takeWarnings } from './sweep-deadlines.ts';
export { type LevelReached, reachedLevels, takeLevel } from './sweep-levels.ts';
