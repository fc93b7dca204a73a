import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { prepareZeebeClient } from '../../src/config.ts';
import type { OpenDatabase } from '../../src/db/orm.ts';
import { CommandRejected, type EngineCommand, type JobHandler } from '../../src/engine/port.ts';
import { GATEWAY_DEFAULTS, ZeebeEngine } from '../../src/engine/zeebe/index.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { testDatabase } from '../support/database.ts';
import { activatedJob, FakeGateway } from '../support/fake-gateway.ts';
import { FreezingProxy } from '../support/freezing-proxy.ts';
import { bulkOf, sendBulk } from '../support/records.ts';

const RECORDS = { username: 'zeebe', password: 'records-of-a-test' };
const JOB = '2251799813685777';
const UNAVAILABLE = 14;
const RESOURCE_EXHAUSTED = 8;

let db: OpenDatabase;
let gateway: FakeGateway;
let engine: ZeebeEngine;

/** Everything our client must survive, each against a gateway that misbehaves on purpose. Deadlines are short, so nothing waits for real. */
async function open(handlers: Record<string, JobHandler> = {}, address = gateway.address): Promise<void> {
  engine = new ZeebeEngine({
    database: db.database,
    logger: silentLogger,
    options: {
      gateway: { address, timeoutMs: 300, longPollMs: 300, pollMs: 50 },
      endpoint: { host: '127.0.0.1', port: 0, ...RECORDS, maxBytes: 2 ** 20 },
      keepDays: 30,
      beforeClient: () => prepareZeebeClient(),
      graceMs: 0,
      fenceMs: 3000,
      watchdogEveryMs: 50,
    },
  });
  for (const [type, handler] of Object.entries(handlers)) engine.handle(type, handler);
  engine.onRecords({ fromPosition: async () => 0, receive: async () => {} });
  await engine.start();
}

/** Resolves when the condition holds; the test's own time limit ends it otherwise. */
async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const refusal = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'accepted',
    (error: unknown) => (error instanceof CommandRejected ? error.code : `${error}`),
  );

/** The exporter of a real broker brings each mark; here the test does. */
function exportMarks(): void {
  let position = 1000;
  gateway.answer('PublishMessage', (request) => {
    const key = gateway.nextKey();
    if (request.name === 'suying-fence') {
      position += 1;
      const mark = { valueType: 'MESSAGE', intent: 'PUBLISHED', key, position, value: { name: request.name } };
      void sendBulk(engine.recordPort, RECORDS, bulkOf([mark]));
    }
    return { message: { key } };
  });
}

beforeAll(async () => {
  db = await testDatabase([]);
});
afterAll(() => db?.close());
beforeEach(async () => {
  await db.database.query('truncate zeebe_record, zeebe_job, zeebe_command, zeebe_definition');
  gateway = new FakeGateway();
  await gateway.start();
});
afterEach(async () => {
  await engine?.stop();
  gateway.stop();
});

const complete: EngineCommand = { type: 'completeJob', jobKey: JOB, variables: { ok: true } };
const start: EngineCommand = { type: 'createInstance', processId: 'p', variables: { demandId: 'd-1' } };

describe('commands', () => {
  test('a gateway that is away is said at once; the command can be given again', async () => {
    await open();
    gateway.stop();
    expect(await refusal(engine.submit('c-1', complete))).toBe('UNAVAILABLE');
    await gateway.start();
    await until(async () => (await refusal(engine.submit('c-1', complete))) === 'accepted');
    expect(gateway.count('CompleteJob')).toBe(1);
  });

  test('a call that is never answered ends at our own deadline', async () => {
    await open();
    gateway.answer('CompleteJob', () => 'silence');
    expect(await refusal(engine.submit('c-1', complete))).toBe('UNAVAILABLE');
    expect(gateway.count('CompleteJob')).toBe(1);
  });

  test('backpressure is told to the outbox, not retried here', async () => {
    await open();
    gateway.answer('PublishMessage', () => ({ code: RESOURCE_EXHAUSTED, details: 'Reached maximum capacity' }));
    const command: EngineCommand = {
      type: 'publishMessage',
      name: 'm',
      correlationKey: 'k',
      ttlMs: 3600_000,
      messageId: 'id',
    };
    expect(await refusal(engine.submit('c-1', command))).toBe('UNAVAILABLE');
    expect(gateway.count('PublishMessage')).toBe(1);
  });

  test('the answer of a command is remembered: repeating its id sends nothing', async () => {
    await open();
    const first = await engine.submit('c-1', start);
    expect(await engine.submit('c-1', start)).toEqual(first);
    gateway.answer('CancelProcessInstance', () => ({ code: 5, details: 'no such process' }));
    const cancel: EngineCommand = { type: 'cancelInstance', processInstanceKey: '2251799813685999' };
    expect(await refusal(engine.submit('c-2', cancel))).toBe('NOT_FOUND');
    expect(await refusal(engine.submit('c-2', cancel))).toBe('NOT_FOUND');
    expect([gateway.count('CreateProcessInstance'), gateway.count('CancelProcessInstance')]).toEqual([1, 1]);
  });

  test('what is refused before it is sent is refused, not unclear', async () => {
    await open();
    const migrate: EngineCommand = {
      type: 'migrateInstance',
      processInstanceKey: '2251799813685999',
      processId: 'never-deployed',
      version: 1,
      mapping: [],
    };
    expect(await refusal(engine.submit('c-1', migrate))).toBe('NOT_FOUND');
    expect((await engine.health()).unclear).toEqual([]);
  });

  test('two submits of one id at the same time are one command', async () => {
    await open();
    const [a, b] = await Promise.all([engine.submit('c-1', start), engine.submit('c-1', start)]);
    expect(a).toEqual(b);
    expect(gateway.count('CreateProcessInstance')).toBe(1);
  });

  test('a message with an id is sent again after an unclear attempt; ALREADY_EXISTS then means done', async () => {
    await open();
    gateway.answer('PublishMessage', (_request, nth) =>
      nth === 1 ? 'silence' : { code: 6, details: 'a message with id is already published' },
    );
    const command: EngineCommand = {
      type: 'publishMessage',
      name: 'demand-registered',
      correlationKey: 'd-1',
      ttlMs: 3600_000,
      messageId: 'd-1',
    };
    expect(await refusal(engine.submit('c-1', command))).toBe('UNAVAILABLE');
    expect(await refusal(engine.submit('c-1', command))).toBe('accepted');
  });

  test('a start without an answer is not repeated when the stream shows it has happened', async () => {
    await open();
    exportMarks();
    gateway.answer('CreateProcessInstance', () => 'silence');
    expect(await refusal(engine.submit('c-1', start))).toBe('UNAVAILABLE');
    await sendBulk(
      engine.recordPort,
      RECORDS,
      bulkOf([
        {
          valueType: 'PROCESS_INSTANCE_CREATION',
          intent: 'CREATED',
          key: '2251799813685800',
          position: 7,
          value: {
            bpmnProcessId: 'p',
            version: 1,
            processInstanceKey: 2251799813685801,
            variables: { demandId: 'd-1' },
          },
        },
      ]),
    );
    expect(await engine.submit('c-1', start)).toEqual({ key: '2251799813685801' });
    expect(gateway.count('CreateProcessInstance')).toBe(1);
  });

  test('a start without an answer is repeated when the stream shows it has not happened', async () => {
    await open();
    exportMarks();
    gateway.answer('CreateProcessInstance', (_request, nth) =>
      nth === 1 ? 'silence' : { message: { processInstanceKey: '2251799813685801' } },
    );
    expect(await refusal(engine.submit('c-1', start))).toBe('UNAVAILABLE');
    expect(await engine.submit('c-1', start)).toEqual({ key: '2251799813685801' });
    expect(gateway.count('CreateProcessInstance')).toBe(2);
  });

  test('two equal starts without answers each find an instance of their own', async () => {
    await open();
    exportMarks();
    gateway.answer('CreateProcessInstance', (_request, nth) =>
      nth <= 2 ? 'silence' : { message: { processInstanceKey: '2251799813685899' } },
    );
    expect(await refusal(engine.submit('c-1', start))).toBe('UNAVAILABLE');
    expect(await refusal(engine.submit('c-2', start))).toBe('UNAVAILABLE');
    const created = {
      valueType: 'PROCESS_INSTANCE_CREATION',
      intent: 'CREATED',
      key: '2251799813685801',
      position: 7,
      value: { bpmnProcessId: 'p', version: 1, processInstanceKey: '2251799813685801', variables: { demandId: 'd-1' } },
    };
    await sendBulk(engine.recordPort, RECORDS, bulkOf([created]));
    expect(await engine.submit('c-1', start)).toEqual({ key: '2251799813685801' });
    // Only one was created: the other is made now.
    expect(await engine.submit('c-2', start)).toEqual({ key: '2251799813685899' });
  });

  test.each([
    ['COMPLETED', 'accepted'],
    ['CANCELED', 'NOT_FOUND'],
  ])('NOT_FOUND after an unclear completion: the stream says %s, so it was %s', async (intent, outcome) => {
    await open();
    exportMarks();
    gateway.answer('CompleteJob', (_request, nth) => (nth === 1 ? 'silence' : { code: 5, details: 'no such job' }));
    expect(await refusal(engine.submit('c-1', complete))).toBe('UNAVAILABLE');
    const record = { valueType: 'JOB', intent, key: JOB, position: 9, value: { type: 't', retries: 1 } };
    await sendBulk(engine.recordPort, RECORDS, bulkOf([record]));
    expect(await refusal(engine.submit('c-1', complete))).toBe(outcome);
  });

  test('a connection cut after the request was read counts as unclear, not as failed', async () => {
    await open();
    gateway.answer('CreateProcessInstance', () => 'cut');
    expect(await refusal(engine.submit('c-1', start))).toBe('UNAVAILABLE');
    expect((await engine.health()).unclear.map((item) => item.id)).toEqual(['c-1']);
  });

  test('large keys keep their digits on the way there and back', async () => {
    await open();
    const key = '9007199254740993';
    gateway.answer('CreateProcessInstance', () => ({ message: { processInstanceKey: key } }));
    expect(await engine.submit('c-1', start)).toEqual({ key });
    await engine.submit('c-2', { type: 'completeJob', jobKey: key });
    expect(gateway.calls.at(-1)!.request.jobKey).toBe(key);
  });

  test('the client does not retry by itself what the gateway reports as unavailable', async () => {
    await open();
    gateway.answer('CreateProcessInstance', () => ({ code: UNAVAILABLE, details: 'partition has no leader' }));
    expect(await refusal(engine.submit('c-1', start))).toBe('UNAVAILABLE');
    expect(gateway.count('CreateProcessInstance')).toBe(1);
  });
});

describe('workers', () => {
  const once = (job: object) => (_request: any, nth: number) => (nth === 1 ? { message: job } : ('silence' as const));

  test('a job is completed with one command of ours', async () => {
    gateway.answer('ActivateJobs', once(activatedJob(JOB, 't')));
    await open({ t: async (job) => ({ kind: 'complete', variables: { seen: job.variables.demandId! } }) });
    await until(() => gateway.count('CompleteJob') === 1);
    expect(gateway.calls.find((call) => call.method === 'CompleteJob')!.request).toMatchObject({
      jobKey: JOB,
      variables: '{"seen":"d-1"}',
    });
  });

  test('a handler that throws fails the job with one retry less and a pause, never with none', async () => {
    gateway.answer('ActivateJobs', once(activatedJob(JOB, 't')));
    await open({
      t: async () => {
        throw new Error('数据库暂时不可用');
      },
    });
    await until(() => gateway.count('FailJob') === 1);
    const { request } = gateway.calls.find((call) => call.method === 'FailJob')!;
    expect(request).toMatchObject({ jobKey: JOB, retries: 2, errorMessage: '数据库暂时不可用' });
    expect(Number(request.retryBackOff)).toBeGreaterThan(0);
  });

  test('an outcome that does not arrive is no unhandled rejection; the worker goes on', async () => {
    const rejections: unknown[] = [];
    const note = (error: unknown) => rejections.push(error);
    process.on('unhandledRejection', note);
    try {
      gateway.answer('ActivateJobs', (_request, nth) =>
        nth <= 2 ? { message: activatedJob(`${JOB}${nth}`, 't') } : 'silence',
      );
      gateway.answer('CompleteJob', (_request, nth) =>
        nth === 1 ? { code: 13, details: 'internal' } : { message: {} },
      );
      await open({ t: async () => ({ kind: 'complete' }) });
      await until(() => gateway.count('CompleteJob') === 2);
      await new Promise((resolve) => setImmediate(resolve));
      expect(rejections).toEqual([]);
    } finally {
      process.off('unhandledRejection', note);
    }
  });

  test('a gateway too busy to give jobs is asked again, at the pace of our poll interval', async () => {
    gateway.answer('ActivateJobs', (_request, nth) =>
      nth <= 3
        ? { code: RESOURCE_EXHAUSTED, details: 'busy' }
        : nth === 4
          ? { message: activatedJob(JOB, 't') }
          : 'silence',
    );
    await open({ t: async () => ({ kind: 'complete' }) });
    await until(() => gateway.count('CompleteJob') === 1);
    expect(GATEWAY_DEFAULTS.pollMs).toBeGreaterThanOrEqual(1000);
  });

  test('a client that hangs on a half-open connection is replaced while the gateway answers others', async () => {
    const proxy = new FreezingProxy(() => gateway.port);
    await proxy.start();
    try {
      await open({ t: async () => ({ kind: 'complete' }) }, `127.0.0.1:${proxy.port}`);
      await until(() => gateway.count('ActivateJobs') >= 1);
      proxy.freeze();
      gateway.calls.length = 0;
      gateway.answer('ActivateJobs', once(activatedJob(JOB, 't')));
      await until(() => gateway.count('CompleteJob') === 1);
      expect((await engine.health()).rebuilt).toBeGreaterThanOrEqual(1);
      expect(await refusal(engine.submit('c-1', complete))).toBe('accepted');
    } finally {
      proxy.stop();
    }
  });

  test('a gateway that answers nobody is not answered with new clients', async () => {
    await open({ t: async () => ({ kind: 'complete' }) });
    await until(() => gateway.count('ActivateJobs') >= 1);
    gateway.answer('Topology', () => 'silence');
    gateway.calls.length = 0;
    // The watchdog has looked when it has asked for the topology.
    await until(() => gateway.count('Topology') >= 2);
    expect((await engine.health()).rebuilt).toBe(0);
  });

  test('workers come back by themselves after the gateway was away', async () => {
    await open({ t: async () => ({ kind: 'complete' }) });
    await until(() => gateway.count('ActivateJobs') >= 1);
    gateway.stop();
    gateway.calls.length = 0;
    gateway.answer('ActivateJobs', once(activatedJob(JOB, 't')));
    await gateway.start();
    await until(() => gateway.count('CompleteJob') === 1);
  });

  test('stopping waits for the job in hand', async () => {
    gateway.answer('ActivateJobs', once(activatedJob(JOB, 't')));
    let release = () => {};
    let begun = false;
    await open({
      t: () =>
        new Promise((resolve) => {
          begun = true;
          release = () => resolve({ kind: 'complete' });
        }),
    });
    await until(() => begun);
    const stopped = engine.stop();
    release();
    await stopped;
    expect(gateway.count('CompleteJob')).toBe(1);
  });
});
