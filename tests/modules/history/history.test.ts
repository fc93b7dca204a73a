import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import type { Sql } from '../../../src/db/sql.ts';
import {
  appendEvent,
  appendEvents,
  canonicalEvent,
  eraseTexts,
  GENESIS,
  hashOf,
  makeAnchor,
  readTimeline,
  type StoredEvent,
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

/** A chain as `appendEvents` links it, without a database. */
function chainOf(given: { type: string; actor: string; payload: Record<string, unknown> }[]): StoredEvent[] {
  const chain: StoredEvent[] = [];
  for (const item of given) {
    const body = {
      subjectType: 'demand',
      subjectId: 'x',
      sequence: chain.length + 1,
      occurredAt: at.toISOString(),
      actorName: '王一',
      onBehalfOf: null,
      ...item,
      previousHash: chain.at(-1)?.hash ?? GENESIS,
    };
    chain.push({ ...body, hash: hashOf(canonicalEvent(body)) });
  }
  return chain;
}

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

  const REFUSED = [
    'update history_event set actor = actor',
    'delete from history_event',
    'truncate history_event',
    `update history_anchor set hash = 'x'`,
    'delete from history_anchor',
    'truncate history_anchor',
    'update history_chain set sequence = sequence - 1',
    `update history_chain set head_hash = repeat('0', 64)`,
    `update history_chain set subject_id = subject_id || '?'`,
    'delete from history_chain',
    'truncate history_chain',
    'update history_text set text = text',
    `update history_text set salt = null, seal = seal || '?'`,
    'delete from history_text',
    'truncate history_text',
    'update pii_access_log set reason = reason',
    'delete from pii_access_log',
    'truncate pii_access_log',
  ];
  test.each(REFUSED)('the database refuses its owner: %s', async (statement) => {
    await someOfEverything();
    await expect(db.database.query(statement)).rejects.toThrow(/append-only/);
  });

  test.each(REFUSED)('also in a session that skips ordinary triggers: %s', async (statement) => {
    await someOfEverything();
    const refused = db.database.transaction(async (tx) => {
      await tx.query('set local session_replication_role = replica');
      await tx.query(statement);
    });
    await expect(refused).rejects.toThrow(/append-only/);
  });

  /** A row in each guarded table: a trigger for each row needs one to refuse. */
  async function someOfEverything(): Promise<void> {
    await db.database.transaction(async (tx) => {
      await appendEvent(tx, event('guarded', 'demand.registered', { reason: '写下的理由' }));
      await makeAnchor(tx, at);
      await tx.query(
        `insert into pii_access_log (login, name, role, org_code, demand_id, field, reason, at)
         values ('wangyi', '王一', 'HANDLER', '341523', 'guarded', 'contactPhone', 'CONTACT', $1)`,
        [at.toISOString()],
      );
    });
  }

  test('one byte of one row altered with the triggers off is found, and the event named', async () => {
    await db.database.transaction((tx) =>
      appendEvents(
        tx,
        [1, 2, 3, 4].map((n) => event('one-byte', 'demand.dispatched', { hostDepartment: '341523-TAX2', n })),
      ),
    );
    expect((await verifyAll(db.database)).breaks.filter((item) => item.subjectId === 'one-byte')).toEqual([]);
    await tamper(
      `update history_event set payload = replace(payload::text, 'TAX2', 'TAX1')::jsonb where subject_id = $1 and sequence = 3`,
      ['one-byte'],
    );
    expect((await verifyAll(db.database)).breaks.find((item) => item.subjectId === 'one-byte')).toMatchObject({
      subjectType: 'demand',
      sequence: 3,
      what: '第 3 条记录（demand.dispatched）的内容与它的校验值不符，被改动过',
    });
  });

  test('whatever is altered in whatever event of whatever chain, the first event concerned is named', () => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 });
    const payload = fc.dictionary(text, fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null)), { maxKeys: 4 });
    const fields = [
      'type',
      'occurredAt',
      'actor',
      'actorName',
      'onBehalfOf',
      'payload',
      'previousHash',
      'hash',
    ] as const;
    fc.assert(
      fc.property(
        fc.array(fc.record({ type: text, actor: text, payload }), { minLength: 1, maxLength: 12 }),
        fc.nat(),
        fc.constantFrom(...fields),
        text,
        (given, at, field, other) => {
          const chain = chainOf(given);
          expect(verifyChain(chain)).toBeUndefined();
          const index = at % chain.length;
          const altered = structuredClone(chain) as any[];
          altered[index][field] =
            field === 'payload'
              ? { ...altered[index].payload, [`${other}!`]: other }
              : `${altered[index][field]}${other}`;
          expect(verifyChain(altered)).toMatchObject({ sequence: index + 1 });
          const removed = chain.filter((_, position) => position !== index);
          // A chain cut off at its end is whole in itself; the head row and the anchors know better.
          if (index < chain.length - 1) expect(verifyChain(removed)).toMatchObject({ sequence: index + 1 });
        },
      ),
    );
  });

  test('a timeline of 500 events is read through the index in one question, whole and in order', async () => {
    await db.database.transaction((tx) =>
      appendEvents(
        tx,
        Array.from({ length: 500 }, (_, n) => event('long', 'rules.evaluated', { n })),
      ),
    );
    await db.database.query('analyze history_event');
    const chain = await readTimeline(db.database, 'demand', 'long');
    expect(chain.map((item) => item.sequence)).toEqual(Array.from({ length: 500 }, (_, n) => n + 1));
    expect(verifyChain(chain)).toBeUndefined();
    const plan = await db.database.transaction(async (tx) => {
      await tx.query('set local enable_seqscan = off');
      await tx.query('set local enable_bitmapscan = off');
      return tx.query<Record<string, string>>(
        `explain select * from history_event where subject_type = 'demand' and subject_id = 'long' order by sequence`,
      );
    });
    const text = plan.map((row) => Object.values(row)[0]).join('\n');
    expect(text).toContain('history_event_subject_type_subject_id_sequence_key');
    expect(text).not.toContain('Sort');
  });

  test('an event on a head known from the last one is written in one question', async () => {
    let asked = 0;
    const counted = (tx: Sql): Sql => ({
      query(text, parameters) {
        asked += 1;
        return tx.query(text, parameters);
      },
    });
    await db.database.transaction((tx) => appendEvent(tx, event('known', 'demand.registered')));
    await db.database.transaction((tx) => appendEvent(counted(tx), event('known', 'demand.transferred')));
    expect(asked).toBe(1);
  });

  test('a head that is no longer what this process knows of is read again: rolled back here, moved on elsewhere', async () => {
    await db.database.transaction((tx) => appendEvent(tx, event('moved', 'demand.registered')));
    const lost = db.database.transaction(async (tx) => {
      await appendEvent(tx, event('moved', 'demand.transferred', { lost: true }));
      throw new Error('rolled back');
    });
    await expect(lost).rejects.toThrow('rolled back');
    await db.database.transaction((tx) => appendEvent(tx, event('moved', 'demand.dispatched')));
    // What another process appends, this one has not seen.
    const before = await readTimeline(db.database, 'demand', 'moved');
    const elsewhere = chainOf([
      { type: 'demand.registered', actor: 'wangyi', payload: {} },
      { type: 'demand.dispatched', actor: 'wangyi', payload: {} },
      { type: 'demand.delivered', actor: 'wangyi', payload: {} },
    ]).map((item) => ({ ...item, subjectId: 'moved' }))[2]!;
    const body = { ...elsewhere, previousHash: before[1]!.hash } as Partial<StoredEvent>;
    delete body.hash;
    const hash = hashOf(canonicalEvent(body as Omit<StoredEvent, 'hash'>));
    await db.database.query(
      `insert into history_event (subject_type, subject_id, sequence, type, occurred_at, actor, actor_name, payload, previous_hash, hash)
       values ('demand', 'moved', 3, $1, $2, 'wangyi', '王一', '{}', $3, $4)`,
      [body.type, body.occurredAt, body.previousHash, hash],
    );
    await db.database.query(
      `update history_chain set sequence = 3, head_hash = $1 where subject_type = 'demand' and subject_id = 'moved'`,
      [hash],
    );
    await db.database.transaction((tx) => appendEvent(tx, event('moved', 'demand.completed')));
    const chain = await readTimeline(db.database, 'demand', 'moved');
    expect(chain.map(({ sequence, type }) => [sequence, type])).toEqual([
      [1, 'demand.registered'],
      [2, 'demand.dispatched'],
      [3, 'demand.delivered'],
      [4, 'demand.completed'],
    ]);
    expect(verifyChain(chain)).toBeUndefined();
  });

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

  describe('R31: what people write is sealed in the chain', () => {
    const SAID = {
      status: 'HANDLING',
      reason: '曹某某来电 199-0000-0021',
      at: at.toISOString(),
      parts: [{ opinion: '同意' }],
    };
    const write = (id: string) =>
      db.database.transaction((tx) =>
        appendEvents(tx, [event(id, 'demand.registered'), event(id, 'demand.raised', SAID), event(id, 'task.urged')]),
      );
    const breakOf = async (id: string) =>
      (await verifyAll(db.database)).breaks.find((item) => item.subjectId === id)?.sequence;

    test('it is read as it was written, and the chain holds no word of it', async () => {
      await write('said');
      const chain = await readTimeline(db.database, 'demand', 'said');
      expect(chain[1]!.payload).toEqual(SAID);
      expect(verifyChain(chain)).toBeUndefined();
      const rows = await db.database.query<any>(
        `select payload::text as text from history_event where subject_id = 'said'`,
      );
      const kept = rows.map((row) => row.text).join();
      expect(kept).not.toMatch(/曹某某|0021|同意/);
      expect(kept).toContain('HANDLING');
    });

    test('taken out, it is masked for good, nothing is left to try words against, and the chain is whole', async () => {
      await write('erased');
      await write('other');
      await db.database.transaction((tx) =>
        eraseTexts(tx, 'demand', ['erased'], (text) => text.replace('曹某某', '曹**')),
      );
      const chain = await readTimeline(db.database, 'demand', 'erased');
      expect(chain[1]!.payload.reason).toBe('曹**来电 199-0000-0021');
      expect(verifyChain(chain)).toBeUndefined();
      expect(await breakOf('erased')).toBeUndefined();
      const left = await db.database.query<any>(`select salt from history_text where subject_id = 'erased'`);
      expect(left.map((row) => row.salt)).toEqual([null, null]);
      expect((await readTimeline(db.database, 'demand', 'other'))[1]!.payload).toEqual(SAID);
    });

    test('words that were changed beside the chain, or are missing, are found', async () => {
      await write('forged');
      await write('lost');
      await tamper(`update history_text set text = text || '。' where subject_id = $1`, ['forged']);
      await tamper('delete from history_text where subject_id = $1', ['lost']);
      expect(await breakOf('forged')).toBe(2);
      expect(await breakOf('lost')).toBe(2);
      expect(verifyChain(await readTimeline(db.database, 'demand', 'forged'))?.sequence).toBe(2);
    });
  });

  test('rewriting a chain with valid hashes contradicts the anchor kept outside', async () => {
    // What earlier tests have tampered with is not this test's matter.
    await tamper('delete from history_event', []);
    await tamper('delete from history_chain', []);
    await db.database.transaction((tx) => appendEvent(tx, event('anchored', 'demand.registered')));
    const anchor = await db.database.transaction((tx) => makeAnchor(tx, at));
    expect((await verifyAll(db.database, [anchor])).anchorBreaks).toEqual([]);
    await tamper(`update history_anchor set heads_hash = repeat('0', 64) where number = $1`, [anchor.number]);
    const report = await verifyAll(db.database, [anchor]);
    expect(report.anchorBreaks.join()).toContain(`第 ${anchor.number} 号锚点`);
  });

  /** What somebody with the rights of the owner could do: switch the triggers off for a statement. */
  async function tamper(statement: string, parameters: unknown[]): Promise<void> {
    const table = /history_\w+/.exec(statement)![0];
    await db.database.transaction(async (tx) => {
      await tx.query(`alter table ${table} disable trigger user`);
      await tx.query(statement, parameters);
      await tx.query(`alter table ${table} enable trigger user`);
    });
  }
});
