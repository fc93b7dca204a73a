import { randomBytes } from 'node:crypto';
import { openAsBlob } from 'node:fs';
import pg from 'pg';
import { type Entities, type OpenDatabase, openDatabase } from '../../src/db/orm.ts';

/** PGlite in memory; with TEST_DATABASE_URL (see `npm run test:pg`) a fresh database on that PostgreSQL server, dropped on close. */
export async function testDatabase(entities: Entities = []): Promise<OpenDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) return openDatabase(entities, { dataDir: 'memory://', ...(await image()) });
  const { name, url } = await createDatabase(server, 'test');
  const opened = await openDatabase(entities, { url, dataDir: '', poolSize: 5 });
  return {
    ...opened,
    async close() {
      await opened.close();
      await dropDatabase(server, name);
    },
  };
}

/** A database of its own on a server, with the whole schema where the run has prepared one (see `prepare-databases.ts`). */
export async function createDatabase(server: string, prefix: string): Promise<{ name: string; url: string }> {
  const name = `${prefix}_${randomBytes(8).toString('hex')}`;
  const template = process.env.TEST_DATABASE_TEMPLATE;
  await admin(server, `create database ${name}${template ? ` template ${template}` : ''}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return { name, url: url.href };
}

export const dropDatabase = (server: string, name: string): Promise<void> =>
  admin(server, `drop database ${name} with (force)`);

/** What a PGlite in memory starts from: a schema prepared for the whole run. */
export async function image(): Promise<{ image?: Blob }> {
  const file = process.env.TEST_DATABASE_IMAGE;
  return file ? { image: await openAsBlob(file) } : {};
}

async function admin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}
