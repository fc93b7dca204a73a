import { Agent, request } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../src/db/orm.ts';
import type { Database, Sql } from '../../src/db/sql.ts';
import type { EngineRecord, RecordReceiver } from '../../src/engine/port.ts';
import { ZeebeEngine } from '../../src/engine/zeebe/index.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { testDatabase } from '../support/database.ts';
import { bulkOf, type RecordDraft, sendBulk } from '../support/records.ts';

const RECORDS = { username: 'zeebe', password: 'records-of-a-test' };

let db: OpenDatabase;
let engine: ZeebeEngine | undefined;

/** The machine's time, moved by the tests of retention. */
let ahead = 0;
/** Statements the engine has run. */
let statements = 0;
const counting = (): Database => {
  const counted = (sql: Sql): Sql => ({
    query: (text, parameters) => {
      statements += 1;
      return sql.query(text, parameters);
    },
  });
  const { database } = db;
  return {
    dialect: database.dialect,
    ...counted(database),
    transaction: (work) => database.transaction((tx) => work(counted(tx))),
  };
};

async function open(receiver?: RecordReceiver, endpoint: { host?: string; maxBytes?: number } = {}): Promise<number> {
  engine = new ZeebeEngine({
    database: counting(),
    logger: silentLogger,
    options: {
      gateway: { address: '127.0.0.1:1' },
      endpoint: { host: '127.0.0.1', port: 0, maxBytes: 2 ** 20, ...RECORDS, ...endpoint },
      keepDays: 30,
      now: () => Date.now() + ahead,
      beforeClient: () => {},
    },
  });
  engine.onRecords(receiver ?? { fromPosition: async () => 0, receive: async () => {} });
  await engine.start();
  return engine.recordPort;
}

/** A receiver that keeps what it is given, and its position, as the projector does. */
function keeping() {
  const received: EngineRecord[] = [];
  const positions = new Map<number, number>();
  const receiver: RecordReceiver = {
    fromPosition: async (partition) => positions.get(partition) ?? 0,
    receive: async (records) => {
      received.push(...records);
      for (const record of records) positions.set(record.partition, record.position);
    },
  };
  return { received, receiver };
}

const job = (position: number, more: Partial<RecordDraft> = {}): RecordDraft => ({
  valueType: 'JOB',
  intent: 'CREATED',
  key: `225179981368${String(position).padStart(4, '0')}`,
  position,
  value: { type: 'io.camunda.zeebe:userTask', retries: 1, elementId: 'handle', processInstanceKey: 2251799813685251 },
  ...more,
});
const stored = async () =>
  Number((await db.database.query<{ n: string }>('select count(*)::text as n from zeebe_record'))[0]!.n);
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

beforeAll(async () => {
  db = await testDatabase([]);
});
afterAll(() => db?.close());
beforeEach(() => db.database.query('truncate zeebe_record, zeebe_job, zeebe_command').then(() => {}));
afterEach(async () => {
  await engine?.stop();
  engine = undefined;
  ahead = 0;
});

describe('what the exporter asks', () => {
  test('settings are acknowledged, with credentials only', async () => {
    const port = await open();
    const url = `http://127.0.0.1:${port}/zeebe-record*/_settings?allow_no_indices=true`;
    const authorization = `Basic ${Buffer.from('zeebe:records-of-a-test').toString('base64')}`;
    const answer = await fetch(url, { method: 'PUT', headers: { authorization }, body: '{}' });
    expect([answer.status, await answer.json()]).toEqual([200, { acknowledged: true }]);
    expect(answer.headers.get('content-type')).toContain('application/json');
    expect((await fetch(url, { method: 'PUT', body: '{}' })).status).toBe(401);
  });

  test.each([
    ['none', undefined],
    ['a wrong password', { username: 'zeebe', password: 'guess' }],
    ['a wrong name', { username: 'root', password: 'records-of-a-test' }],
  ])('a bulk with %s is refused and stores nothing', async (_what, credentials) => {
    const port = await open();
    expect((await sendBulk(port, credentials, bulkOf([job(1)]))).status).toBe(401);
    expect(await stored()).toBe(0);
  });

  test('a bulk is answered when it is stored, and handed on in order', async () => {
    const { received, receiver } = keeping();
    const port = await open(receiver);
    const answer = await sendBulk(port, RECORDS, bulkOf([job(1), job(2), job(3)]));
    expect([answer.status, await answer.json()]).toEqual([200, { errors: false, items: [] }]);
    await until(() => received.length === 3);
    expect(received.map((record) => record.position)).toEqual([1, 2, 3]);
    expect(received[0]).toMatchObject({
      partition: 1,
      valueType: 'JOB',
      intent: 'CREATED',
      elementId: 'handle',
      processInstanceKey: '2251799813685251',
      value: { processInstanceKey: '2251799813685251' },
    });
  });

  test('the same bulk again changes nothing; a bulk with old and new stores the new', async () => {
    const { received, receiver } = keeping();
    const port = await open(receiver);
    await sendBulk(port, RECORDS, bulkOf([job(1), job(2)]));
    await sendBulk(port, RECORDS, bulkOf([job(1), job(2)]));
    await sendBulk(port, RECORDS, bulkOf([job(2), job(3)]));
    await until(() => received.length >= 3);
    expect(received.map((record) => record.position)).toEqual([1, 2, 3]);
    expect((await engine!.health()).endpoint).toMatchObject({ records: 3, duplicates: 3 });
  });

  test('records of another broker under known positions are refused: nothing of them is lost as old', async () => {
    const port = await open();
    await sendBulk(port, RECORDS, bulkOf([job(1), job(2)]));
    const other = bulkOf([job(1, { key: '2251799813999999' }), job(3)]);
    expect((await sendBulk(port, RECORDS, other)).status).toBe(409);
    expect((await engine!.health()).endpoint.foreign).toBe(true);
    expect(await stored()).toBe(2);
    expect((await sendBulk(port, RECORDS, bulkOf([job(2), job(3)]))).status).toBe(200);
    expect((await engine!.health()).endpoint.foreign).toBe(false);
  });

  test('records of several partitions keep their own positions', async () => {
    const { received, receiver } = keeping();
    const port = await open(receiver);
    await sendBulk(port, RECORDS, bulkOf([job(5, { partition: 2 }), job(1), job(6, { partition: 2 })]));
    await until(() => received.length === 3);
    const of = (partition: number) => received.filter((r) => r.partition === partition).map((r) => r.position);
    expect([of(1), of(2)]).toEqual([[1], [5, 6]]);
  });

  test('keys beyond 2^53 keep every digit, wherever they stand; numbers of people stay numbers', async () => {
    const { received, receiver } = keeping();
    const port = await open(receiver);
    const large = '9007199254740993';
    const body = bulkOf([job(1, { key: large, partition: 4 })])
      .replace('2251799813685251', '18014398509481985')
      .replace(
        '"retries":1',
        '"retries":1,"variables":{"amountKey":5,"amount":12.5},"elementInstanceKey":9007199254740995',
      );
    await sendBulk(port, RECORDS, body);
    await until(() => received.length === 1);
    expect(received[0]).toMatchObject({
      key: large,
      processInstanceKey: '18014398509481985',
      value: { elementInstanceKey: '9007199254740995', variables: { amountKey: 5, amount: 12.5 }, retries: 1 },
    });
  });

  test('commands and rejections are no news', async () => {
    const port = await open();
    await sendBulk(
      port,
      RECORDS,
      bulkOf([job(1, { recordType: 'COMMAND' }), job(2), job(3, { recordType: 'COMMAND_REJECTION' })]),
    );
    expect(await stored()).toBe(1);
  });

  test.each([
    ['half a pair', '{"index":{}}\n'],
    ['no JSON', '{"index":{}}\nnonsense\n'],
    ['no record', '{"index":{}}\n{"recordType":"EVENT","value":{}}\n'],
  ])('a body with %s is refused whole', async (_what, body) => {
    const port = await open();
    expect((await sendBulk(port, RECORDS, bulkOf([job(1)]) + body)).status).toBe(400);
    expect(await stored()).toBe(0);
  });

  test('a bulk above the limit is refused, announced or not', async () => {
    const port = await open(undefined, { maxBytes: 2000 });
    const large = bulkOf(Array.from({ length: 50 }, (_, index) => job(index + 1)));
    expect((await sendBulk(port, RECORDS, large)).status).toBe(413);
    expect(await stored()).toBe(0);
  });

  test('while it cannot be stored the exporter is told so, and the next try succeeds', async () => {
    const port = await open();
    await db.database.query('alter table zeebe_record rename to zeebe_record_away');
    expect((await sendBulk(port, RECORDS, bulkOf([job(1)]))).status).toBe(503);
    await db.database.query('alter table zeebe_record_away rename to zeebe_record');
    expect((await sendBulk(port, RECORDS, bulkOf([job(1)]))).status).toBe(200);
    expect(await stored()).toBe(1);
  });

  test('age and lag can be collected by a monitoring system, with the same credentials', async () => {
    const port = await open();
    await sendBulk(port, RECORDS, bulkOf([job(1), job(2)]));
    await until(async () => (await engine!.health()).lag[0]?.projected === 2);
    const url = `http://127.0.0.1:${port}/metrics`;
    expect((await fetch(url)).status).toBe(401);
    const authorization = `Basic ${Buffer.from('zeebe:records-of-a-test').toString('base64')}`;
    const text = await (await fetch(url, { headers: { authorization } })).text();
    expect(text).toContain('suying_zeebe_records_received_total 2');
    expect(text).toContain('suying_zeebe_records_unprojected{partition="1"} 0');
    expect(text).toMatch(/suying_zeebe_record_age_seconds\{partition="1"\} [\d.]+/);
  });

  test('anything else of Elasticsearch is unknown here', async () => {
    const port = await open();
    const authorization = `Basic ${Buffer.from('zeebe:records-of-a-test').toString('base64')}`;
    expect((await fetch(`http://127.0.0.1:${port}/_search`, { headers: { authorization } })).status).toBe(404);
  });
});

describe('stopping', () => {
  test('ends although the exporter keeps its one connection busy all the while', async () => {
    const port = await open();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const authorization = `Basic ${Buffer.from('zeebe:records-of-a-test').toString('base64')}`;
    let position = 0;
    let telling = true;
    const tell = () =>
      new Promise<boolean>((resolve) => {
        position += 1;
        const headers = { authorization, 'content-type': 'application/x-ndjson' };
        const call = request({ port, host: '127.0.0.1', path: '/_bulk', method: 'POST', agent, headers }, (answer) => {
          answer.resume();
          answer.on('end', () => resolve(true));
          answer.on('error', () => resolve(false));
        });
        call.on('error', () => resolve(false));
        call.end(bulkOf([job(position)]));
      });
    await tell();
    const exporter = (async () => {
      while (telling && (await tell()));
    })();
    await engine!.stop();
    telling = false;
    await exporter;
    agent.destroy();
    expect(position).toBeGreaterThan(1);
  });
});

describe('the place it listens', () => {
  test.each(['0.0.0.0', '8.8.8.8', '::'])('%s is public: refused with a sentence', async (host) => {
    await expect(open(undefined, { host })).rejects.toThrow('ZEEBE_RECORDS_HOST');
  });
});

describe('projection', () => {
  test('a receiver that fails is served again, from where it stood', async () => {
    const { received, receiver } = keeping();
    let failures = 2;
    const port = await open({
      ...receiver,
      receive: async (records) => {
        failures -= 1;
        if (failures >= 0) throw new Error('database is restarting');
        await receiver.receive(records);
      },
    });
    await sendBulk(port, RECORDS, bulkOf([job(1), job(2)]));
    await until(() => received.length === 2);
    expect(received.map((record) => record.position)).toEqual([1, 2]);
  });

  test('what came while the receiver was not there is handed on after the restart', async () => {
    const port = await open();
    await sendBulk(port, RECORDS, bulkOf([job(1), job(2)]));
    await engine!.stop();
    const { received, receiver } = keeping();
    await open(receiver);
    await until(() => received.length === 2);
  });

  test('marks of our own are not shown, but count as seen', async () => {
    const { received, receiver } = keeping();
    const port = await open(receiver);
    const mark = {
      valueType: 'MESSAGE',
      intent: 'PUBLISHED',
      key: '2251799813685555',
      position: 2,
      value: { name: 'suying-fence' },
    };
    await sendBulk(port, RECORDS, bulkOf([job(1), mark, job(3)]));
    await until(() => received.length === 2);
    expect(received.map((record) => record.position)).toEqual([1, 3]);
    await until(async () => (await engine!.health()).lag[0]?.projected === 3);
  });

  test('open jobs are known from the stream, through failure and end', async () => {
    const port = await open();
    const later = (position: number, intent: string, retries = 1): RecordDraft => ({
      ...job(1),
      position,
      intent,
      value: { ...job(1).value, retries },
    });
    const keys = async () =>
      (await db.database.query<{ key: string; retries: number }>('select key, retries from zeebe_job')).map(
        (row) => row.retries,
      );
    await sendBulk(port, RECORDS, bulkOf([job(1)]));
    expect(await keys()).toEqual([1]);
    await sendBulk(port, RECORDS, bulkOf([later(2, 'FAILED', 0)]));
    expect(await keys()).toEqual([0]);
    await sendBulk(port, RECORDS, bulkOf([later(3, 'RETRIES_UPDATED', 2)]));
    expect(await keys()).toEqual([2]);
    await sendBulk(port, RECORDS, bulkOf([later(4, 'CANCELED')]));
    expect(await keys()).toEqual([]);
  });

  test('a bulk with the whole life of many jobs leaves what is open, in a handful of statements', async () => {
    const port = await open();
    let position = 0;
    const step = (key: number, intent: string, retries = 3): RecordDraft => {
      position += 1;
      const draft = job(position, { key: `22517998136${10_000 + key}`, intent });
      return { ...draft, value: { ...draft.value, retries } };
    };
    const lives = Array.from({ length: 100 }, (_, key) => [
      step(key, 'CREATED'),
      ...(key % 2 ? [step(key, 'FAILED', 2)] : []),
      ...(key % 4 < 2 ? [step(key, 'COMPLETED')] : []),
      // Timed out jobs are open as before.
      ...(key % 4 === 3 ? [step(key, 'TIMED_OUT')] : []),
    ]).flat();
    statements = 0;
    await sendBulk(port, RECORDS, bulkOf(lives));
    expect(statements).toBeLessThan(10);
    const rows = await db.database.query<{ key: string; retries: number; created_at: string }>(
      'select key, retries, created_at from zeebe_job order by key',
    );
    expect(rows.map((row) => row.retries)).toEqual(Array.from({ length: 50 }, (_, n) => (n % 2 ? 2 : 3)));
  });
});

describe('retention', () => {
  const DAY = 86_400_000;
  const positions = async (partition = 1) =>
    (
      await db.database.query<{ position: string }>(
        'select position from zeebe_record where partition = $1 order by position',
        [partition],
      )
    ).map((row) => Number(row.position));
  const projected = async (partition: number, position: number) =>
    until(async () =>
      (await engine!.health()).lag.some((lag) => lag.partition === partition && lag.projected === position),
    );

  test('records older than they are kept go, younger ones stay, and the last of each partition stays', async () => {
    const { receiver } = keeping();
    const port = await open(receiver);
    await sendBulk(port, RECORDS, bulkOf([job(1), job(2), job(8, { partition: 2 }), job(9, { partition: 2 })]));
    await projected(2, 9);
    ahead = 20 * DAY;
    await sendBulk(port, RECORDS, bulkOf([job(3), job(4)]));
    await projected(1, 4);
    await engine!.prune();
    expect([await positions(1), await positions(2)]).toEqual([
      [1, 2, 3, 4],
      [8, 9],
    ]);
    ahead = 31 * DAY;
    await engine!.prune();
    expect([await positions(1), await positions(2)]).toEqual([[3, 4], [9]]);
    ahead = 400 * DAY;
    await engine!.prune();
    expect([await positions(1), await positions(2)]).toEqual([[4], [9]]);
  });

  test('what nobody has read yet is kept, however old', async () => {
    const { receiver } = keeping();
    const port = await open({
      ...receiver,
      receive: async () => {
        throw new Error('database is restarting');
      },
    });
    await sendBulk(port, RECORDS, bulkOf([job(1), job(2)]));
    ahead = 400 * DAY;
    await engine!.prune();
    expect(await positions()).toEqual([1, 2]);
  });

  test('after it, the stream goes on, open jobs are still known, and another stream is still told apart', async () => {
    const { received, receiver } = keeping();
    const port = await open(receiver);
    await sendBulk(port, RECORDS, bulkOf([job(1), job(2)]));
    await projected(1, 2);
    ahead = 31 * DAY;
    await engine!.prune();
    expect(await positions()).toEqual([2]);
    expect(await db.database.query('select key from zeebe_job order by key')).toHaveLength(2);
    expect((await sendBulk(port, RECORDS, bulkOf([job(2, { key: '2251799813999999' }), job(3)]))).status).toBe(409);
    expect((await sendBulk(port, RECORDS, bulkOf([job(2), job(3)]))).status).toBe(200);
    await until(() => received.length === 3);
    expect(received.map((record) => record.position)).toEqual([1, 2, 3]);
  });
});
