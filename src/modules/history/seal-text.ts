import { createHash, randomBytes } from 'node:crypto';
import type { Sql } from '../../db/sql.ts';

/** What somebody searched, exported or subscribed by may be a name as well. These chains belong to no demand. */
const SEARCHES = ['export', 'audit', 'ledger-subscription'] as const;

/**
 * What people write by hand (理由、意见、说明) may hold somebody's name or number. In the chain of a demand, its instances and its group it is therefore not kept as it is, but as a
 * seal: the hash of the words and a random salt, which stand beside the chain. As long as they stand there they are held to the seal like everything
 * else; when their time is over the words are masked and the salt goes, nobody can try out what they were, and the chain stays whole.
 */
const SEALED_SUBJECTS: ReadonlySet<string> = new Set(['demand', 'instance', 'common-demand', ...SEARCHES]);

/** Tags of the dictionary, names of tasks, rules, papers, bodies and staff, and numbers of the program: said by the program, not by hand. */
const SAID_BY_PROGRAM: ReadonlySet<string> = new Set([
  'task',
  'title',
  'rule',
  'tags',
  'name',
  'unit',
  'receivingName',
  'responsibleName',
  'step',
  'from',
  'to',
  'instance',
]);

/** The reason of a new calendar stands on every clock it moves, a hundred thousand at once, and speaks of no taxpayer. */
const SAID_OF_ALL: ReadonlySet<string> = new Set(['deadline.recomputed']);

interface Seal {
  sealed: string;
}
const isSeal = (value: unknown): value is Seal =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as Seal).sealed === 'string' &&
  Object.keys(value).length === 1;

/** Ids, codes, logins, instants and days. What has digits only may be a telephone. */
const isCode = (text: string): boolean =>
  text === '' || /^\d{1,6}$/.test(text) || /^(?=.*[A-Za-z])[\w.:+@-]+$/.test(text) || /^\d{4}-\d{2}-\d{2}$/.test(text);

/** Words that belong to a seal; without salt they have been taken out, and what stands there is masked. */
export interface SealedText {
  seal: string;
  salt: string | null;
  text: string;
}

export const sealOf = (salt: string, text: string): string =>
  createHash('sha256').update(`${salt}\n${text}`).digest('hex');

/** The payload as the chain keeps it, and the words that stand beside it. */
export function sealTexts({
  subjectType,
  type,
  payload,
}: {
  subjectType: string;
  type: string;
  payload: Record<string, unknown>;
}): { payload: Record<string, unknown>; texts: SealedText[] } {
  const texts: SealedText[] = [];
  if (!SEALED_SUBJECTS.has(subjectType) || SAID_OF_ALL.has(type)) return { payload, texts };
  // The name of a digest is somebody's own word as well.
  const open = (SEARCHES as readonly string[]).includes(subjectType) ? new Set<string>() : SAID_BY_PROGRAM;
  const seal = (value: unknown, key: string): unknown => {
    if (typeof value === 'string') {
      if (isCode(value) || open.has(key)) return value;
      const salt = randomBytes(16).toString('hex');
      const sealed = sealOf(salt, value);
      texts.push({ seal: sealed, salt, text: value });
      return { sealed };
    }
    if (Array.isArray(value)) return value.map((item) => seal(item, key));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, seal(item, name)]));
  };
  return { payload: seal(payload, '') as Record<string, unknown>, texts };
}

/** Keeps the words beside the chain, each with the event it belongs to. */
export async function keepTexts(
  tx: Sql,
  texts: readonly (SealedText & { subjectType: string; subjectId: string; sequence: number })[],
): Promise<void> {
  if (texts.length === 0) return;
  await tx.query(
    `insert into history_text (seal, subject_type, subject_id, sequence, salt, text)
     select seal, "subjectType", "subjectId", sequence, salt, text from jsonb_to_recordset($1::jsonb)
       as t(seal text, "subjectType" text, "subjectId" text, sequence bigint, salt text, text text)`,
    [JSON.stringify(texts)],
  );
}

/** Events with their words put back in. What the hash was made over is kept in `hashed`, with each seal made anew from the words it stands for. */
export async function openTexts<T extends { payload: Record<string, unknown> }>(
  sql: Sql,
  events: readonly T[],
): Promise<(T & { hashed?: Record<string, unknown> })[]> {
  const seals = events.flatMap((event) => sealsIn(event.payload));
  if (seals.length === 0) return [...events];
  const rows = await sql.query<SealedText>('select seal, salt, text from history_text where seal = any($1::text[])', [
    seals,
  ]);
  const known = new Map(rows.map((row) => [row.seal, row]));
  return events.map((event) => {
    if (sealsIn(event.payload).length === 0) return event;
    return {
      ...event,
      payload: replaceSeals(event.payload, ({ sealed }) => known.get(sealed)?.text ?? LOST) as Record<string, unknown>,
      hashed: replaceSeals(event.payload, ({ sealed }) => {
        const kept = known.get(sealed);
        return { sealed: kept?.salt ? sealOf(kept.salt, kept.text) : kept ? sealed : '' };
      }) as Record<string, unknown>,
    };
  });
}

const LOST = '（原文缺失）';

function sealsIn(value: unknown): string[] {
  if (isSeal(value)) return [value.sealed];
  if (Array.isArray(value)) return value.flatMap(sealsIn);
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(sealsIn) : [];
}

function replaceSeals(value: unknown, by: (seal: Seal) => unknown): unknown {
  if (isSeal(value)) return by(value);
  if (Array.isArray(value)) return value.map((item) => replaceSeals(item, by));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, replaceSeals(item, by)]));
}

/**
 * Takes personal data out of the words of chains, for good: `mask` answers what may stay. Part of the caller's transaction; the caller appends the
 * event that says so.
 */
export async function eraseTexts(
  tx: Sql,
  subjectType: string,
  subjectIds: readonly string[],
  mask: (text: string, subjectId: string) => string,
): Promise<void> {
  const rows = await tx.query<{ seal: string; subject_id: string; text: string }>(
    'select seal, subject_id, text from history_text where subject_type = $1 and subject_id = any($2::text[]) and salt is not null',
    [subjectType, [...subjectIds]],
  );
  if (rows.length === 0) return;
  await tx.query(
    `update history_text h set salt = null, text = t.text from jsonb_to_recordset($1::jsonb) as t(seal text, text text) where h.seal = t.seal`,
    [JSON.stringify(rows.map((row) => ({ seal: row.seal, text: mask(row.text, row.subject_id) })))],
  );
}

/** The same for words of searches and exports, which are of nobody in particular: wherever one of the patterns stands. */
export async function eraseMentions<T extends { pattern: RegExp }>(
  tx: Sql,
  patterns: readonly T[],
  mask: (text: string, patterns: readonly T[]) => string,
): Promise<void> {
  const rows = await tx.query<{ seal: string; text: string }>(
    'select seal, text from history_text where subject_type = any($1::text[]) and salt is not null',
    [[...SEARCHES]],
  );
  if (patterns.length === 0) return;
  // One look at each text, however many patterns there are.
  const any = new RegExp(patterns.map(({ pattern }) => pattern.source).join('|'), 'i');
  for (const { seal, text } of rows.filter((row) => any.test(row.text)))
    await tx.query('update history_text set salt = null, text = $2 where seal = $1', [seal, mask(text, patterns)]);
}
