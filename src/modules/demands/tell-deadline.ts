import { sqlOf } from '../../db/orm.ts';
import { enqueue } from '../../engine/outbox/index.ts';
import type { SweptDeadline } from '../deadlines/index.ts';
import type { Work } from './context.ts';

/** Tells the process of a demand that one of its clocks is due soon or past. At most once per clock and due time: a changed due time is a new message. */
export async function tellDeadline(
  work: Work,
  deadline: SweptDeadline,
  name: 'deadline-warning' | 'deadline-passed',
): Promise<void> {
  if (deadline.subjectType !== 'demand') return;
  const messageId = `${name}:${deadline.id}:${deadline.dueAt.toISOString()}`;
  await enqueue(sqlOf(work.em), {
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
  });
}
