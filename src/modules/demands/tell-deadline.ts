import { sqlOf } from '../../db/orm.ts';
import { enqueueAll, type OutgoingCommand } from '../../engine/outbox/index.ts';
import { isDeferralClock, type SweptDeadline } from '../deadlines/index.ts';
import type { Work } from './context.ts';

/** Tells the processes of demands that a clock is due soon or past. At most once per clock and due time: a changed due time is a new message. */
export async function tellDeadlines(
  work: Work,
  deadlines: readonly SweptDeadline[],
  name: 'deadline-warning' | 'deadline-passed',
): Promise<void> {
  const commands = deadlines
    .filter((deadline) => deadline.subjectType === 'demand')
    .flatMap((deadline): OutgoingCommand[] => {
      if (isDeferralClock(deadline.kind)) return reviewDue(deadline, name);
      const messageId = `${name}:${deadline.id}:${deadline.dueAt.toISOString()}`;
      return [
        {
          commandId: messageId,
          orderingKey: deadline.subjectId,
          command: {
            type: 'publishMessage',
            name,
            correlationKey: deadline.subjectId,
            ttlMs: 0,
            messageId,
            variables: { deadlineId: deadline.id, deadlineKind: deadline.kind },
          },
        },
      ];
    });
  await enqueueAll(sqlOf(work.em), commands);
}

/**
 * The days of a deferral open a task and are never a deadline that passed (R19). The review waits for its people from the day before;
 * when a sweep finds the day past that nobody was told of, it is told then.
 */
function reviewDue(deadline: SweptDeadline, name: 'deadline-warning' | 'deadline-passed'): OutgoingCommand[] {
  if (name === 'deadline-passed' && deadline.warnedBefore) return [];
  const messageId = `deferral-due:${deadline.id}:${deadline.dueAt.toISOString()}`;
  return [
    {
      commandId: messageId,
      orderingKey: deadline.subjectId,
      command: {
        type: 'publishMessage',
        name: deadline.kind === 'DEFERRAL_REVIEW' ? 'deferral-review-due' : 'deferral-confirmation-due',
        correlationKey: deadline.subjectId,
        ttlMs: 24 * 3600_000,
        messageId,
        variables: {},
      },
    },
  ];
}
