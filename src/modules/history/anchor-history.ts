import { createHash } from 'node:crypto';
import type { Sql } from '../../db/sql.ts';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import { GENESIS } from './append-event.ts';

/** A seal over the heads of all chains at a moment; exported outside so that even the owner of the database cannot rewrite the past unseen. */
export interface Anchor {
  number: number;
  madeAt: string;
  chains: number;
  events: number;
  headsHash: string;
  previousHash: string;
  hash: string;
}

export const hashAnchor = (anchor: Omit<Anchor, 'hash'>): string =>
  createHash('sha256')
    .update(canonicalJson({ format: 1, ...anchor }))
    .digest('hex');

/** Hash over all heads in the order of their names, and how many chains and events they hold. */
export function hashHeads(
  heads: readonly { subjectType: string; subjectId: string; sequence: number; hash: string }[],
): string {
  const hash = createHash('sha256');
  const named = heads.map((head) => `${head.subjectType}\n${head.subjectId}\n${head.sequence}\n${head.hash}\n`).sort();
  for (const line of named) hash.update(line);
  return hash.digest('hex');
}

/** Makes the next anchor. The caller exports it (a line of JSON per anchor). */
export async function makeAnchor(tx: Sql, now: Date): Promise<Anchor> {
  await tx.query('lock table history_anchor in exclusive mode');
  const heads = await tx.query<{ subjectType: string; subjectId: string; sequence: number; hash: string }>(
    `select subject_type as "subjectType", subject_id as "subjectId", sequence::int as sequence, head_hash as hash from history_chain where sequence > 0`,
  );
  const [last] = await tx.query<{ number: string; hash: string }>(
    'select number, hash from history_anchor order by number desc limit 1',
  );
  const body = {
    number: Number(last?.number ?? 0) + 1,
    madeAt: now.toISOString(),
    chains: heads.length,
    events: heads.reduce((sum, head) => sum + head.sequence, 0),
    headsHash: hashHeads(heads),
    previousHash: last?.hash ?? GENESIS,
  };
  const anchor = { ...body, hash: hashAnchor(body) };
  await tx.query(
    'insert into history_anchor (number, made_at, chains, events, heads_hash, previous_hash, hash) values ($1, $2, $3, $4, $5, $6, $7)',
    [anchor.number, anchor.madeAt, anchor.chains, anchor.events, anchor.headsHash, anchor.previousHash, anchor.hash],
  );
  return anchor;
}

/** Anchors with a number above the given one, oldest first. */
export const anchorsAfter = (sql: Sql, number: number): Promise<Anchor[]> =>
  sql.query<Anchor>(
    `select number::int as number, made_at as "madeAt", chains::int as chains, events::int as events, heads_hash as "headsHash",
       previous_hash as "previousHash", hash from history_anchor where number > $1 order by number`,
    [number],
  );
