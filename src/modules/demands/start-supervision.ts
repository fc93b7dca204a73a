import { sqlOf } from '../../db/orm.ts';
import { enqueue, enqueueAll } from '../../engine/outbox/index.ts';
import type { SweptDeadline } from '../deadlines/index.ts';
import type { Work } from './context.ts';

/** Starts the process of a card: a life of its own, which the end of the demand does not cut off. */
export async function startSupervision(
  work: Pick<Work, 'em'>,
  card: { supervisionId: string; demandId: string },
): Promise<void> {
  const messageId = `supervision-issued:${card.supervisionId}`;
  await enqueue(sqlOf(work.em), {
    commandId: messageId,
    orderingKey: card.demandId,
    command: {
      type: 'publishMessage',
      name: 'supervision-issued',
      correlationKey: card.supervisionId,
      ttlMs: 0,
      messageId,
      variables: card,
    },
  });
}

/** The demand is withdrawn, voided, merged, split, or open to named posts only from now on: a card on it, if there is one, has nothing left to ask for. */
export async function endSupervisionOf(work: Pick<Work, 'em'>, demandId: string, because: string): Promise<void> {
  const messageId = `demand-set-aside:${demandId}:${because}`;
  await enqueue(sqlOf(work.em), {
    commandId: messageId,
    orderingKey: demandId,
    command: {
      type: 'publishMessage',
      name: 'demand-set-aside',
      correlationKey: demandId,
      // A card that was issued a moment ago may still be on its way to its process.
      ttlMs: 60_000,
      messageId,
      variables: { setAsideBecause: because },
    },
  });
}

/** Tells the processes of demands that a clock has come to a further level of supervision; once per level and due time. */
export async function tellLevels(
  work: Pick<Work, 'em'>,
  deadlines: readonly SweptDeadline[],
  rank: number,
): Promise<void> {
  await enqueueAll(
    sqlOf(work.em),
    deadlines.map((deadline) => {
      const messageId = `supervision-due:${deadline.id}:${deadline.dueAt.toISOString()}:${rank}`;
      return {
        commandId: messageId,
        orderingKey: deadline.subjectId,
        command: {
          type: 'publishMessage' as const,
          name: 'supervision-due',
          correlationKey: deadline.subjectId,
          ttlMs: 0,
          messageId,
          variables: { deadlineId: deadline.id, deadlineKind: deadline.kind },
        },
      };
    }),
  );
}
