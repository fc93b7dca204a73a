import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlOf } from '../db/orm.ts';
import { shanghaiDate } from '../kernel/clock.ts';
import { type Anchor, makeAnchor } from '../modules/history/index.ts';
import type { RunWork } from './once.ts';

/** File of anchors kept outside the database: one line of JSON per anchor. */
export const ANCHOR_FILE = 'history-anchors.jsonl';

/** Seals the history once per calendar day and, where a folder is given, writes the seal outside the database. Undefined when today's exists. */
export async function anchorDaily(run: RunWork, folder: string | undefined): Promise<Anchor | undefined> {
  const anchor = await run(async (work) => {
    const sql = sqlOf(work.em);
    const now = work.clock.now();
    const [last] = await sql.query<{ at: Date }>('select max(made_at) as at from history_anchor');
    if (last?.at && shanghaiDate(new Date(last.at)) >= shanghaiDate(now)) return undefined;
    return makeAnchor(sql, now);
  });
  if (anchor && folder) {
    await mkdir(folder, { recursive: true });
    await appendFile(join(folder, ANCHOR_FILE), `${JSON.stringify(anchor)}\n`);
  }
  return anchor;
}
