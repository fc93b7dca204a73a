import { createHash } from 'node:crypto';
import type { Sql } from '../../db/sql.ts';
import type { Actor } from '../../kernel/actor.ts';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { keepTexts, sealTexts } from './seal-text.ts';

export interface NewEvent {
  subjectType: string;
  subjectId: string;
  /** One of `EVENT_TYPES`. */
  type: string;
  occurredAt: Date;
  actor: Pick<Actor, 'login' | 'name' | 'onBehalfOf'>;
  /** JSON; ids, decisions, old and new values. Never a phone number or the text of a demand. */
  payload: Record<string, unknown>;
}

export interface StoredEvent {
  subjectType: string;
  subjectId: string;
  sequence: number;
  type: string;
  occurredAt: string;
  actor: string;
  actorName: string;
  onBehalfOf: string | null;
  payload: Record<string, unknown>;
  /** What the hash was made over, where the payload shows words that are sealed in the chain (`seal-text.ts`). */
  hashed?: Record<string, unknown>;
  previousHash: string;
  hash: string;
}

/** The hash before the first event of a chain. */
export const GENESIS = '0'.repeat(64);

/** What is hashed: every field of the event in canonical form, bound to the hash before it. */
export function canonicalEvent({ hashed, ...event }: Omit<StoredEvent, 'hash'>): string {
  return canonicalJson({ format: 1, ...event, payload: hashed ?? event.payload });
}

export const hashOf = (canonical: string): string => createHash('sha256').update(canonical).digest('hex');

interface Head {
  sequence: number;
  hash: string;
}

/**
 * Heads of chains this process has moved last. Only a guess: another process may have moved them on, or a transaction of this one was
 * rolled back. An event is written on a guessed head only if the database still has it.
 */
const guesses = new Map<string, Head>();
const MOST_GUESSES = 4000;

/**
 * Appends events in the caller's transaction; the chain head is locked until its commit, so a chain has no gap and no fork.
 * Events of one call may belong to several chains; within a chain they keep their order.
 */
export async function appendEvents(tx: Sql, events: readonly NewEvent[]): Promise<StoredEvent[]> {
  if (events.length === 0) return [];
  const sealed = events.map((event) => ({ ...event, ...sealTexts(event) }));
  const stored = await appendSealed(tx, sealed);
  await keepTexts(
    tx,
    sealed.flatMap(({ texts, subjectType, subjectId }, n) =>
      texts.map((text) => ({ ...text, subjectType, subjectId, sequence: stored[n]!.sequence })),
    ),
  );
  return stored;
}

/** On the head this process knows, if the database still has it; else on the head as it is, locked. */
async function appendSealed(tx: Sql, events: readonly NewEvent[]): Promise<StoredEvent[]> {
  const key = chainKey(events[0]!);
  if (events.every((event) => chainKey(event) === key)) {
    const guess = guesses.get(key);
    const stored = guess && chained(events, new Map([[key, { ...guess }]]));
    if (stored && (await writeOn(tx, stored, guess))) return remember(stored);
  }
  const stored = chained(events, await lockHeads(tx, events));
  await write(tx, stored);
  return remember(stored);
}

/** The newest heads are the likeliest to be asked for again. */
function remember(stored: StoredEvent[]): StoredEvent[] {
  for (const event of stored) {
    const key = chainKey(event);
    guesses.delete(key);
    guesses.set(key, { sequence: event.sequence, hash: event.hash });
  }
  for (const oldest of guesses.keys()) {
    if (guesses.size <= MOST_GUESSES) break;
    guesses.delete(oldest);
  }
  return stored;
}

/** The events with their places in their chains and their hashes. */
function chained(events: readonly NewEvent[], heads: Map<string, Head>): StoredEvent[] {
  return events.map((event): StoredEvent => {
    const head = heads.get(chainKey(event))!;
    // The database keeps times to the millisecond as text, so that what is hashed is what is stored.
    const body = {
      subjectType: event.subjectType,
      subjectId: event.subjectId,
      sequence: head.sequence + 1,
      type: event.type,
      occurredAt: event.occurredAt.toISOString(),
      actor: event.actor.login,
      actorName: event.actor.name,
      onBehalfOf: event.actor.onBehalfOf?.login ?? null,
      payload: JSON.parse(canonicalJson(event.payload)) as Record<string, unknown>,
      previousHash: head.hash,
    };
    const hash = hashOf(canonicalEvent(body));
    head.sequence += 1;
    head.hash = hash;
    return { ...body, hash };
  });
}

const COLUMNS =
  '"subjectType", "subjectId", sequence, type, "occurredAt", actor, "actorName", "onBehalfOf", payload, "previousHash", hash';
const EVENTS = `select ${COLUMNS} from jsonb_to_recordset($1::jsonb) as r("subjectType" text, "subjectId" text, sequence bigint, type text, "occurredAt" text,
         actor text, "actorName" text, "onBehalfOf" text, payload jsonb, "previousHash" text, hash text)`;
const INTO =
  'insert into history_event (subject_type, subject_id, sequence, type, occurred_at, actor, actor_name, on_behalf_of, payload, previous_hash, hash)';

/** Writes events of one chain and moves its head, if it still is where it was taken to be; else nothing, and false. */
async function writeOn(tx: Sql, stored: readonly StoredEvent[], from: Head): Promise<boolean> {
  const last = stored.at(-1)!;
  const moved = await tx.query(
    `with moved as (
       update history_chain set sequence = $2, head_hash = $3
       where subject_type = $4 and subject_id = $5 and sequence = $6 and head_hash = $7 returning 1),
     e as (${EVENTS})
     ${INTO}
     select ${COLUMNS} from e where exists (select 1 from moved) order by sequence returning 1`,
    [JSON.stringify(stored), last.sequence, last.hash, last.subjectType, last.subjectId, from.sequence, from.hash],
  );
  return moved.length > 0;
}

/** Writes events whose heads are locked. */
async function write(tx: Sql, stored: readonly StoredEvent[]): Promise<void> {
  await tx.query(
    `with e as (${EVENTS}),
     inserted as (${INTO} select ${COLUMNS} from e order by sequence),
     heads as (select distinct on ("subjectType", "subjectId") "subjectType", "subjectId", sequence, hash from e order by "subjectType", "subjectId", sequence desc)
     update history_chain c set sequence = h.sequence, head_hash = h.hash from heads h
     where c.subject_type = h."subjectType" and c.subject_id = h."subjectId"`,
    [JSON.stringify(stored)],
  );
}

/** One event. */
export async function appendEvent(tx: Sql, event: NewEvent): Promise<StoredEvent> {
  return (await appendEvents(tx, [event]))[0]!;
}

const chainKey = (event: { subjectType: string; subjectId: string }) => `${event.subjectType} ${event.subjectId}`;

async function lockHeads(tx: Sql, events: readonly NewEvent[]): Promise<Map<string, Head>> {
  const chains = [
    ...new Map(events.map((e) => [chainKey(e), { subject_type: e.subjectType, subject_id: e.subjectId }])).values(),
  ];
  // Always in the same order, so that two transactions over several chains cannot wait for each other.
  chains.sort((a, b) => (`${a.subject_type} ${a.subject_id}` < `${b.subject_type} ${b.subject_id}` ? -1 : 1));
  const rows = await tx.query<{ subject_type: string; subject_id: string; sequence: string; head_hash: string }>(
    `insert into history_chain (subject_type, subject_id, sequence, head_hash)
     select subject_type, subject_id, 0, $2 from jsonb_to_recordset($1::jsonb) as r(subject_type text, subject_id text)
     on conflict (subject_type, subject_id) do update set sequence = history_chain.sequence
     returning subject_type, subject_id, sequence, head_hash`,
    [JSON.stringify(chains), GENESIS],
  );
  return new Map(
    rows.map((row) => [
      `${row.subject_type} ${row.subject_id}`,
      { sequence: Number(row.sequence), hash: row.head_hash },
    ]),
  );
}
