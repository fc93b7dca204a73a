import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../src/db/orm.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import type { EngineRecord, JobHandler } from '../../src/engine/port.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { testDatabase } from '../support/database.ts';

const model = (id: string, body: string) => `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="urn:test">
  <bpmn:process id="${id}" isExecutable="true">${body}</bpmn:process>
</bpmn:definitions>`;
const JOB = model(
  'job',
  `<bpmn:startEvent id="s"/><bpmn:serviceTask id="a"><bpmn:extensionElements><zeebe:taskDefinition type="work"/></bpmn:extensionElements></bpmn:serviceTask>
   <bpmn:endEvent id="e"/><bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="a"/><bpmn:sequenceFlow id="f2" sourceRef="a" targetRef="e"/>`,
);

/** Script and gateway go round for ever as soon as the job is done. */
const ROUND = model(
  'round',
  `<bpmn:startEvent id="s"/><bpmn:serviceTask id="a"><bpmn:extensionElements><zeebe:taskDefinition type="work"/></bpmn:extensionElements></bpmn:serviceTask>
   <bpmn:scriptTask id="b"><bpmn:extensionElements><zeebe:script expression="=1" resultVariable="r"/></bpmn:extensionElements></bpmn:scriptTask>
   <bpmn:exclusiveGateway id="g"/>
   <bpmn:sequenceFlow id="f1" sourceRef="s" targetRef="a"/><bpmn:sequenceFlow id="f2" sourceRef="a" targetRef="g"/>
   <bpmn:sequenceFlow id="f3" sourceRef="g" targetRef="b"/><bpmn:sequenceFlow id="f4" sourceRef="b" targetRef="g"/>`,
);

let db: OpenDatabase;
let engine: EmbeddedEngine;
let clock: AdjustableClock;
let records: EngineRecord[];
let received: number;

beforeAll(async () => {
  db = await testDatabase([]);
});
afterAll(() => db?.close());
afterEach(() => engine.stop());

async function start(handler: JobHandler, handlerTimeoutMs?: number): Promise<void> {
  clock = new AdjustableClock('2026-11-23T09:00:00+08:00');
  records = [];
  const [row] = await db.database.query<{ position: string }>('select position from engine_partition');
  received = Number(row!.position);
  engine = new EmbeddedEngine({
    database: db.database,
    clock,
    logger: silentLogger,
    ...(handlerTimeoutMs ? { handlerTimeoutMs } : {}),
  });
  engine.handle('work', handler);
  engine.onRecords({
    fromPosition: async () => received,
    receive: async (batch) => {
      records.push(...batch);
      received = batch.at(-1)!.position;
    },
  });
  await engine.start();
  await engine.deploy([{ name: 'job.bpmn', content: JOB }]);
}
const intents = (valueType: string) =>
  records.filter((record) => record.valueType === valueType).map((record) => record.intent);
let commands = 0;
const create = () => engine.submit(`create-${++commands}`, { type: 'createInstance', processId: 'job' });

const loop: Record<string, unknown> = {};
loop.self = loop;

test.each<[string, JobHandler]>([
  [
    'throws',
    async () => {
      throw new Error('no network');
    },
  ],
  [
    'throws something that is no error',
    async () => {
      throw 'text';
    },
  ],
  ['answers nothing', (async () => undefined) as unknown as JobHandler],
  ['answers an outcome of no kind', (async () => ({ kind: 'perhaps' })) as unknown as JobHandler],
  ['completes with a list', (async () => ({ kind: 'complete', variables: [1] })) as unknown as JobHandler],
  ['completes with what has no JSON', (async () => ({ kind: 'complete', variables: loop })) as unknown as JobHandler],
])('a handler that %s uses up its retries and ends in an incident, not in a loop', async (_, handler) => {
  let calls = 0;
  await start(async (job) => {
    calls += 1;
    return handler(job);
  });
  await create();
  for (let turn = 0; turn < 5; turn += 1) {
    await engine.settle();
    clock.advance(120_000);
  }
  expect(calls).toBe(3);
  expect(intents('JOB').filter((intent) => intent === 'FAILED')).toHaveLength(3);
  expect(intents('INCIDENT')).toEqual(['CREATED']);
});

test('a handler that never answers gives its place back and counts as failed', async () => {
  let calls = 0;
  await start(() => {
    calls += 1;
    return calls === 1 ? new Promise(() => {}) : Promise.resolve({ kind: 'complete' });
  }, 5);
  await create();
  await engine.settle();
  clock.advance(120_000);
  await engine.settle();
  expect(intents('JOB')).toEqual(['CREATED', 'FAILED', 'RECURRED_AFTER_BACKOFF', 'COMPLETED']);
});

test('a diagram that never rests is an incident of its job; its neighbours in the batch are not harmed', async () => {
  await start(async () => ({ kind: 'complete' }));
  await engine.deploy([{ name: 'round.bpmn', content: ROUND }]);
  const round = await engine.submit('round', { type: 'createInstance', processId: 'round' });
  await Promise.all([create(), create(), engine.settle()]);
  await engine.settle();
  const ended = records.filter(
    (record) => record.intent === 'ELEMENT_COMPLETED' && record.value.bpmnElementType === 'PROCESS',
  );
  expect(ended.map((record) => record.value.bpmnProcessId)).toEqual(['job', 'job']);
  expect(records.filter((record) => record.valueType === 'INCIDENT')).toEqual([
    expect.objectContaining({ processInstanceKey: round.key, elementId: 'a' }),
  ]);
});

test('records are let go a month after they were received, not before', async () => {
  await start(async () => ({ kind: 'complete' }));
  const stored = async () =>
    Number((await db.database.query<{ n: string }>('select count(*) as n from engine_record'))[0]!.n);
  const restart = async () => {
    await engine.stop();
    await engine.start();
  };
  await create();
  await engine.settle();
  const before = await stored();
  expect(before).toBeGreaterThan(0);
  clock.advance(86_400_000);
  await restart();
  clock.advance(29 * 86_400_000);
  await restart();
  expect(await stored()).toBe(before);
  clock.advance(86_400_000);
  await restart();
  expect(await stored()).toBe(0);
  await create();
  await engine.settle();
  expect(await stored()).toBeGreaterThan(0);
});
