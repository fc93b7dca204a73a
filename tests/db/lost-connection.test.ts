import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import type { OpenDatabase } from '../../src/db/orm.ts';
import { testDatabase } from '../support/database.ts';

/** Only a server can drop a connection. */
const onServer = process.env.TEST_DATABASE_URL ? describe : describe.skip;

onServer('connections the server drops', () => {
  let db: OpenDatabase;
  beforeAll(async () => {
    db = await testDatabase([]);
  });
  afterAll(() => db?.close());

  test('a transaction that loses its connection fails, and its place in the pool is free again', async () => {
    const other = new pg.Client({ connectionString: process.env.TEST_DATABASE_URL! });
    await other.connect();
    // More losses than the pool has places.
    for (let turn = 0; turn < 8; turn += 1) {
      const lost = db.em().transactional(async (em) => {
        const [{ pid }] = (await em
          .getConnection()
          .execute('select pg_backend_pid() as pid', [], 'all', em.getTransactionContext())) as [{ pid: number }];
        await other.query('select pg_terminate_backend($1)', [pid]);
        await em.getConnection().execute('select 1', [], 'all', em.getTransactionContext());
      });
      await expect(lost).rejects.toThrow();
    }
    await other.end();
    expect(await db.database.query('select 1 as one')).toEqual([{ one: 1 }]);
  });
});
