import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { prepareZeebeClient } from '../../../src/config.ts';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import type { EngineRecord } from '../../../src/engine/port.ts';
import { ZeebeEngine } from '../../../src/engine/zeebe/index.ts';
import { silentLogger } from '../../../src/kernel/logger.ts';
import { testDatabase } from '../../support/database.ts';
import { incidentRaces } from '../../support/incident-races.ts';
import { isMigrated, MIGRATION_CASES, model, serviceTask, userTask } from '../../support/migration-models.ts';
import { eventChoice, MISORDERED, ordered, UNNAMED } from '../../support/misordered.ts';
import { MODIFICATIONS, REFUSED, refusedModifications, walkModification } from '../../support/modification-cases.ts';
import { RECORDS, type TestBroker, testBroker } from '../../support/zeebe.ts';

describe('the adapter on a real Zeebe', () => {
  let db: OpenDatabase;
  let broker: TestBroker;
  let engine: ZeebeEngine;
  let records: EngineRecord[] = [];
  let turn = 0;

  beforeAll(async () => {
    db = await testDatabase([]);
    broker = await testBroker({ controlledClock: false });
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
      fromPosition: async () => records.at(-1)?.position ?? 0,
      receive: async (batch) => {
        records.push(...batch);
      },
    });
    await engine.start();
    await engine.settle();
  }, 240_000);
  afterAll(async () => {
    await engine?.stop();
    await broker?.remove();
    await db?.close();
  }, 60_000);
  beforeEach(() => {
    turn += 1;
  });

  async function migrate(one: string, two: string, mapping: { from: string; to: string }[] = []) {
    const id = `p${turn}`;
    await engine.deploy([{ name: `${id}.bpmn`, content: model(id, one) }]);
    const { key } = await engine.submit(`s-${turn}`, { type: 'createInstance', processId: id });
    const [next] = await engine.deploy([{ name: `${id}.bpmn`, content: model(id, two) }]);
    await engine.settle();
    records = [...records];
    const submitted = engine.submit(`m-${turn}`, {
      type: 'migrateInstance',
      processInstanceKey: key!,
      processId: id,
      version: next!.version,
      mapping,
    });
    return { key: key!, submitted };
  }
  const of = (key: string, valueType: string, intent: string) =>
    records.filter((r) => r.processInstanceKey === key && r.valueType === valueType && r.intent === intent);

  describe('instances move to another version', () => {
    test('along the new diagram, with the same job', async () => {
      const { key, submitted } = await migrate(userTask('a'), `${userTask('z')}${serviceTask('b', `b-${turn}`)}`, [
        { from: 'a', to: 'z' },
      ]);
      await submitted;
      await engine.settle();
      expect(of(key, 'JOB', 'MIGRATED').map((record) => record.elementId)).toEqual(['z']);
      const [job] = of(key, 'JOB', 'CREATED');
      await engine.submit(`c-${turn}`, { type: 'completeJob', jobKey: job!.key });
      await engine.settle();
      expect(of(key, 'JOB', 'CREATED').map((record) => record.elementId)).toEqual(['a', 'b']);
    }, 120_000);

    test('what Zeebe refuses is told with its reason', async () => {
      const { submitted } = await migrate(userTask('a'), userTask('z'));
      await expect(submitted).rejects.toMatchObject({
        code: 'FAILED_PRECONDITION',
        message: expect.stringContaining("'a'"),
      });
    }, 120_000);

    test('a version that was never deployed is not found', async () => {
      const refused = engine.submit(`n-${turn}`, {
        type: 'migrateInstance',
        processInstanceKey: '2251799813685251',
        processId: 'nowhere',
        version: 1,
        mapping: [],
      });
      await expect(refused).rejects.toMatchObject({ code: 'NOT_FOUND' });
    });
  });

  test.each(MIGRATION_CASES)(
    'migrated or refused: $name',
    async (given) => {
      expect(await isMigrated(engine, `case${turn}-${MIGRATION_CASES.indexOf(given)}`, given, () => records)).toBe(
        given.zeebe,
      );
    },
    120_000,
  );

  describe('incidents', () => incidentRaces({ engine: () => engine, records: () => records }));

  describe('the order of children is what the embedded engine takes it to be', () => {
    test('in order: taken', async () => {
      for (const [id, content] of [
        ['ordered', ordered('ordered')],
        ['wait', eventChoice('wait')],
      ] as const)
        expect(await engine.deploy([{ name: `${id}.bpmn`, content }])).toEqual([
          expect.objectContaining({ processId: id, version: 1 }),
        ]);
    });

    test.each([...MISORDERED, ...UNNAMED])('%s: refused', async (_what, content) => {
      const refused = engine.deploy([{ name: 'misordered.bpmn', content: content('p') }]);
      await expect(refused).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    });
  });

  test.each(MODIFICATIONS)(
    'a token is moved by hand: $name',
    async (given) => {
      await walkModification(engine, () => records, `m${turn}`, given);
    },
    120_000,
  );

  test('a modification that cannot be is refused by the same codes as on the embedded engine', async () => {
    expect(await refusedModifications(engine, `m${turn}`)).toEqual(REFUSED);
  }, 120_000);

  test('what is in an instance is told from the stream', async () => {
    const { key, submitted } = await migrate(userTask('a'), userTask('a'));
    await submitted.catch(() => {});
    await engine.submit(`v-${turn}`, { type: 'setVariables', elementInstanceKey: key, variables: { amount: 3 } });
    await engine.settle();
    const inside = await engine.inspect(key);
    expect(inside!.variables.map(({ name, value }) => [name, value])).toEqual([['amount', 3]]);
    expect(inside!.jobs.map((job) => job.elementId)).toEqual(['a']);
  }, 120_000);
});
