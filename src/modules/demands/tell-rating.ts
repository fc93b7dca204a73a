import { sqlOf } from '../../db/orm.ts';
import { enqueue } from '../../engine/outbox/index.ts';
import type { Work } from './context.ts';

/** Waits a little for the diagram to come to the place where it listens; a message nobody waits for is let go. */
const LISTEN_MS = 60_000;

/** Tells the process of a demand that the taxpayer has rated the handling by the link; once per answer. */
export async function tellRating(
  work: Pick<Work, 'em'>,
  demandId: string,
  rating: { answer: string; satisfied: boolean; while: 'CALLING' | 'WRITING_OFF' },
): Promise<void> {
  // Names of their own: a message that waits for its listener must not be heard by the next step as well.
  const name = rating.while === 'CALLING' ? 'visit-answered' : 'rated-badly';
  const messageId = `${name}:${rating.answer}`;
  await enqueue(sqlOf(work.em), {
    commandId: messageId,
    orderingKey: demandId,
    command: {
      type: 'publishMessage',
      name,
      correlationKey: demandId,
      ttlMs: LISTEN_MS,
      messageId,
      variables: { visitReached: true, visitSatisfied: rating.satisfied },
    },
  });
}
