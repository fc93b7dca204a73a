import { createHash } from 'node:crypto';
import type { Sql } from '../../db/sql.ts';
import { shanghaiTime } from '../../kernel/clock.ts';
import { DomainError } from '../../kernel/errors.ts';

export interface TryLimit {
  tries: number;
  minutes: number;
}

/** What is counted: an address, a code. Only its hash is kept. */
export const bucketOf = (kind: 'address' | 'code' | 'link', value: string): string =>
  createHash('sha256').update(`${kind}:${value}`).digest('hex');

/**
 * Notes a try before it is answered, so that guesses side by side count as well; refuses when there have been too many.
 * To be called in a transaction of its own: a refusal must be remembered.
 */
export async function noteTry(sql: Sql, buckets: readonly string[], now: Date, limit: TryLimit): Promise<Date | null> {
  const since = new Date(+now - limit.minutes * 60_000).toISOString();
  await sql.query('delete from public_try where at < $1', [since]);
  await sql.query('insert into public_try (bucket, at) select bucket, $2 from unnest($1::text[]) as bucket', [
    buckets,
    now.toISOString(),
  ]);
  const rows = await sql.query<{ n: number; oldest: string }>(
    'select count(*)::int as n, min(at) as oldest from public_try where bucket = any($1::text[]) group by bucket',
    [buckets],
  );
  const full = rows.filter((row) => row.n > limit.tries);
  if (full.length === 0) return null;
  return new Date(Math.max(...full.map((row) => +new Date(row.oldest))) + limit.minutes * 60_000);
}

/** Who found what they looked for has not guessed. */
export async function forgetTries(sql: Sql, buckets: readonly string[]): Promise<void> {
  await sql.query('delete from public_try where bucket = any($1::text[])', [buckets]);
}

export const tooManyTries = (until: Date) =>
  new DomainError(
    'TooManyRequests',
    `查询次数太多，请在 ${shanghaiTime(new Date(Math.ceil(+until / 60_000) * 60_000))} 以后再试。您填写的内容没有丢。急的请拨打 12366。`,
    { reason: 'rate-limit' },
  );
