import type { Sql } from '../../db/sql.ts';
import { type Anchor, hashAnchor, hashHeads } from './anchor-history.ts';
import { canonicalEvent, GENESIS, hashOf, type StoredEvent } from './append-event.ts';
import { openTexts } from './seal-text.ts';

export interface Break {
  subjectType: string;
  subjectId: string;
  /** Sequence of the first event that is not as it was written. */
  sequence: number;
  /** What is wrong, in Chinese. */
  what: string;
}

/** Checks one chain offline, trusting nothing but the events themselves. The first break or nothing. */
export function verifyChain(events: readonly StoredEvent[]): Break | undefined {
  let previous = GENESIS;
  for (const [index, event] of events.entries()) {
    const at = { subjectType: event.subjectType, subjectId: event.subjectId, sequence: event.sequence };
    if (event.sequence !== index + 1)
      return { ...at, sequence: index + 1, what: `第 ${index + 1} 条记录缺失，后面直接是第 ${event.sequence} 条` };
    if (event.previousHash !== previous) return { ...at, what: `第 ${event.sequence} 条记录与前一条不相连` };
    const { hash, ...body } = event;
    if (hashOf(canonicalEvent(body)) !== hash)
      return { ...at, what: `第 ${event.sequence} 条记录（${event.type}）的内容与它的校验值不符，被改动过` };
    previous = hash;
  }
  return undefined;
}

export interface VerificationReport {
  chains: number;
  events: number;
  anchors: number;
  breaks: Break[];
  anchorBreaks: string[];
}

const PAGE = 20_000;

/**
 * Checks every chain, every stored head and every anchor. `outside` are anchors kept elsewhere: what the database has
 * must agree with them, so neither a chain cut off at its end nor one removed whole goes unseen.
 */
export async function verifyAll(sql: Sql, outside: readonly Anchor[] = []): Promise<VerificationReport> {
  const breaks: Break[] = [];
  const lastOf = new Map<string, { sequence: number; hash: string }>();
  let events = 0;
  const finish = (chain: StoredEvent[]) => {
    if (chain.length === 0) return;
    const broken = verifyChain(chain);
    if (broken) breaks.push(broken);
    const last = chain[chain.length - 1]!;
    const key = `${last.subjectType}\n${last.subjectId}`;
    lastOf.set(key, { sequence: last.sequence, hash: last.hash });
    events += chain.length;
  };
  let chain: StoredEvent[] = [];
  for await (const event of allEvents(sql)) {
    if (chain.length > 0 && (chain[0]!.subjectType !== event.subjectType || chain[0]!.subjectId !== event.subjectId)) {
      finish(chain);
      chain = [];
    }
    chain.push(event);
  }
  finish(chain);
  breaks.push(...(await checkHeads(sql, lastOf)));
  const { anchors, anchorBreaks } = await checkAnchors(sql, outside, lastOf);
  return { chains: lastOf.size, events, anchors, breaks: firstPerChain(breaks), anchorBreaks };
}

async function* allEvents(sql: Sql): AsyncIterable<StoredEvent> {
  let after: [string, string, number] = ['', '', 0];
  for (;;) {
    const page = await sql.query<StoredEvent>(
      `select subject_type as "subjectType", subject_id as "subjectId", sequence::int as sequence, type, occurred_at as "occurredAt", actor,
         actor_name as "actorName", on_behalf_of as "onBehalfOf", payload, previous_hash as "previousHash", hash
       from history_event where (subject_type, subject_id, sequence) > ($1, $2, $3::bigint) order by subject_type, subject_id, sequence limit ${PAGE}`,
      after,
    );
    yield* await openTexts(sql, page);
    if (page.length < PAGE) return;
    const last = page[page.length - 1]!;
    after = [last.subjectType, last.subjectId, last.sequence];
  }
}

/** The head rows know how long each chain was: events cut off at the end, or a whole chain gone, show here. */
async function checkHeads(sql: Sql, lastOf: ReadonlyMap<string, { sequence: number; hash: string }>): Promise<Break[]> {
  const heads = await sql.query<{ subject_type: string; subject_id: string; sequence: number; head_hash: string }>(
    'select subject_type, subject_id, sequence::int as sequence, head_hash from history_chain where sequence > 0',
  );
  const known = new Set(heads.map((head) => `${head.subject_type}\n${head.subject_id}`));
  const wrong = heads.flatMap((head): Break[] => {
    const last = lastOf.get(`${head.subject_type}\n${head.subject_id}`);
    const at = { subjectType: head.subject_type, subjectId: head.subject_id };
    if (!last || last.sequence < head.sequence) {
      return [
        {
          ...at,
          sequence: (last?.sequence ?? 0) + 1,
          what: `应有 ${head.sequence} 条记录，现在只有 ${last?.sequence ?? 0} 条，末尾的记录被删除`,
        },
      ];
    }
    if (last.sequence !== head.sequence || last.hash !== head.head_hash)
      return [{ ...at, sequence: last.sequence, what: '链头与最后一条记录不一致，链头或末条被改动过' }];
    return [];
  });
  const headless = [...lastOf]
    .filter(([key]) => !known.has(key))
    .map(([key, last]): Break => {
      const [subjectType, subjectId] = key.split('\n') as [string, string];
      return { subjectType, subjectId, sequence: last.sequence, what: '记录没有对应的链头，链头被删除' };
    });
  return [...wrong, ...headless];
}

async function checkAnchors(
  sql: Sql,
  outside: readonly Anchor[],
  lastOf: ReadonlyMap<string, { sequence: number; hash: string }>,
) {
  const anchors = await sql.query<Anchor>(
    `select number::int as number, made_at as "madeAt", chains::int as chains, events::int as events, heads_hash as "headsHash", previous_hash as "previousHash", hash
     from history_anchor order by number`,
  );
  const anchorBreaks: string[] = [];
  let previous = GENESIS;
  for (const anchor of anchors) {
    const { hash, ...body } = anchor;
    if (anchor.previousHash !== previous || hashAnchor(body) !== hash)
      anchorBreaks.push(`第 ${anchor.number} 号锚点被改动过`);
    previous = hash;
  }
  const byNumber = new Map(anchors.map((anchor) => [anchor.number, anchor]));
  for (const anchor of outside) {
    const { hash, ...body } = anchor;
    if (hashAnchor(body) !== hash) anchorBreaks.push(`外部锚点文件中的第 ${anchor.number} 号被改动过`);
    else if (byNumber.get(anchor.number)?.hash !== hash)
      anchorBreaks.push(`第 ${anchor.number} 号锚点与外部锚点文件不一致，数据库中的历史被整体改写过`);
  }
  // The newest anchor can be recomputed as long as no chain has grown since; grown chains are covered by their links.
  const last = anchors[anchors.length - 1];
  const total = [...lastOf.values()].reduce((sum, head) => sum + head.sequence, 0);
  if (last && last.events === total && last.chains === lastOf.size) {
    const heads = [...lastOf].map(([key, head]) => {
      const [subjectType, subjectId] = key.split('\n') as [string, string];
      return { subjectType, subjectId, ...head };
    });
    if (hashHeads(heads) !== last.headsHash) anchorBreaks.push(`第 ${last.number} 号锚点与现有记录不一致`);
  } else if (last && last.events > total)
    anchorBreaks.push(`第 ${last.number} 号锚点记有 ${last.events} 条记录，现在只有 ${total} 条`);
  return { anchors: anchors.length, anchorBreaks };
}

const firstPerChain = (breaks: readonly Break[]): Break[] => {
  const first = new Map<string, Break>();
  for (const item of breaks) {
    const key = `${item.subjectType}\n${item.subjectId}`;
    const known = first.get(key);
    if (!known || item.sequence < known.sequence) first.set(key, item);
  }
  return [...first.values()];
};
