import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, chmod, copyFile, mkdir, open, rename, rm, stat, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';

/** Where the bytes lie: each content once, under its SHA-256. */
export interface FileStore {
  /** Takes a file over (it is gone afterwards) and answers its SHA-256. Durable when it returns. */
  take(path: string): Promise<string>;
  read(sha256: string): Readable;
  has(sha256: string): Promise<boolean>;
  /** Removes content that nobody has sent since `unusedSince`. */
  remove(sha256: string, unusedSince: Date): Promise<void>;
}

/** The store in a folder (`ab/cdef…`); several nodes may share one folder. Files are readable by the program's user only. */
export function folderStore(folder: string): FileStore {
  const pathOf = (sha256: string) => {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw new TypeError(`not a SHA-256: ${sha256}`);
    return join(folder, sha256.slice(0, 2), sha256.slice(2));
  };
  const has = (sha256: string) =>
    access(pathOf(sha256)).then(
      () => true,
      () => false,
    );
  return {
    has,
    async take(path) {
      const sha256 = await digest(path);
      const target = pathOf(sha256);
      if (await has(sha256)) {
        const now = new Date();
        await utimes(target, now, now);
      } else {
        await mkdir(dirname(target), { recursive: true, mode: 0o700 });
        // Copied beside the target first: a crash leaves a stray part, never a half file under a true name.
        const part = `${target}.${process.pid}.${Date.now()}.part`;
        await copyFile(path, part);
        await chmod(part, 0o600);
        await sync(part);
        await rename(part, target);
        await sync(dirname(target));
      }
      await rm(path, { force: true });
      return sha256;
    },
    read: (sha256) => createReadStream(pathOf(sha256)),
    async remove(sha256, unusedSince) {
      const path = pathOf(sha256);
      const found = await stat(path).catch(() => undefined);
      if (found && found.mtime < unusedSince) await rm(path, { force: true });
    },
  };
}

async function digest(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function sync(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
