import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import {
  appendEvent,
  appendEvents,
  makeAnchor,
  readTimeline,
  verifyAll,
  verifyChain,
} from '../../../src/modules/history/index.ts';
import { testDatabase } from '../../support/database.ts';

const actor = { login: 'wangyi', name: '王一' };
const at = new Date('2026-11-23T01:00:00Z');
const event = (subjectId: string, type: string, payload: Record<string, unknown> = {}) => ({
  subjectType: 'demand',
  subjectId,
  type,
  occurredAt: at,
  actor,
  payload,
});

describe('history', () => {
  let db: OpenDatabase;
  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db.close());

  test('events of a subject form a chain in the order they were appended', async () => {
    await db.database.transaction(async (tx) => {
      await appendEvents(tx, [
        event('a', 'demand.registered', { number: 'LASQ-1', 税: [1, 2.5, null] }),
        event('b', 'demand.registered'),
        event('a', 'demand.transferred'),
      ]);
      await appendEvent(tx, event('a', 'demand.dispatched', { hostDepartment: '341500-GST' }));
    });
    const chain = await readTimeline(db.database, 'demand', 'a');
    expect(chain.map(({ sequence, type }) => [sequence, type])).toEqual([
      [1, 'demand.registered'],
      [2, 'demand.transferred'],
      [3, 'demand.dispatched'],
    ]);
    expect(verifyChain(chain)).toBeUndefined();
  });

  test('appending at the same time leaves no gap and no fork', async () => {
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        db.database.transaction((tx) => appendEvent(tx, event('busy', 'rules.evaluated', { n }))),
      ),
    );
    const chain = await readTimeline(db.database, 'demand', 'busy');
    expect(chain).toHaveLength(20);
    expect(verifyChain(chain)).toBeUndefined();
  });

  test('a rolled-back transaction leaves no trace', async () => {
    const lost = db.database.transaction(async (tx) => {
      await appendEvent(tx, event('lost', 'demand.registered'));
      throw new Error('rolled back');
    });
    await expect(lost).rejects.toThrow('rolled back');
    expect(await readTimeline(db.database, 'demand', 'lost')).toEqual([]);
  });

  test.each(['update history_event set actor = actor', 'delete from history_event', 'truncate history_event'])(
    'the database refuses: %s',
    async (statement) => {
      await expect(db.database.query(statement)).rejects.toThrow(/append-only/);
    },
  );

  test.each([
    [
      'a changed payload',
      `update history_event set payload = '{"hostDepartment":"x"}' where subject_id = $1 and sequence = 2`,
      2,
      '被改动过',
    ],
    [
      'a changed actor',
      `update history_event set actor = 'somebody' where subject_id = $1 and sequence = 1`,
      1,
      '被改动过',
    ],
    ['a removed event', `delete from history_event where subject_id = $1 and sequence = 2`, 2, '缺失'],
    ['a cut-off end', `delete from history_event where subject_id = $1 and sequence = 3`, 3, '末尾的记录被删除'],
  ])('%s is found and named', async (name, statement, sequence, what) => {
    const id = `tampered ${name}`;
    await db.database.transaction((tx) =>
      appendEvents(
        tx,
        [1, 2, 3].map((n) => event(id, 'rules.evaluated', { n })),
      ),
    );
    await tamper(statement, [id]);
    const report = await verifyAll(db.database);
    const found = report.breaks.find((item) => item.subjectId === id);
    expect(found).toMatchObject({ subjectType: 'demand', sequence });
    expect(found!.what).toContain(what);
  });

  test('rewriting a chain with valid hashes contradicts the anchor kept outside', async () => {
    // What earlier tests have tampered with is not this test's matter.
    await tamper('delete from history_event', []);
    await db.database.query('delete from history_chain');
    await db.database.transaction((tx) => appendEvent(tx, event('anchored', 'demand.registered')));
    const anchor = await db.database.transaction((tx) => makeAnchor(tx, at));
    expect((await verifyAll(db.database, [anchor])).anchorBreaks).toEqual([]);
    await tamper(`update history_anchor set heads_hash = repeat('0', 64) where number = $1`, [anchor.number]);
    const report = await verifyAll(db.database, [anchor]);
    expect(report.anchorBreaks.join()).toContain(`第 ${anchor.number} 号锚点`);
  });

  /** What somebody with the rights of the owner could do: switch the triggers off for a statement. */
  async function tamper(statement: string, parameters: unknown[]): Promise<void> {
    const table = statement.includes('history_anchor') ? 'history_anchor' : 'history_event';
    await db.database.transaction(async (tx) => {
      await tx.query(`alter table ${table} disable trigger user`);
      await tx.query(statement, parameters);
      await tx.query(`alter table ${table} enable trigger user`);
    });
  }
});
