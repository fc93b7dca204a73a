import { sqlOf } from '../../db/orm.ts';
import { enqueueAll, type OutgoingCommand } from '../../engine/outbox/index.ts';
import type { SweptDeadline } from '../deadlines/index.ts';
import type { Work } from './context.ts';

/** Tells the processes of demands that a clock is due soon or past. At most once per clock and due time: a changed due time is a new message. */
export async function tellDeadlines(
  work: Work,
  deadlines: readonly SweptDeadline[],
  name: 'deadline-warning' | 'deadline-passed',
): Promise<void> {
  const commands = deadlines
    .filter((deadline) => deadline.subjectType === 'demand')
    .map((deadline): OutgoingCommand => {
      const messageId = `${name}:${deadline.id}:${deadline.dueAt.toISOString()}`;
      return {
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
      };
    });
  await enqueueAll(sqlOf(work.em), commands);
}
