/**
 * One engine in a process of its own, for `npm run bench:engines`: what it is asked to do comes as JSON in its first argument, what it
 * has to say goes to its parent. So its memory, its start and its end by force are its own.
 */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { prepareZeebeClient } from '../../src/config.ts';
import { type OpenDatabase, openDatabase } from '../../src/db/orm.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import type { ProcessEngine } from '../../src/engine/port.ts';
import { ZeebeEngine } from '../../src/engine/zeebe/index.ts';
import { AdjustableClock, type Clock, systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import {
  counting,
  cpuOf,
  insist,
  measureLoad,
  modelOf,
  patiently,
  postgresBelow,
  residentMb,
  sizeOf,
  Watch,
} from './engine-clients.ts';
import { rounded } from './measure.ts';

export interface Place {
  side: string;
  url?: string;
  folder?: string;
  /** The broker of the Zeebe side, which a process of its own has started. */
  broker?: { address: string; recordPort: number; username: string; password: string; pid: number; folder: string };
  /** Whose children the database servers are. */
  root: number;
}

export type Work =
  /** The figures of a model. */
  | { what: 'load'; model: string; seconds: number; clients: number }
  /** Opens a task and says so; then goes on working until it is killed. */
  | { what: 'open'; clients: number }
  /** Completes a task that was opened before. */
  | { what: 'complete'; task: string }
  /** So many boundary timers fall due in the same minute. */
  | { what: 'storm'; timers: number };

const { place, work } = JSON.parse(process.argv[2]!) as { place: Place; work: Work };
const say = (answer: unknown) => process.send!(answer);
process.on('disconnect', () => process.exit(0));

const opened: OpenDatabase = await openDatabase([], {
  ...(place.url ? { url: place.url } : {}),
  dataDir: place.folder ?? '',
  poolSize: 10,
});
const { database, counts } = counting(opened.database);
const watch = new Watch();

function engineOn(clock: Clock): ProcessEngine {
  if (!place.broker) return new EmbeddedEngine({ database, clock, logger: silentLogger });
  const { address, recordPort, username, password } = place.broker;
  return new ZeebeEngine({
    database,
    logger: silentLogger,
    options: {
      gateway: { address },
      endpoint: { host: '127.0.0.1', port: recordPort, username, password, maxBytes: 2 ** 26 },
      keepDays: 30,
      beforeClient: () => prepareZeebeClient(),
    },
  });
}

async function started(models: readonly string[], clock: Clock = systemClock): Promise<ProcessEngine> {
  const engine = engineOn(clock);
  engine.onRecords(watch.receiver);
  engine.handle('bench', async () => ({ kind: 'complete', variables: { done: true } }));
  await engine.start();
  if (models.length > 0) await patiently(() => engine.deploy(models.map(modelOf)));
  return engine;
}

/** Names of commands of this process: others may have worked on the same store before. */
const own = process.pid;

async function openTask(engine: ProcessEngine, name: string): Promise<string> {
  const { key } = await insist(engine, `open-${own}-${name}`, { type: 'createInstance', processId: 'bench-b' });
  return watch.task(key!);
}

switch (work.what) {
  case 'load': {
    const figures = await measureLoad({
      ...work,
      side: place.side,
      engine: await started([work.model]),
      watch,
      counts,
      size: async () => {
        const tables = await sizeOf(opened.database, ['engine', 'zeebe']);
        return { rows: tables.rows, bytes: tables.bytes + (place.broker ? bytesIn(place.broker.folder) : 0) };
      },
      serverCpu: () => postgresBelow(place.root)() + (place.broker ? cpuOf(({ pid }) => pid === place.broker!.pid) : 0),
    });
    say({ ...figures, rssMb: place.broker ? `${figures.rssMb} + ${residentMb(place.broker.pid)}` : figures.rssMb });
    break;
  }
  case 'open': {
    const engine = await started(['b']);
    say({ task: await openTask(engine, 'first') });
    for (let client = 0; client < work.clients; client += 1)
      void (async () => {
        for (let turn = 0; ; turn += 1) {
          const task = await openTask(engine, `${client}-${turn}`);
          await insist(engine, `close-${task}`, { type: 'completeJob', jobKey: task });
        }
      })();
    // Until it is killed.
    await new Promise(() => {});
    break;
  }
  case 'complete': {
    const engine = await started([]);
    await insist(engine, `close-${work.task}`, { type: 'completeJob', jobKey: work.task });
    say({ completed: true });
    break;
  }
  case 'storm':
    say(await storm(work.timers));
}
process.exit(0);

async function storm(timers: number): Promise<{ timers: number; seconds: number }> {
  const clock = new AdjustableClock(new Date());
  let fired = 0;
  const engine = engineOn(clock);
  const seen = watch.receiver;
  engine.onRecords({
    fromPosition: seen.fromPosition,
    receive: async (records) => {
      for (const record of records) if (record.valueType === 'TIMER' && record.intent === 'TRIGGERED') fired += 1;
      await seen.receive(records);
    },
  });
  await engine.start();
  await engine.deploy([modelOf('timer')]);
  const inOneGo = place.broker ? 64 : 1000;
  for (let done = 0; done < timers; done += inOneGo)
    await Promise.all(
      Array.from({ length: Math.min(inOneGo, timers - done) }, (_, index) =>
        insist(engine, `storm-${done + index}`, { type: 'createInstance', processId: 'bench-timer', variables: {} }),
      ),
    );
  await engine.settle();
  say({ ready: true });
  // The parent moves the broker's clock; the embedded engine has this one.
  if (place.broker) await new Promise((resolve) => process.once('message', resolve));
  else clock.advance(24 * 3600_000 + 60_000);
  const began = performance.now();
  while (fired < timers) {
    if (place.broker) await new Promise((resolve) => setTimeout(resolve, 50));
    else await engine.settle();
  }
  const seconds = rounded((performance.now() - began) / 1000);
  await engine.stop();
  return { timers, seconds };
}

function bytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    try {
      bytes += statSync(join(entry.parentPath, entry.name)).blocks * 512;
    } catch {
      // Snapshots come and go.
    }
  }
  return bytes;
}
