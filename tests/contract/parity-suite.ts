import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../src/db/orm.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { testDatabase } from '../support/database.ts';
import { Successors } from '../support/successors.ts';
import { compare } from './parity/compare.mjs';
import { normalise, summarise } from './parity/normal.mjs';
import { Replay, readScenario } from './replay.ts';

const TABLES = [
  'engine_definition',
  'engine_instance',
  'engine_job',
  'engine_timer',
  'engine_message_subscription',
  'engine_message',
  'engine_start_lock',
  'engine_signal_subscription',
  'engine_command',
  'engine_record',
];

/** The same traces whatever the number of partitions: set ENGINE_PARTITIONS to try others than one. */
const PARTITIONS = Number(process.env.ENGINE_PARTITIONS || 1);
/** About the order between instances, which nobody promises across partitions, here or in Zeebe. */
const ONE_PARTITION_ONLY = ['timers-across-instances'];

export interface ParityOptions {
  /** A new engine takes over before every command, so that everything it knows comes from the database. */
  reloaded?: boolean;
}

/** Every scenario of a folder, played on the embedded engine and compared with the trace of the real broker. */
export function paritySuite(scenarios: string, { reloaded = false }: ParityOptions = {}): void {
  const names = readdirSync(scenarios)
    .filter((name) => existsSync(join(scenarios, name, 'golden.json')))
    .filter((name) => PARTITIONS === 1 || !ONE_PARTITION_ONLY.includes(name))
    .sort();
  let db: OpenDatabase;
  beforeAll(async () => {
    db = await testDatabase([]);
  });
  afterAll(async () => {
    await db?.close();
  });

  describe(`the embedded engine ${reloaded ? 'reloaded at every step ' : ''}repeats what Zeebe 8.5.8 did`, () => {
    test.each(names)('%s', async (name) => {
      await db.database.query(`truncate ${TABLES.join(', ')}`);
      await db.database.query(
        'update engine_partition set position = 0, next_tree = greatest(1, (id - 1) * 134217728), deployments = deployments + 1',
      );
      const folder = join(scenarios, name);
      const scenario = readScenario(folder);
      const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'));
      const clock = new AdjustableClock(scenario.startAt);
      const make = () =>
        new EmbeddedEngine({ database: db.database, clock, logger: silentLogger, partitions: PARTITIONS });
      const engine = reloaded ? new Successors(make) : make();
      const replay = new Replay(engine, clock, folder);
      engine.onRecords(replay.receiver);
      await engine.start();
      try {
        await replay.run(scenario);
      } finally {
        await engine.stop();
      }
      const events = normalise(replay.records, Date.parse(scenario.startAt));
      const actual = { results: replay.results, events, summary: summarise(events) };
      const models = scenario.models.map((model) => readFileSync(join(folder, model), 'utf8'));
      expect(compare(golden, actual, models).required).toEqual([]);
    });
  });
}
