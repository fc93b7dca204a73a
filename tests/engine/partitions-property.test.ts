import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OpenDatabase } from '../../src/db/orm.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import type { EngineRecord } from '../../src/engine/port.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { testDatabase } from '../support/database.ts';
import { type Block, block, xmlOf } from '../support/random-models.ts';

/** An engine with some partitions on a database of its own, and everything it has told. */
class Site {
  readonly records: EngineRecord[] = [];
  readonly clock = new AdjustableClock('2027-01-04T00:00:00Z');
  readonly #db: OpenDatabase;
  readonly engine: EmbeddedEngine;
  readonly #position = new Map<number, number>();

  constructor(db: OpenDatabase, partitions: number) {
    this.#db = db;
    this.engine = new EmbeddedEngine({ database: db.database, clock: this.clock, logger: silentLogger, partitions });
    this.engine.onRecords({
      fromPosition: async (partition) => this.#position.get(partition) ?? 0,
      receive: async (batch) => {
        this.records.push(...batch);
        for (const record of batch) this.#position.set(record.partition, record.position);
      },
    });
  }

  async close(): Promise<void> {
    await this.engine.stop();
    await this.#db.close();
  }

  /** Plays a model with several instances at once, answering whatever waits, until nothing does; answers the story of each instance. */
  async play(id: string, model: Block, instances: number): Promise<string[][]> {
    const { engine } = this;
    const from = this.records.length;
    const seen = () => this.records.slice(from);
    let act = 0;
    const send = (command: Parameters<EmbeddedEngine['submit']>[1]) => {
      act += 1;
      return engine.submit(`${id}-${act}`, command);
    };
    await engine.deploy([{ name: `${id}.bpmn`, content: xmlOf(id, model) }]);
    for (let n = 0; n < instances; n += 1) {
      const variables = { n, key: `${id}-${n}` };
      if (n % 2 === 0) await send({ type: 'createInstance', processId: id, variables });
      else
        await send({
          type: 'publishMessage',
          name: `start-${id}`,
          correlationKey: `${id}-${n}`,
          ttlMs: 60_000,
          variables,
        });
    }
    const numberOf = new Map<string, string>();
    for (let turn = 0; turn < 100; turn += 1) {
      await engine.settle();
      for (const record of seen())
        if (record.valueType === 'VARIABLE' && record.value.name === 'n')
          numberOf.set(record.processInstanceKey, String(record.value.value));
      const waiting = waitingOf(seen());
      if (waiting.length === 0) break;
      // In an order that does not depend on keys.
      const name = (record: EngineRecord) => `${numberOf.get(record.processInstanceKey)} ${record.elementId}`;
      waiting.sort((a, b) => name(a).localeCompare(name(b)) || a.position - b.position);
      for (const record of waiting)
        if (record.valueType === 'JOB') await send({ type: 'completeJob', jobKey: record.key });
      for (const record of waiting)
        if (record.elementId.startsWith('message'))
          await send({
            type: 'publishMessage',
            name: `${id}-${record.elementId}`,
            correlationKey: `${id}-${numberOf.get(record.processInstanceKey)}`,
            ttlMs: 0,
          });
      await engine.settle();
      for (const signal of new Set(waiting.map((record) => record.elementId).filter((at) => at.startsWith('signal'))))
        await send({ type: 'broadcastSignal', name: `${id}-${signal}` });
      this.clock.advance(3_600_000);
    }
    const stories = Array.from({ length: instances }, (): string[] => []);
    for (const record of seen()) {
      const n = numberOf.get(record.processInstanceKey);
      if (n !== undefined && TOLD.includes(record.valueType))
        stories[Number(n)]!.push(`${record.valueType} ${record.intent} ${record.elementId}`);
    }
    return stories;
  }
}

/** What an instance has gone through; subscriptions and timers are how, not what. */
const TOLD = ['PROCESS_INSTANCE', 'JOB', 'VARIABLE', 'INCIDENT'];
const PARTITIONS = 4;

/** Jobs that are open and catch events that wait. */
function waitingOf(records: readonly EngineRecord[]): EngineRecord[] {
  const open = new Map<string, EngineRecord>();
  for (const record of records) {
    const { valueType, intent, key } = record;
    if (valueType === 'JOB') {
      if (intent === 'CREATED') open.set(key, record);
      if (intent === 'COMPLETED') open.delete(key);
    } else if (valueType === 'PROCESS_INSTANCE' && /^(message|timer|signal)\d+$/.test(record.elementId)) {
      if (intent === 'ELEMENT_ACTIVATED') open.set(key, record);
      if (intent === 'ELEMENT_COMPLETED') open.delete(key);
    }
  }
  return [...open.values()];
}

let one: Site;
let several: Site;
beforeAll(async () => {
  one = new Site(await testDatabase([]), 1);
  several = new Site(await testDatabase([]), PARTITIONS);
  await one.engine.start();
  await several.engine.start();
});
afterAll(async () => {
  await one?.close();
  await several?.close();
});

test('several partitions give each instance the same story as one does, and every instance its end', async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(block, fc.integer({ min: 1, max: 5 }), async (model, instances) => {
      runs += 1;
      const id = `model${runs}`;
      const alone = await one.play(id, model, instances);
      const together = await several.play(id, model, instances);
      expect(together).toEqual(alone);
      for (const story of alone)
        expect(story.filter((event) => event === `PROCESS_INSTANCE ELEMENT_COMPLETED ${id}`)).toHaveLength(1);
    }),
    { numRuns: 40 },
  );
  // Not by all of them being in one place.
  expect(new Set(several.records.map((record) => record.partition)).size).toBe(PARTITIONS);
}, 120_000);
