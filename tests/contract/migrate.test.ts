import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../src/db/orm.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import type { EngineRecord } from '../../src/engine/port.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { testDatabase } from '../support/database.ts';
import { isMigrated, MIGRATION_CASES, model, serviceTask, userTask } from '../support/migration-models.ts';
import { MODIFICATIONS, REFUSED, refusedModifications, walkModification } from '../support/modification-cases.ts';

let db: OpenDatabase;
let clock: AdjustableClock;
let engine: EmbeddedEngine;
let records: EngineRecord[];
let turn = 0;

beforeAll(async () => {
  db = await testDatabase([]);
});
afterAll(() => db?.close());
beforeEach(async () => {
  await engine?.stop();
  turn += 1;
  clock = new AdjustableClock('2027-01-04T00:00:00Z');
  records = [];
  engine = new EmbeddedEngine({ database: db.database, clock, logger: silentLogger });
  engine.onRecords({
    fromPosition: async () => {
      const [row] = await db.database.query<{ position: string }>('select position from engine_partition where id = 1');
      return records.length === 0 ? Number(row!.position) : records.at(-1)!.position;
    },
    receive: async (batch) => {
      records.push(...batch);
    },
  });
  await engine.start();
});
afterAll(() => engine?.stop());

/** Two versions of a process, an instance of the first, and what a migration to the second answers. */
async function migrate(one: string, two: string, mapping: { from: string; to: string }[] = []) {
  const id = `p${turn}`;
  await engine.deploy([{ name: `${id}.bpmn`, content: model(id, one) }]);
  const { key } = await engine.submit(`start-${turn}`, { type: 'createInstance', processId: id, variables: { a: 1 } });
  await engine.deploy([{ name: `${id}.bpmn`, content: model(id, two) }]);
  await engine.settle();
  const go = () =>
    engine.submit(`migrate-${turn}-${records.length}`, {
      type: 'migrateInstance',
      processInstanceKey: key!,
      processId: id,
      version: 2,
      mapping,
    });
  return { key: key!, id, go };
}
const seen = (valueType: string, intent: string) =>
  records.filter((record) => record.valueType === valueType && record.intent === intent);
const jobs = () => seen('JOB', 'CREATED').map((record) => record.key);

describe('a running instance moves to another version', () => {
  test('it goes on from where it stood, along the new diagram, with the same job', async () => {
    const { go, key } = await migrate(userTask('a'), `${userTask('a')}${serviceTask('b', 'b-work')}`);
    await go();
    await engine.settle();
    expect(seen('PROCESS_INSTANCE', 'ELEMENT_MIGRATED').map((r) => [r.elementId, r.value.version])).toEqual(
      expect.arrayContaining([
        ['a', 2],
        [expect.stringMatching(/^p/), 2],
      ]),
    );
    expect(seen('JOB', 'MIGRATED')).toHaveLength(1);
    await engine.submit(`c-${turn}`, { type: 'completeJob', jobKey: jobs()[0]! });
    await engine.settle();
    // The second version has one step more.
    expect(seen('JOB', 'CREATED').map((record) => record.value.type)).toContain('b-work');
    expect(seen('PROCESS_INSTANCE', 'ELEMENT_COMPLETED').some((r) => r.key === key)).toBe(false);
  });

  test('an element with another id is named', async () => {
    const { go } = await migrate(userTask('a'), userTask('z'), [{ from: 'a', to: 'z' }]);
    await go();
    await engine.settle();
    expect(seen('JOB', 'MIGRATED').map((record) => record.elementId)).toEqual(['z']);
    await engine.submit(`c-${turn}`, { type: 'completeJob', jobKey: jobs()[0]! });
    await engine.settle();
    expect(seen('PROCESS_INSTANCE', 'ELEMENT_COMPLETED').map((r) => r.elementId)).toContain('z');
  });

  test('timers keep their due date and fire into the new version', async () => {
    const timed = (after: string) =>
      `${userTask('a')}<bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:outgoing>lf</bpmn:outgoing><bpmn:timerEventDefinition id="td"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:sequenceFlow id="lf" sourceRef="late" targetRef="${after}"/>${serviceTask(after, after, { linked: false })}`;
    const { go } = await migrate(timed('urge'), timed('escalate'));
    await go();
    clock.advance(3_600_000);
    await engine.settle();
    expect(seen('TIMER', 'CREATED')).toHaveLength(1);
    expect(seen('JOB', 'CREATED').map((record) => record.value.type)).toContain('escalate');
  });

  test('the state survives a restart of the engine', async () => {
    const { go } = await migrate(userTask('a'), userTask('z'), [{ from: 'a', to: 'z' }]);
    await go();
    await engine.settle();
    const [job] = jobs();
    const again = new EmbeddedEngine({ database: db.database, clock, logger: silentLogger });
    await again.start();
    await again.submit(`c-${turn}`, { type: 'completeJob', jobKey: job! });
    await again.stop();
    await engine.settle();
    expect(seen('PROCESS_INSTANCE', 'ELEMENT_COMPLETED').map((r) => r.elementId)).toContain('z');
  });

  test.each([
    ['an active element without counterpart', userTask('a'), userTask('z'), [], /“a”.*没有对应的节点/],
    ['a counterpart of another kind', userTask('a'), serviceTask('a', 't'), [], /类型不同/],
    [
      'a mapping to nowhere',
      userTask('a'),
      `${userTask('a')}${userTask('b')}`,
      [{ from: 'a', to: 'q' }],
      /目标版本里没有节点“q”/,
    ],
    [
      'a mapping from nowhere',
      userTask('a'),
      `${userTask('a')}${userTask('b')}`,
      [{ from: 'q', to: 'a' }],
      /原版本里没有节点“q”/,
    ],
  ] as [string, string, string, { from: string; to: string }[], RegExp][])(
    '%s is refused with the reason, and nothing changes',
    async (_what, one, two, mapping, reason) => {
      const { go } = await migrate(one, two, mapping);
      await expect(go()).rejects.toMatchObject({ code: 'FAILED_PRECONDITION', message: expect.stringMatching(reason) });
      await engine.submit(`c-${turn}`, { type: 'completeJob', jobKey: jobs()[0]! });
      await engine.settle();
      const ended = seen('PROCESS_INSTANCE', 'ELEMENT_COMPLETED').filter((r) => r.value.bpmnElementType === 'PROCESS');
      expect(ended.map((record) => record.value.version)).toEqual([1]);
    },
  );

  test('an event the instance does not wait for is refused', async () => {
    const timed = `${userTask('a')}<bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:outgoing>late-end</bpmn:outgoing><bpmn:timerEventDefinition id="td"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="too-late"/><bpmn:sequenceFlow id="late-end" sourceRef="late" targetRef="too-late"/>`;
    const more = await migrate(userTask('a'), timed);
    await expect(more.go()).rejects.toMatchObject({ message: expect.stringContaining('多了事件') });
  });

  test('an event that is gone is refused', async () => {
    const timed = `${userTask('a')}<bpmn:boundaryEvent id="late" attachedToRef="a"><bpmn:outgoing>late-end</bpmn:outgoing><bpmn:timerEventDefinition id="td"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent><bpmn:endEvent id="too-late"/><bpmn:sequenceFlow id="late-end" sourceRef="late" targetRef="too-late"/>`;
    const less = await migrate(timed, userTask('a'));
    await expect(less.go()).rejects.toMatchObject({ message: expect.stringContaining('“late”') });
  });

  test('an instance that has ended and a version that is not there are not found', async () => {
    const { key, id } = await migrate(userTask('a'), userTask('a'));
    const to = (processInstanceKey: string, version: number) =>
      engine.submit(`m-${turn}-${processInstanceKey}-${version}`, {
        type: 'migrateInstance',
        processInstanceKey,
        processId: id,
        version,
        mapping: [],
      });
    await expect(to(key, 9)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(to('1048576999', 2)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('what is migrated and what is refused, beside the real Zeebe', () => {
  test.each(MIGRATION_CASES)('$name', async (given) => {
    expect(await isMigrated(engine, `case${turn}`, given, () => records)).toBe(given.embedded);
    // Where the two differ, it is said why.
    expect(given.why !== undefined).toBe(given.embedded !== given.zeebe);
  });
});

describe('tokens are moved by hand, as ModifyProcessInstance of Zeebe 8.5 does', () => {
  test.each(MODIFICATIONS)('$name', async (given) => {
    await walkModification(engine, () => records, `m${turn}`, given);
  });

  test('what cannot be is refused before anything is changed', async () => {
    expect(await refusedModifications(engine, `m${turn}`)).toEqual(REFUSED);
    expect(seen('PROCESS_INSTANCE_MODIFICATION', 'MODIFIED')).toEqual([]);
  });

  test('the inside of an instance is told; a rehearsal says what a migration would answer and moves nothing', async () => {
    const { key, id, go } = await migrate(userTask('a'), userTask('z'));
    const inside = await engine.inspect(key);
    expect(inside!.variables.map(({ name, value }) => [name, value])).toEqual([['a', 1]]);
    expect(inside!.jobs.map((job) => job.elementId)).toEqual(['a']);
    const rehearse = (mapping: { from: string; to: string }[]) =>
      engine.rehearseMigrations([
        { type: 'migrateInstance', processInstanceKey: key, processId: id, version: 2, mapping },
      ]);
    const [refused] = await rehearse([]);
    await expect(go()).rejects.toThrow(refused![0]!);
    expect(await rehearse([{ from: 'a', to: 'z' }])).toEqual([[]]);
    await engine.settle();
    expect(seen('PROCESS_INSTANCE', 'ELEMENT_MIGRATED')).toEqual([]);
    expect(await engine.inspect('1048577999')).toBeUndefined();
  });
});
