import type { Sql } from '../../db/sql.ts';
import type { Anchor } from './anchor-history.ts';
import { GENESIS, type StoredEvent } from './append-event.ts';
import { readTimeline } from './read-timeline.ts';
import { verifyChain } from './verify-history.ts';

/** What can be said of one chain: whole or where it breaks, with both hashes there. */
export interface ChainVerdict {
  events: number;
  headHash: string;
  whole: boolean;
  /** First event that is not as it was written. */
  sequence: number | null;
  what: string | null;
  /** The hash the event before it has, and the one it names as the one before. */
  expected: string | null;
  found: string | null;
}

/** Checks one chain and its head row. */
export async function verdictOf(sql: Sql, subjectType: string, subjectId: string): Promise<ChainVerdict> {
  const events = await readTimeline(sql, subjectType, subjectId);
  const [head] = await sql.query<{ sequence: number; hash: string }>(
    'select sequence::int as sequence, head_hash as hash from history_chain where subject_type = $1 and subject_id = $2',
    [subjectType, subjectId],
  );
  const last = events[events.length - 1];
  const base = { events: events.length, headHash: last?.hash ?? GENESIS };
  const broken = verifyChain(events);
  if (broken) {
    const at = events.findIndex((event) => event.sequence >= broken.sequence);
    return {
      ...base,
      whole: false,
      sequence: broken.sequence,
      what: broken.what,
      expected: at > 0 ? events[at - 1]!.hash : GENESIS,
      found: events[at]?.previousHash ?? null,
    };
  }
  const agrees = (head?.sequence ?? 0) === events.length && (head?.hash ?? GENESIS) === base.headHash;
  return {
    ...base,
    whole: agrees,
    sequence: agrees ? null : events.length + 1,
    what: agrees ? null : `链头记有 ${head?.sequence ?? 0} 条，现有 ${events.length} 条，末尾的记录被删除或改动`,
    expected: agrees ? null : (head?.hash ?? null),
    found: agrees ? null : base.headHash,
  };
}

const COLUMNS = `subject_type as "subjectType", subject_id as "subjectId", sequence::int as sequence, type, occurred_at as "occurredAt", actor,
  actor_name as "actorName", on_behalf_of as "onBehalfOf", payload, previous_hash as "previousHash", hash`;
const PAGE = 2000;

export type PackageLine =
  | { kind: 'package'; format: 1; madeAt: string; scope: 'all' | 'subject' }
  | { kind: 'event'; event: StoredEvent }
  | { kind: 'head'; subjectType: string; subjectId: string; sequence: number; hash: string }
  | { kind: 'anchor'; anchor: Anchor };

/**
 * Everything an outsider needs to check the history without this program or its database: events, chain heads and anchors,
 * one JSON value per line, in pieces of bounded size. Of one subject, or of all. Words that are sealed in the chain stay sealed: they may hold
 * somebody's name, and the chain is checked without them.
 */
export async function* verificationPackage(
  sql: Sql,
  madeAt: Date,
  subject?: { subjectType: string; subjectId: string },
): AsyncIterable<PackageLine[]> {
  yield [{ kind: 'package', format: 1, madeAt: madeAt.toISOString(), scope: subject ? 'subject' : 'all' }];
  const only = [subject?.subjectType ?? null, subject?.subjectId ?? null];
  let after: [string, string, number] = ['', '', 0];
  for (;;) {
    const page = await sql.query<StoredEvent>(
      `select ${COLUMNS} from history_event where ($4::text is null or (subject_type = $4 and subject_id = $5))
         and (subject_type, subject_id, sequence) > ($1, $2, $3::bigint) order by subject_type, subject_id, sequence limit ${PAGE}`,
      [...after, ...only],
    );
    yield page.map((event) => ({ kind: 'event', event }));
    if (page.length < PAGE) break;
    const last = page[page.length - 1]!;
    after = [last.subjectType, last.subjectId, last.sequence];
  }
  const heads = await sql.query<{ subjectType: string; subjectId: string; sequence: number; hash: string }>(
    `select subject_type as "subjectType", subject_id as "subjectId", sequence::int as sequence, head_hash as hash from history_chain
     where sequence > 0 and ($1::text is null or (subject_type = $1 and subject_id = $2)) order by 1, 2`,
    only,
  );
  yield heads.map((head) => ({ kind: 'head', ...head }));
  const anchors = await sql.query<Anchor>(
    `select number::int as number, made_at as "madeAt", chains::int as chains, events::int as events, heads_hash as "headsHash", previous_hash as "previousHash", hash
     from history_anchor order by number`,
  );
  yield anchors.map((anchor) => ({ kind: 'anchor', anchor }));
}

/** Newest anchors first. */
export async function listAnchors(sql: Sql, limit: number): Promise<Anchor[]> {
  return sql.query<Anchor>(
    `select number::int as number, made_at as "madeAt", chains::int as chains, events::int as events, heads_hash as "headsHash", previous_hash as "previousHash", hash
     from history_anchor order by number desc limit $1`,
    [limit],
  );
}
