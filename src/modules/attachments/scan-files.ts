import { FOR_UPDATE, sqlOf } from '../../db/orm.ts';
import type { Sql } from '../../db/sql.ts';
import { appendEvent } from '../history/index.ts';
import type { Scanner } from './clamd.ts';
import type { AttachmentWork } from './context.ts';
import { AttachmentEntity } from './entities.ts';
import type { FileStore } from './file-store.ts';

export type ScanState = 'NONE' | 'WAITING' | 'CLEAN' | 'FOUND';
type Run = <T>(work: (unit: AttachmentWork) => Promise<T>) => Promise<T>;

export interface Scanning {
  run: Run;
  store: FileStore;
  scanner: Scanner;
  /** Told why a scan gave no answer. */
  failed(error: unknown): void;
}

/**
 * Scans one file that waits, outside any transaction, and keeps the verdict. A scanner that is down leaves it waiting: held back, never let
 * through. What is found in a file that already belongs to a demand goes into the demand's history.
 */
export async function scanFile(scanning: Scanning, id: string): Promise<ScanState> {
  const { run, store, scanner } = scanning;
  const waiting = await run((unit) => unit.em.findOne(AttachmentEntity, { id }));
  if (waiting?.scan !== 'WAITING') return (waiting?.scan ?? 'NONE') as ScanState;
  let found: string | null;
  try {
    const verdict = await scanner.scan(store.read(waiting.sha256));
    found = verdict.clean ? null : verdict.found;
  } catch (error) {
    scanning.failed(error);
    return 'WAITING';
  }
  return run(async (unit) => {
    const file = await unit.em.findOne(AttachmentEntity, { id }, FOR_UPDATE);
    if (file?.scan !== 'WAITING') return (file?.scan ?? 'NONE') as ScanState;
    file.scan = found === null ? 'CLEAN' : 'FOUND';
    file.scanFound = found;
    file.scannedAt = unit.clock.now();
    await unit.em.flush();
    if (found !== null && file.subjectType && file.subjectId)
      await appendEvent(sqlOf(unit.em), {
        subjectType: file.subjectType,
        subjectId: file.subjectId,
        type: 'attachment.quarantined',
        occurredAt: unit.clock.now(),
        actor: unit.actor,
        payload: { attachmentId: file.id, found },
      });
    return file.scan as ScanState;
  });
}

const AT_ONCE = 50;

/** Files that could not be scanned when they came; stops at the first that still cannot. Answers how many have a verdict now. */
export async function scanWaiting(scanning: Scanning, sql: Sql): Promise<number> {
  const rows = await sql.query<{ id: string }>(
    `select id from attachment where scan = 'WAITING' order by uploaded_at limit ${AT_ONCE}`,
  );
  let done = 0;
  for (const { id } of rows) {
    if ((await scanFile(scanning, id)) === 'WAITING') break;
    done += 1;
  }
  return done;
}

/** State of a file in words: 正在查毒, 有风险已隔离; nothing when it may be opened. */
export const scanWords = (scan: string): string => ({ WAITING: '正在查毒', FOUND: '有风险已隔离' })[scan] ?? '';
