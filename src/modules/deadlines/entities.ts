import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

/** One clock (钟) on a subject. Rows of ours and not engine timers, so that an extension or a new holiday notice can move them. */
export const DeadlineEntity = defineEntity({
  name: 'Deadline',
  tableName: 'deadline',
  properties: {
    id: p.text().primary(),
    subjectType: p.text(),
    subjectId: p.text(),
    /** TRANSFER, HANDLING, FEEDBACK, RETURN_VISIT, ... */
    kind: p.text(),
    /** A rework starts the same clock anew as the next round. */
    round: p.integer(),
    orgCode: p.text(),
    departmentCode: p.text().nullable(),
    startsAt: p.datetime(),
    baseDays: p.integer(),
    /** WORKING (工作日), or CALENDAR: 自然日, a last day off rolling forward. */
    unit: p.text(),
    /** Days from the start to the due day, extensions included. */
    totalDays: p.integer(),
    dueAt: p.datetime(),
    dueDate: p.date().$type<string>(),
    calendarVersion: p.integer(),
    provisional: p.boolean(),
    /** OPEN, PAUSED or STOPPED. */
    status: p.text(),
    stoppedAt: p.datetime().nullable(),
    /** The verdict, frozen when the clock stops. */
    overdue: p.boolean().nullable(),
    overdueDays: p.integer().nullable(),
    /** Why it stopped where the demand went another way (退单、挂账、并单…): neither on time nor late. */
    stopReason: p.text().nullable(),
    pausedAt: p.datetime().nullable(),
    pauseReason: p.text().nullable(),
    pausedDays: p.integer(),
    extensions: p.integer(),
    /** Working days before the due day on which people are reminded; null: not at all by itself. */
    warnBefore: p.integer().nullable(),
    /** Beginning of that day. */
    warnAt: p.datetime().nullable(),
    warnedAt: p.datetime().nullable(),
    overdueNoticedAt: p.datetime().nullable(),
    /** Version of the rule set `deadlines` the days came from. */
    parameterVersion: p.integer().nullable(),
  },
});
export type Deadline = InferEntity<typeof DeadlineEntity>;

export const entities = [DeadlineEntity] as const;
