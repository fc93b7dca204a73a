import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../src/db/orm.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import type { EngineRecord } from '../../src/engine/port.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { testDatabase } from '../support/database.ts';

const MODEL = readFileSync(join(import.meta.dirname, '../bench/models/a.bpmn'), 'utf8');
const clock = new AdjustableClock('2026-11-23T09:00:00+08:00');

let db: OpenDatabase;
let nodes: EmbeddedEngine[];
let worked: string[];
/** Everything the last node has received, in order. */
let received: EngineRecord[];
/** Where the stream of each partition stood when the nodes started. */
let from: Map<number, number>;

async function start(count: number, partitions: number): Promise<void> {
  worked = [];
  received = [];
  const rows = await db.database.query<{ id: number; position: string }>('select id, position from engine_partition');
  from = new Map(rows.map((row) => [Number(row.id), Number(row.position)]));
  nodes = Array.from(
    { length: count },
    () => new EmbeddedEngine({ database: db.database, clock, logger: silentLogger, partitions }),
  );
  for (const node of nodes)
    node.handle('bench', async (job) => {
      worked.push(job.key);
      return { kind: 'complete' };
    });
  nodes.at(-1)!.onRecords({
    fromPosition: async (partition) => from.get(partition) ?? 0,
    receive: async (records) => void received.push(...records),
  });
  for (const node of nodes) await node.start();
}

/** Of each partition every position once, in order, from where the stream stood. */
function expectNoGap(records: readonly EngineRecord[]): void {
  for (const [partition, own] of Map.groupBy(records, (record) => record.partition))
    expect(own.map((record) => record.position)).toEqual(own.map((_, index) => (from.get(partition) ?? 0) + index + 1));
}

beforeAll(async () => {
  db = await testDatabase([]);
});
afterEach(async () => {
  for (const node of nodes) await node.stop();
  for (const table of ['engine_definition', 'engine_command', 'engine_instance', 'engine_job'])
    await db.database.query(`delete from ${table}`);
  await db.database.query('update engine_partition set deployments = deployments + 1');
});
afterAll(() => db?.close());

describe.each([
  [2, 1],
  [4, 1],
  [2, 2],
  [4, 4],
  [2, 5],
])('%i nodes on one database of %i partitions', (count, partitions) => {
  test('share the work: every instance ends once, every job is done, positions have no gap', async () => {
    await start(count, partitions);
    await nodes[0]!.deploy([{ name: 'a.bpmn', content: MODEL }]);
    const instances = 60;
    await Promise.all(
      Array.from({ length: instances }, (_, index) =>
        nodes[index % count]!.submit(`start-${index}`, {
          type: 'createInstance',
          processId: 'bench-a',
          variables: { index },
        }),
      ),
    );
    for (const node of nodes) await node.settle();
    const tasks = () =>
      received.filter(
        (r) => r.valueType === 'JOB' && r.intent === 'CREATED' && String(r.value.type).includes('userTask'),
      );
    await nodes.at(-1)!.settle();
    expect(tasks()).toHaveLength(instances);
    // Each task is completed on another node than the one that made it, and twice at that.
    await Promise.all(
      tasks().flatMap((task, index) =>
        [1, 2].map((shift) =>
          nodes[(index + shift) % count]!.submit(`complete-${task.key}`, { type: 'completeJob', jobKey: task.key }),
        ),
      ),
    );
    for (const node of nodes) await node.settle();
    await nodes.at(-1)!.settle();
    const ended = received.filter((r) => r.intent === 'ELEMENT_COMPLETED' && r.value.bpmnElementType === 'PROCESS');
    expect(new Set(ended.map((r) => r.key)).size).toBe(instances);
    expect(ended).toHaveLength(instances);
    expectNoGap(received);
    expect(new Set(received.filter((r) => r.intent === 'ELEMENT_ACTIVATED').map((r) => r.key)).size).toBe(
      received.filter((r) => r.intent === 'ELEMENT_ACTIVATED').length,
    );
    const left = await db.database.query(
      'select id from engine_instance union all select key from engine_job where key > 0',
    );
    expect(left).toEqual([]);
    expect(new Set(worked).size).toBe(instances);
  });

  test('many may wait for the same node to rest', async () => {
    await start(count, partitions);
    const node = nodes.at(-1)!;
    await node.deploy([{ name: 'a.bpmn', content: MODEL }]);
    const waiting = Array.from({ length: 5 }, async (_, index) => {
      await node.submit(`wait-${index}`, { type: 'createInstance', processId: 'bench-a' });
      await node.settle();
      await node.settle();
    });
    await Promise.all(waiting);
    expectNoGap(received);
  });

  test('a version deployed on one node runs on the others', async () => {
    await start(count, partitions);
    await nodes[0]!.deploy([{ name: 'a.bpmn', content: MODEL }]);
    for (const node of nodes)
      await node.submit(`one-${nodes.indexOf(node)}`, { type: 'createInstance', processId: 'bench-a' });
    await nodes[count - 1]!.deploy([{ name: 'a.bpmn', content: MODEL.replace('id="work"', 'id="work" name="办"') }]);
    for (const node of nodes)
      await node.submit(`two-${nodes.indexOf(node)}`, { type: 'createInstance', processId: 'bench-a' });
    for (const node of nodes) await node.settle();
    await nodes.at(-1)!.settle();
    const versions = received
      .filter((r) => r.intent === 'ELEMENT_ACTIVATED' && r.value.bpmnElementType === 'PROCESS')
      .map((r) => r.value.version)
      // Between partitions there is no order.
      .sort();
    expect(versions).toEqual([...Array(count).fill(1), ...Array(count).fill(2)]);
  });

  test('a command carried out on one node and repeated on another answers the same', async () => {
    await start(count, partitions);
    await nodes[0]!.deploy([{ name: 'a.bpmn', content: MODEL }]);
    const answers = await Promise.all(
      nodes.map((node) => node.submit('the-same', { type: 'createInstance', processId: 'bench-a' })),
    );
    expect(new Set(answers.map((answer) => answer.key)).size).toBe(1);
    const again = await nodes.at(-1)!.submit('the-same', { type: 'createInstance', processId: 'bench-a' });
    expect(again).toEqual(answers[0]);
  });

  test('a slow receiver misses nothing that another node writes between its own', async () => {
    await start(count, partitions);
    await nodes[0]!.deploy([{ name: 'a.bpmn', content: MODEL }]);
    await nodes.at(-1)!.settle();
    const held = Promise.withResolvers<void>();
    const began = Promise.withResolvers<void>();
    const seen: EngineRecord[] = [];
    for (const { partition, position } of received) from.set(partition, Math.max(from.get(partition) ?? 0, position));
    nodes.at(-1)!.onRecords({
      fromPosition: async (partition) => from.get(partition) ?? 0,
      receive: async (records) => {
        began.resolve();
        await held.promise;
        seen.push(...records);
      },
    });
    const create = (node: EmbeddedEngine, name: string) =>
      node.submit(name, { type: 'createInstance', processId: 'bench-a' });
    await create(nodes.at(-1)!, 'first');
    await began.promise;
    // While the first is being received: one more of its own, one of another node, and its own again.
    await create(nodes.at(-1)!, 'second');
    await create(nodes[0]!, 'third');
    await create(nodes.at(-1)!, 'fourth');
    held.resolve();
    for (const node of nodes) await node.settle();
    await nodes.at(-1)!.settle();
    expectNoGap(seen);
    expect(seen.length).toBeGreaterThan(40);
  });

  test('what a dead node had in its hands is done by another, once', async () => {
    await start(count, partitions);
    const [dying] = nodes;
    // Its handlers do not answer while anybody waits: it is as good as dead.
    const late = Promise.withResolvers<void>();
    dying!.handle('bench', async () => {
      await late.promise;
      return { kind: 'complete' };
    });
    await dying!.deploy([{ name: 'a.bpmn', content: MODEL }]);
    for (let index = 0; index < 8; index += 1)
      await dying!.submit(`held-${index}`, { type: 'createInstance', processId: 'bench-a' });
    await db.database.query('update engine_node set alive_until = 0');
    const heir = new EmbeddedEngine({ database: db.database, clock, logger: silentLogger, partitions });
    const done: string[] = [];
    heir.handle('bench', async (job) => {
      done.push(job.key);
      return { kind: 'complete' };
    });
    await heir.start();
    await heir.settle();
    expect(done).toHaveLength(8);
    expect(new Set(done).size).toBe(8);
    const [left] = await db.database.query<{ n: number }>(
      `select count(*)::int as n from engine_job where type = 'bench'`,
    );
    expect(left!.n).toBe(0);
    // It was not dead after all: its answers come too late for anything to happen twice.
    late.resolve();
    await dying!.settle();
    await heir.settle();
    const created = await db.database.query<{ n: number }>(`select count(*)::int as n from engine_instance`);
    expect(created[0]!.n).toBe(8);
    await heir.stop();
  });
});
