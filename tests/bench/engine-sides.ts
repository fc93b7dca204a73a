import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withServer } from '../support/postgres-server.ts';
import { RECORDS, type TestBroker, testBroker } from '../support/zeebe.ts';
import type { Figures } from './engine-clients.ts';
import type { Place, Work } from './engine-process.ts';
import { rounded } from './measure.ts';
import { nodeFlags } from './node-flags.ts';

export const SIDES = ['postgresql', 'pglite', 'zeebe'] as const;
export type Side = (typeof SIDES)[number];

export interface SideFigures {
  side: Side;
  loads: Figures[];
  /** Seconds from the start of the process until the first user task can be done: on an empty store, and on one that has data. */
  coldStart: number;
  secondStart: number;
  /** Seconds from the start after kill -9 in the middle of work until a task opened before is completed. */
  recovery: number;
  storm?: { timers: number; seconds: number };
}

export interface Extent {
  seconds: number;
  clients: number;
  models: readonly string[];
  timers: number;
  /** Records the broker's exporter sends at once. */
  bulkSize: number;
}

const script = join(import.meta.dirname, 'engine-process.ts');

/** Everything that is measured of one engine on one store. */
export async function measureSide(side: Side, extent: Extent): Promise<SideFigures> {
  switch (side) {
    case 'postgresql':
      return withServer(async (_server, fresh) => measure(side, extent, async () => site({ url: await fresh() })));
    case 'pglite': {
      const folder = mkdtempSync(join(tmpdir(), 'suying-bench-'));
      let count = 0;
      const open = async () => {
        count += 1;
        return site({ folder: join(folder, String(count)) });
      };
      return measure(side, extent, open).finally(() => rmSync(folder, { recursive: true, force: true }));
    }
    case 'zeebe':
      // Broker and adapter: the adapter keeps the records in PostgreSQL, as a site does.
      return withServer(async (_server, fresh) =>
        measure(side, extent, async (controlledClock) => brokerSite(await fresh(), controlledClock, extent.bulkSize)),
      );
  }
}

/** A store, and what runs on it besides the process under test. */
interface Site {
  place(): Omit<Place, 'side' | 'root'>;
  /** Starts it where it is not running; does nothing where there is nothing. */
  start(): Promise<void>;
  kill(): Promise<void>;
  stop(): Promise<void>;
  aDayLater(): Promise<void>;
  remove(): Promise<void>;
}

const nothing = async () => {};
const site = (place: { url?: string; folder?: string }): Site => ({
  place: () => place,
  start: nothing,
  kill: nothing,
  stop: nothing,
  aDayLater: nothing,
  remove: nothing,
});

function brokerSite(url: string, controlledClock: boolean, bulkSize: number): Site {
  let broker: TestBroker | undefined;
  return {
    place: () => ({
      url,
      broker: {
        address: broker!.address,
        recordPort: broker!.recordPort,
        pid: broker!.pid,
        folder: broker!.folder,
        ...RECORDS,
      },
    }),
    async start() {
      broker = broker ? await broker.again() : await testBroker({ bulkSize, controlledClock });
    },
    kill: () => broker!.kill(),
    stop: () => broker!.stop(),
    aDayLater: () => broker!.moveClock(24 * 3600_000 + 60_000),
    remove: () => broker!.remove(),
  };
}

async function measure(
  side: Side,
  extent: Extent,
  open: (controlledClock: boolean) => Promise<Site>,
): Promise<SideFigures> {
  const say = <T>(found: T): T => {
    console.error(side, JSON.stringify(found));
    return found;
  };
  const loads: Figures[] = [];
  for (const model of extent.models) {
    const here = await open(false);
    await here.start();
    const child = engine(side, here, { what: 'load', model, seconds: extent.seconds, clients: extent.clients });
    loads.push(say(await child.answer<Figures>()));
    await child.ended;
    await here.remove();
  }
  const here = await open(false);
  const start = async () => {
    const began = performance.now();
    await here.start();
    const child = engine(side, here, { what: 'open', clients: 0 });
    await child.answer();
    const seconds = rounded((performance.now() - began) / 1000);
    child.process.kill('SIGTERM');
    await child.ended;
    await here.stop();
    return seconds;
  };
  const coldStart = say(await start());
  const secondStart = say(await start());
  const recovery = say(await recover(side, here, extent.clients));
  await here.remove();
  const storm = extent.timers > 0 ? say(await storms(side, await open(true), extent.timers)) : undefined;
  return { side, loads, coldStart, secondStart, recovery, ...(storm ? { storm } : {}) };
}

/** Killed in the middle of work, all of it at once as by a power cut; then started again. */
async function recover(side: Side, here: Site, clients: number): Promise<number> {
  await here.start();
  const victim = engine(side, here, { what: 'open', clients });
  const { task } = await victim.answer<{ task: string }>();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  victim.process.kill('SIGKILL');
  await Promise.all([victim.ended, here.kill()]);
  const began = performance.now();
  await here.start();
  const next = engine(side, here, { what: 'complete', task });
  await next.answer();
  const seconds = rounded((performance.now() - began) / 1000);
  next.process.kill('SIGTERM');
  await next.ended;
  return seconds;
}

async function storms(side: Side, here: Site, timers: number): Promise<{ timers: number; seconds: number }> {
  await here.start();
  const child = engine(side, here, { what: 'storm', timers });
  await child.answer();
  const done = child.answer<{ timers: number; seconds: number }>();
  await here.aDayLater();
  child.process.send('go');
  const storm = await done;
  await child.ended;
  await here.remove();
  return storm;
}

interface Child {
  process: ChildProcess;
  ended: Promise<void>;
  /** What it says next. */
  answer<T>(): Promise<T>;
}

function engine(side: Side, here: Site, work: Work): Child {
  const place: Place = { side, root: process.pid, ...here.place() };
  const child = fork(script, [JSON.stringify({ place, work })], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: nodeFlags,
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    process: child,
    ended,
    answer: <T>() =>
      new Promise<T>((resolve, reject) => {
        const gone = (code: number | null) => reject(new Error(`the engine's process ended with ${code}`));
        child.once('exit', gone);
        child.once('message', (message) => {
          child.off('exit', gone);
          resolve(message as T);
        });
      }),
  };
}
