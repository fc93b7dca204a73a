import { createHash } from 'node:crypto';
import { realpathSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

/** A second process wanted the same embedded database. The message is for the operator. */
export class FolderInUseError extends Error {
  override name = 'FolderInUseError';
}

/**
 * Holds a folder for this process as long as it lives, by listening on a socket file in it.
 * A socket, not a pid file: the system closes it when the process dies in any way, so nothing stale can refuse a start,
 * and process numbers that repeat (containers) cannot confuse it.
 */
export async function lockFolder(folder: string): Promise<{ release(): Promise<void> }> {
  const path = socketPath(folder);
  let server = await listen(path);
  if (!server) {
    if (await answers(path)) {
      throw new FolderInUseError(
        `数据目录 ${folder} 正被另一个速应进程使用。内置数据库同一时间只能由一个进程打开：请先停掉那个进程，或用 DATA_DIR 指定另一个目录，或用 DATABASE_URL 改用 PostgreSQL。`,
      );
    }
    rmSync(path, { force: true });
    server = await listen(path);
    if (!server) throw new FolderInUseError(`数据目录 ${folder} 正被另一个速应进程使用。`);
  }
  const held = server;
  held.unref();
  return { release: () => new Promise((resolve) => held.close(() => resolve())) };
}

/** Socket paths are limited to about 100 bytes; a deep folder falls back to the temporary folder under a hash of its real path. */
function socketPath(folder: string): string {
  const real = realpathSync(folder);
  if (process.platform === 'win32') return `\\\\.\\pipe\\suying-${digest(real)}`;
  const candidates = [relative(process.cwd(), join(real, 'suying.lock')), join(real, 'suying.lock')];
  return candidates.find((path) => Buffer.byteLength(path) < 100) ?? join(tmpdir(), `suying-${digest(real)}.lock`);
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 24);

function listen(path: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.end());
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error),
    );
    server.listen(path, () => resolve(server));
  });
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
