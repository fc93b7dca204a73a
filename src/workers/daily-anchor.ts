import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sqlOf } from '../db/orm.ts';
import { shanghaiDate } from '../kernel/clock.ts';
import { type Anchor, anchorsAfter, makeAnchor } from '../modules/history/index.ts';
import type { RunWork } from './once.ts';

/** File of anchors kept outside the database: one line of JSON per anchor. */
export const ANCHOR_FILE = 'history-anchors.jsonl';

/**
 * Seals the history once per calendar day and, where a folder is given, writes the seal outside the database; to be called every now and then.
 * Answers the seal, undefined when today's exists. Seals that did not reach the file (a crash, a full disk, a folder named later) are added at the next start or seal.
 */
export function dailyAnchor(run: RunWork, folder: string | undefined): () => Promise<Anchor | undefined> {
  let caughtUp = false;
  return async () => {
    const made = await sealToday(run);
    if (folder && (made || !caughtUp)) {
      await exportAnchors(run, folder);
      caughtUp = true;
    }
    return made;
  };
}

async function sealToday(run: RunWork): Promise<Anchor | undefined> {
  return run(async (work) => {
    const sql = sqlOf(work.em);
    const now = work.clock.now();
    const [last] = await sql.query<{ at: string }>('select max(made_at) as at from history_anchor');
    if (last?.at && shanghaiDate(new Date(last.at)) >= shanghaiDate(now)) return undefined;
    return makeAnchor(sql, now);
  });
}

async function exportAnchors(run: RunWork, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, ANCHOR_FILE);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '';
    throw error;
  });
  const numbers = text.split('\n').flatMap((line) => numberOf(line) ?? []);
  const missing = await run((work) => anchorsAfter(sqlOf(work.em), Math.max(0, ...numbers)));
  if (missing.length === 0) return;
  // A line cut off by a crash is ended first, so that the next one stands alone.
  const start = text === '' || text.endsWith('\n') ? '' : '\n';
  await appendFile(path, start + missing.map((anchor) => `${JSON.stringify(anchor)}\n`).join(''));
}

function numberOf(line: string): number | undefined {
  try {
    return (JSON.parse(line) as Anchor).number;
  } catch {
    return undefined;
  }
}
