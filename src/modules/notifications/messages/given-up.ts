import type { Sql } from '../../../db/sql.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { conflict } from '../../../kernel/errors.ts';
import { appendEvent } from '../../history/index.ts';
import { templateDeclaration } from '../templates/catalogue.ts';

/** A message that did not get out, for the people who run the system. */
export interface GivenUp {
  id: string;
  channel: string;
  audience: string;
  title: string;
  recipient: string;
  demandId: string | null;
  attempts: number;
  reason: string;
  at: Date;
}

export interface QueueState {
  waiting: number;
  /** Waiting although its time has come: the oldest of them. */
  oldestDueAt: Date | null;
  givenUp: GivenUp[];
}

const MOST = 100;

/** How the queue stands at a moment, and what was given up and waits for somebody. */
export async function queueState(sql: Sql, now: Date): Promise<QueueState> {
  const [counts] = await sql.query<{ waiting: number; oldest: string | null }>(
    `select count(*)::int as waiting, min(next_at) filter (where next_at <= $1) as oldest from message where status = 'WAITING'`,
    [now.toISOString()],
  );
  const rows = await sql.query<any>(
    `select id, channel, audience, template, recipient, demand_id, attempts, last_error, settled_at from message
     where status = 'GIVEN_UP' order by settled_at desc, id limit ${MOST}`,
  );
  return {
    waiting: counts!.waiting,
    oldestDueAt: counts!.oldest ? new Date(counts!.oldest) : null,
    givenUp: rows.map((row) => ({
      id: row.id,
      channel: row.channel,
      audience: row.audience,
      title: templateDeclaration(row.template)?.title ?? row.template,
      recipient: row.recipient,
      demandId: row.demand_id,
      attempts: row.attempts,
      reason: row.last_error ?? '',
      at: new Date(row.settled_at),
    })),
  };
}

/** Tries a given-up message again from the beginning, or lets it be (somebody has told the person otherwise). Once: the second finds it settled. */
export async function settleGivenUp(
  sql: Sql,
  actor: Actor,
  id: string,
  how: 'retry' | 'drop',
  at: Date,
): Promise<void> {
  const [row] = await sql.query<{ id: string; demand_id: string | null; template: string }>(
    how === 'retry'
      ? `update message set status = 'WAITING', attempts = 0, next_at = $2, settled_at = null, claimed_until = null where id = $1 and status = 'GIVEN_UP' returning *`
      : `update message set status = 'DROPPED', settled_at = $2 where id = $1 and status = 'GIVEN_UP' returning *`,
    [id, at.toISOString()],
  );
  if (!row) throw conflict('这条消息刚刚已经由别人处理。请刷新查看。', { reason: 'message-settled' });
  await appendEvent(sql, {
    subjectType: row.demand_id ? 'demand' : 'operations',
    subjectId: row.demand_id ?? 'messages',
    type: how === 'retry' ? 'message.retried' : 'message.dropped',
    occurredAt: at,
    actor,
    payload: { template: row.template, message: id },
  });
}
