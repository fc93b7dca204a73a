import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { type Entities, type OpenDatabase, openDatabase } from '../../src/db/orm.ts';

/** PGlite in memory; with TEST_DATABASE_URL (see `npm run test:pg`) a fresh database on that PostgreSQL server, dropped on close. */
export async function testDatabase(entities: Entities = []): Promise<OpenDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  if (!server) return openDatabase(entities, { dataDir: 'memory://' });
  const name = `test_${randomBytes(8).toString('hex')}`;
  await admin(server, `create database ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const opened = await openDatabase(entities, { url: url.href, dataDir: '', poolSize: 5 });
  return {
    ...opened,
    async close() {
      await opened.close();
      await admin(server, `drop database ${name} with (force)`);
    },
  };
}

async function admin(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(statement);
  await client.end();
}
