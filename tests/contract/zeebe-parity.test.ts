import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { prepareZeebeClient } from '../../src/config.ts';
import type { OpenDatabase } from '../../src/db/orm.ts';
import type { ProcessEngine } from '../../src/engine/port.ts';
import { ZeebeEngine } from '../../src/engine/zeebe/index.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { BrokerCalls } from '../support/broker-calls.ts';
import { testDatabase } from '../support/database.ts';
import { RECORDS, type TestBroker, testBroker } from '../support/zeebe.ts';
import { compare, isRequired } from './parity/compare.mjs';
import { normalise, summarise } from './parity/normal.mjs';
import { Replay, readScenario, type Scenario } from './replay.ts';

/**
 * The traces recorded from a real Zeebe 8.5.8. Another folder of the same form can be given, or PARITY=all: then the further
 * scenarios and the random models are played, too, which takes minutes.
 */
const given = process.env.SUYING_PARITY_DIR;
const FOLDERS = given
  ? [existsSync(join(given, 'scenarios')) ? join(given, 'scenarios') : given]
  : ['parity/scenarios', ...(process.env.PARITY === 'all' ? ['parity-more', 'parity-random'] : [])].map((folder) =>
      join(import.meta.dirname, folder),
    );

/** In the order in which they were recorded: the broker's clock goes on from one to the next. */
const scenariosOf = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'golden.json')))
    .map((name) => ({ name, startAt: Date.parse(readScenario(join(folder, name)).startAt) }))
    .sort((a, b) => a.startAt - b.startAt || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name);

/** Some scenarios show how this broker forgets an instance half-way; its definition cannot be deleted then, and need not be. */
function leftRunning(error: Error & { code?: number }): void {
  if (error.code !== FAILED_PRECONDITION) throw error;
}
const FAILED_PRECONDITION = 9;

/** The clock of the broker follows the scenario: it is held, and moved over the management port. */
class BrokerClock extends AdjustableClock {
  readonly #broker: TestBroker;
  moved: Promise<void> = Promise.resolve();
  constructor(broker: TestBroker, start: string) {
    super(start);
    this.#broker = broker;
  }
  override set(instant: Date | string): void {
    super.set(instant);
    this.moved = this.#broker.pinClock(instant);
  }
}

describe.each(FOLDERS)('the adapter brings the records of a real broker as they were recorded: %s', (scenarios) => {
  const names = scenariosOf(scenarios);
  let db: OpenDatabase;
  let broker: TestBroker;
  let engine: ZeebeEngine;
  let replay: Replay | undefined;
  let calls: BrokerCalls;

  beforeAll(async () => {
    db = await testDatabase([]);
    broker = await testBroker();
    calls = new BrokerCalls(broker.address);
    engine = new ZeebeEngine({
      database: db.database,
      logger: silentLogger,
      options: {
        gateway: { address: broker.address },
        endpoint: { host: '127.0.0.1', port: broker.recordPort, ...RECORDS, maxBytes: 2 ** 26 },
        keepDays: 30,
        beforeClient: () => prepareZeebeClient(),
      },
    });
    engine.onRecords({
      fromPosition: async () => 0,
      receive: async (records) => replay?.receiver.receive(records),
    });
    await engine.start();
    // The first jump of the clock can swallow a request that is under way.
    await broker.pinClock(readScenario(join(scenarios, names[0]!)).startAt);
    for (let turn = 0; turn < 5; turn += 1) {
      const answered = await engine.settle().then(
        () => true,
        () => false,
      );
      if (answered) break;
    }
  }, 240_000);

  afterAll(async () => {
    calls?.close();
    await engine?.stop();
    await broker?.remove();
    await db?.close();
  }, 60_000);

  /** Nothing of a scenario may wake up in the next one: its instances are cancelled, its definitions deleted. */
  async function clearAway(records: Replay['records']): Promise<void> {
    replay = undefined;
    const processes = records.filter(
      (record) => record.valueType === 'PROCESS_INSTANCE' && record.value.bpmnElementType === 'PROCESS',
    );
    const ended = new Set(
      processes.filter((record) => /COMPLETED|TERMINATED/.test(record.intent)).map((record) => record.key),
    );
    const roots = processes.filter(
      (record) => record.intent === 'ELEMENT_ACTIVATING' && Number(record.value.parentElementInstanceKey) < 0,
    );
    for (const { key } of roots) if (!ended.has(key)) await calls.cancelInstance(key);
    for (const record of records)
      if (record.valueType === 'PROCESS' && record.intent === 'CREATED')
        await calls.deleteDefinition(String(record.value.processDefinitionKey)).catch(leftRunning);
    await engine.settle();
  }

  test.each(names)('%s', async (name) => {
    const folder = join(scenarios, name);
    const scenario: Scenario = readScenario(folder);
    const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8'));
    await broker.pinClock(scenario.startAt);
    const clock = new BrokerClock(broker, scenario.startAt);
    replay = new Replay(restingWith(golden, scenario), clock, folder);
    await replay.run(scenario);
    const events = normalise(replay.records, Date.parse(scenario.startAt));
    const actual = { results: replay.results, events, summary: summarise(events) };
    const models = scenario.models.map((model) => readFileSync(join(folder, model), 'utf8'));
    await clearAway(replay.records);
    expect(compare(golden, actual, models).required).toEqual([]);

    /** The engine at rest: as many events as were recorded have come, and then the stream stands still. */
    function restingWith(trace: any, { startAt }: Scenario): ProcessEngine {
      let step = 0;
      const settle = async () => {
        step += 1;
        await clock.moved;
        const wanted = trace.events.filter((event: any) => event.step <= step && isRequired(event)).length;
        const until = Date.now() + 15_000;
        for (;;) {
          await engine.settle();
          const got = normalise(replay!.records, Date.parse(startAt)).filter(isRequired).length;
          if (got >= wanted || Date.now() > until) break;
          // A timer whose date is past already is looked at when the clock moves again, were it by a moment.
          await broker.pinClock(new Date(clock.now().getTime() + 200));
        }
        await broker.pinClock(clock.now());
      };
      return {
        name: engine.name,
        deploy: (resources) => engine.deploy(resources),
        submit: (commandId, command) => engine.submit(`${name}:${commandId}`, command),
        handle: () => {},
        onRecords: () => {},
        start: async () => {},
        stop: async () => {},
        openJobsAt: (keys) => engine.openJobsAt(keys),
        inspect: (key) => engine.inspect(key),
        rehearseMigrations: () => engine.rehearseMigrations(),
        settle,
      };
    }
  });
});
