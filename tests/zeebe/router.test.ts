import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../src/db/orm.ts';
import {
  type ActivatedJob,
  CommandRejected,
  type EngineCommand,
  type EngineRecord,
  type JobHandler,
  type ProcessEngine,
  type RecordReceiver,
  type Resource,
} from '../../src/engine/port.ts';
import { type EngineName, EngineRouter } from '../../src/engine/router/index.ts';
import { testDatabase } from '../support/database.ts';

const ZEEBE_KEY = '2251799813685251';
const EMBEDDED_KEY = '1048577';

/** An engine that notes what it is asked and counts versions by itself, as real ones do. */
class NotingEngine implements ProcessEngine {
  readonly name: EngineName;
  readonly asked: EngineCommand[] = [];
  readonly #versions = new Map<string, string[]>();
  receiver: RecordReceiver | undefined;
  handler: JobHandler | undefined;

  constructor(name: EngineName) {
    this.name = name;
  }
  async deploy(resources: readonly Resource[]) {
    return resources.map(({ name, content }) => {
      const processId = name.replace('.bpmn', '');
      const known = this.#versions.get(processId) ?? [];
      const duplicate = known.at(-1) === content;
      if (!duplicate) this.#versions.set(processId, [...known, content]);
      const version = this.#versions.get(processId)!.length;
      return { processId, version, definitionKey: `${this.name}-${version}`, resourceName: name, duplicate };
    });
  }
  async submit(_commandId: string, command: EngineCommand) {
    this.asked.push(command);
    return {};
  }
  handle(_jobType: string, handler: JobHandler) {
    this.handler = handler;
  }
  onRecords(receiver: RecordReceiver) {
    this.receiver = receiver;
  }
  async openJobsAt() {
    return new Map();
  }
  async inspect() {
    return undefined;
  }
  async rehearseMigrations() {
    return undefined;
  }
  async start() {}
  async stop() {}
  async settle() {}
}

let db: OpenDatabase;
let embedded: NotingEngine;
let zeebe: NotingEngine;
const lives = new Map<string, EngineName>();

const route = (primary: EngineName, engines: ProcessEngine[] = [embedded, zeebe]) =>
  new EngineRouter({ database: db.database, primary, engines, homeOf: async (key) => lives.get(key), now: () => 1 });
const message = (correlationKey: string): EngineCommand => ({
  type: 'publishMessage',
  name: 'm',
  correlationKey,
  ttlMs: 0,
});
const bpmn = (content: string): Resource[] => [{ name: 'p.bpmn', content }];
const instanceRecord = (version: number): EngineRecord => ({
  partition: 1,
  position: 1,
  timestamp: 0,
  valueType: 'PROCESS_INSTANCE',
  intent: 'ELEMENT_ACTIVATED',
  key: ZEEBE_KEY,
  processInstanceKey: ZEEBE_KEY,
  elementId: 'p',
  value: { bpmnProcessId: 'p', version },
});

beforeAll(async () => {
  db = await testDatabase([]);
});
afterAll(() => db?.close());
beforeEach(async () => {
  await db.database.query('truncate engine_home, engine_version');
  embedded = new NotingEngine('embedded');
  zeebe = new NotingEngine('zeebe');
  lives.clear();
});

describe('where a command goes', () => {
  test.each<[EngineCommand, EngineName]>([
    [{ type: 'completeJob', jobKey: ZEEBE_KEY }, 'zeebe'],
    [{ type: 'completeJob', jobKey: EMBEDDED_KEY }, 'embedded'],
    [{ type: 'cancelInstance', processInstanceKey: EMBEDDED_KEY }, 'embedded'],
    [{ type: 'resolveIncident', incidentKey: ZEEBE_KEY }, 'zeebe'],
    [{ type: 'setVariables', elementInstanceKey: EMBEDDED_KEY, variables: {} }, 'embedded'],
    [{ type: 'updateRetries', jobKey: ZEEBE_KEY, retries: 1 }, 'zeebe'],
  ])('%j to %s, whichever starts new ones', async (command, engine) => {
    for (const primary of ['embedded', 'zeebe'] as const) await route(primary).submit('c', command);
    const [there, elsewhere] = engine === 'zeebe' ? [zeebe, embedded] : [embedded, zeebe];
    expect([there.asked.length, elsewhere.asked.length]).toEqual([2, 0]);
  });

  test('a new subject starts on the primary engine, one that runs elsewhere stays there', async () => {
    lives.set('old', 'embedded');
    const router = route('zeebe');
    await router.submit('c-1', message('new'));
    await router.submit('c-2', message('old'));
    expect([zeebe.asked.length, embedded.asked.length]).toEqual([1, 1]);
  });

  test('a subject keeps its engine when the primary is changed before anything of it is known', async () => {
    await route('zeebe').submit('c-1', message('d'));
    await route('embedded').submit('c-2', message('d'));
    expect([zeebe.asked.length, embedded.asked.length]).toEqual([2, 0]);
  });

  test('an engine that is switched off keeps its commands waiting, with a sentence', async () => {
    const router = route('embedded', [embedded]);
    const refused = router.submit('c', { type: 'completeJob', jobKey: ZEEBE_KEY });
    await expect(refused).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('ZEEBE_ADDRESS'),
    });
    await expect(refused).rejects.toBeInstanceOf(CommandRejected);
  });

  test('a signal reaches all', async () => {
    await route('zeebe').submit('c', { type: 'broadcastSignal', name: 's' });
    expect([zeebe.asked.length, embedded.asked.length]).toEqual([1, 1]);
  });
});

describe('one numbering of versions', () => {
  test('an engine alone keeps its own numbers', async () => {
    const router = route('embedded', [embedded]);
    for (const [content, version] of [
      ['a', 1],
      ['b', 2],
      ['b', 2],
      ['a', 3],
    ] as const)
      expect((await router.deploy(bpmn(content)))[0]!.version).toBe(version);
  });

  test('after a change of engine the same bytes keep their number, new bytes get the next', async () => {
    await route('embedded').deploy(bpmn('a'));
    await route('embedded').deploy(bpmn('b'));
    const onZeebe = route('zeebe');
    expect((await onZeebe.deploy(bpmn('b')))[0]).toMatchObject({ version: 2 });
    expect((await onZeebe.deploy(bpmn('c')))[0]).toMatchObject({ version: 3 });
    expect((await onZeebe.deploy(bpmn('c')))[0]).toMatchObject({ version: 3, duplicate: true });
    // And back again.
    expect((await route('embedded').deploy(bpmn('c')))[0]).toMatchObject({ version: 3 });
    expect((await route('embedded').deploy(bpmn('d')))[0]).toMatchObject({ version: 4 });
  });

  test('records and jobs tell the number of the house, commands the number of the engine', async () => {
    await route('embedded').deploy(bpmn('a'));
    const router = route('zeebe');
    const seen: unknown[] = [];
    router.handle('t', async (job) => {
      seen.push(job.processVersion);
      return { kind: 'complete' };
    });
    router.onRecords(() => ({
      fromPosition: async () => 0,
      receive: async (records) => {
        seen.push(...records.map((record) => record.value.version));
      },
    }));
    await router.start();
    await router.deploy(bpmn('b'));
    await zeebe.receiver!.receive([instanceRecord(1)]);
    await zeebe.handler!({ processId: 'p', processVersion: 1 } as ActivatedJob);
    expect(seen).toEqual([2, 2]);
    await router.submit('c-1', { type: 'createInstance', processId: 'p', version: 2 });
    expect(zeebe.asked.at(-1)).toMatchObject({ version: 1 });
    await expect(router.submit('c-2', { type: 'createInstance', processId: 'p', version: 1 })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  test('a broker set up anew counts from one again: other bytes get a number of their own', async () => {
    const router = route('zeebe');
    await router.deploy(bpmn('a'));
    await router.deploy(bpmn('b'));
    zeebe = new NotingEngine('zeebe');
    expect((await route('zeebe').deploy(bpmn('c')))[0]!.version).toBe(3);
  });
});
