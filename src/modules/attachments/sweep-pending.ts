import type { Sql } from '../../db/sql.ts';
import type { FileStore } from './file-store.ts';

const DAY_MS = 24 * 3600_000;
const KEPT_MS = 30 * DAY_MS;

/**
 * Files whose form was never submitted go after thirty days, those taken out of their subject (到期匿名化) at once; their bytes when no other row names
 * them. Answers how many.
 */
export async function sweepPending(sql: Sql, store: FileStore, now: Date): Promise<number> {
  const gone = await sql.query<{ id: string; sha256: string }>(
    `delete from attachment where status <> 'ATTACHED' and uploaded_at < (case when attached_at is null then $1::timestamptz else $2 end)
     returning id, sha256`,
    [new Date(+now - KEPT_MS).toISOString(), new Date(+now - DAY_MS).toISOString()],
  );
  for (const sha256 of new Set(gone.map((row) => row.sha256))) {
    const [still] = await sql.query('select 1 from attachment where sha256 = $1 limit 1', [sha256]);
    // The same content may be arriving at this moment: what was touched in the last day stays.
    if (!still) await store.remove(sha256, new Date(+now - DAY_MS));
  }
  return gone.length;
}
