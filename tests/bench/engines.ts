/**
 * `npm run bench:engines`: the embedded engine on PostgreSQL (a throw-away server, fsync and synchronous commit on) and on PGlite,
 * at full durability and full history. 16 clients, each starting an instance, waiting for its user task in the record stream and completing it.
 * Arguments: `--seconds 20 --clients 16 --models a,b,c --databases postgresql,pglite --timers 100000`.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type OpenDatabase, openDatabase } from '../../src/db/orm.ts';
import type { Database } from '../../src/db/sql.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import type { EngineRecord } from '../../src/engine/port.ts';
import { AdjustableClock, systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';

const { values: args } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    clients: { type: 'string', default: '16' },
    models: { type: 'string', default: 'a,b,c' },
    databases: { type: 'string', default: 'postgresql,pglite' },
    timers: { type: 'string', default: '100000' },
  },
});
const SECONDS = Number(args.seconds);
const CLIENTS = Number(args.clients);

export interface Figures {
  database: string;
  model: string;
  instancesPerSecond: number;
  completed: number;
  p50: number;
  p95: number;
  p99: number;
  recordsPerInstance: number;
  statementsPerInstance: number;
  commitsPerInstance: number;
  rowsPerInstance: number;
  bytesPerInstance: number;
  /** Microseconds of processor per instance: of this process, and of the database server (Linux only). */
  ownCpu: number;
  serverCpu: number;
  rssMb: number;
}

/** Lets clients wait for the user task of their instance and for its end. */
class Watch {
  readonly #waiting = new Map<string, (key: string) => void>();
  readonly #early = new Map<string, string>();
  records = 0;
  #position = 0;

  readonly receiver = {
    fromPosition: async () => this.#position,
    receive: async (records: readonly EngineRecord[]) => {
      for (const record of records) {
        this.records += 1;
        if (
          record.valueType === 'JOB' &&
          record.intent === 'CREATED' &&
          record.value.type === 'io.camunda.zeebe:userTask'
        )
          this.#tell(record.processInstanceKey, record.key);
      }
      this.#position = records.at(-1)!.position;
    },
  };

  #tell(instance: string, key: string): void {
    const wake = this.#waiting.get(instance);
    if (wake) {
      this.#waiting.delete(instance);
      wake(key);
    } else this.#early.set(instance, key);
  }

  task(instance: string): Promise<string> {
    const early = this.#early.get(instance);
    if (early) {
      this.#early.delete(instance);
      return Promise.resolve(early);
    }
    return new Promise((resolve) => this.#waiting.set(instance, resolve));
  }
}

/** Counts what goes to the database. */
function counting(database: Database): { database: Database; counts: { statements: number; commits: number } } {
  const counts = { statements: 0, commits: 0 };
  return {
    counts,
    database: {
      dialect: database.dialect,
      query: (text, parameters) => {
        counts.statements += 1;
        counts.commits += 1;
        return database.query(text, parameters);
      },
      transaction: (work) => {
        counts.commits += 1;
        return database.transaction((tx) =>
          work({
            query: (text, parameters) => {
              counts.statements += 1;
              return tx.query(text, parameters);
            },
          }),
        );
      },
    },
  };
}

const at = (sorted: number[], share: number) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;

async function measure(opened: OpenDatabase, model: string): Promise<Figures> {
  const { database, counts } = counting(opened.database);
  const engine = new EmbeddedEngine({ database, clock: systemClock, logger: silentLogger });
  const watch = new Watch();
  engine.onRecords(watch.receiver);
  engine.handle('bench', async () => ({ kind: 'complete', variables: { done: true } }));
  await engine.start();
  const xml = readFileSync(join(import.meta.dirname, 'models', `${model}.bpmn`), 'utf8');
  await engine.deploy([{ name: `${model}.bpmn`, content: xml }]);
  const latencies: number[] = [];
  let completed = 0;
  let serial = 0;
  const client = async (until: number) => {
    while (performance.now() < until) {
      serial += 1;
      const { key } = await engine.submit(`bench-${model}-start-${serial}`, {
        type: 'createInstance',
        processId: `bench-${model}`,
        variables: { demandId: `01a2b3c4-${serial}`, amount: 250, orgCode: '341523' },
      });
      const task = await watch.task(key!);
      const before = performance.now();
      await engine.submit(`bench-${model}-complete-${task}`, {
        type: 'completeJob',
        jobKey: task,
        variables: { decision: 'APPROVED' },
      });
      latencies.push(performance.now() - before);
      completed += 1;
    }
  };
  const run = async (seconds: number) => {
    const until = performance.now() + seconds * 1000;
    await Promise.all(Array.from({ length: CLIENTS }, () => client(until)));
  };
  await run(Math.min(3, SECONDS));
  latencies.length = 0;
  completed = 0;
  watch.records = 0;
  counts.statements = 0;
  counts.commits = 0;
  const sizeBefore = await size(opened.database);
  const cpu = process.cpuUsage();
  const serverBefore = serverCpu();
  const began = performance.now();
  await run(SECONDS);
  const own = process.cpuUsage(cpu);
  const server = serverCpu() - serverBefore;
  const seconds = (performance.now() - began) / 1000;
  await engine.stop();
  const sizeAfter = await size(opened.database);
  latencies.sort((a, b) => a - b);
  const round = (value: number, digits = 1) => Number(value.toFixed(digits));
  return {
    database: opened.database.dialect,
    model: model.toUpperCase(),
    instancesPerSecond: round(completed / seconds, 0),
    completed,
    p50: round(at(latencies, 0.5)),
    p95: round(at(latencies, 0.95)),
    p99: round(at(latencies, 0.99)),
    recordsPerInstance: round(watch.records / completed),
    statementsPerInstance: round(counts.statements / completed, 2),
    commitsPerInstance: round(counts.commits / completed, 2),
    rowsPerInstance: round((sizeAfter.rows - sizeBefore.rows) / completed, 2),
    bytesPerInstance: round((sizeAfter.bytes - sizeBefore.bytes) / completed, 0),
    ownCpu: round((own.user + own.system) / completed, 0),
    serverCpu: round(server / completed, 0),
    rssMb: round(process.memoryUsage().rss / 2 ** 20, 0),
  };
}

/** Microseconds of processor used so far by all PostgreSQL processes that this process has started. */
function serverCpu(): number {
  if (process.platform !== 'linux') return 0;
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (!stat.includes('(postgres)') || !descends(Number(fields[1]))) continue;
      ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // The process ended while it was looked at.
    }
  }
  return ticks * 10_000;
}

function descends(parent: number): boolean {
  for (let pid = parent; pid > 1; ) {
    if (pid === process.pid) return true;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  }
  return false;
}

/** Rows that stay and bytes of all engine tables with their indexes. */
async function size(database: Database): Promise<{ rows: number; bytes: number }> {
  const tables = await database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and tablename like 'engine\\_%'`,
  );
  let rows = 0;
  let bytes = 0;
  for (const { name } of tables) {
    const [row] = await database.query<{ n: string; b: string }>(
      `select (select count(*) from ${name})::text as n, pg_total_relation_size('${name}')::text as b`,
    );
    rows += Number(row!.n);
    bytes += Number(row!.b);
  }
  return { rows, bytes };
}

/** A storm: so many boundary timers fall due in the same minute. */
async function timerStorm(
  opened: OpenDatabase,
  timers: number,
): Promise<{ database: string; timers: number; seconds: number }> {
  const clock = new AdjustableClock(new Date());
  const engine = new EmbeddedEngine({ database: opened.database, clock, logger: silentLogger });
  engine.handle('bench', async () => ({ kind: 'complete' }));
  await engine.start();
  await engine.deploy([
    { name: 'c.bpmn', content: readFileSync(join(import.meta.dirname, 'models', 'timer.bpmn'), 'utf8') },
  ]);
  for (let done = 0; done < timers; done += 1000)
    await Promise.all(
      Array.from({ length: Math.min(1000, timers - done) }, (_, index) =>
        engine.submit(`storm-${done + index}`, { type: 'createInstance', processId: 'bench-timer', variables: {} }),
      ),
    );
  clock.advance(24 * 3600_000 + 60_000);
  const began = performance.now();
  for (;;) {
    const [left] = await opened.database.query<{ n: string }>('select count(*)::text as n from engine_timer');
    if (Number(left!.n) === 0) break;
    await engine.settle();
  }
  const seconds = (performance.now() - began) / 1000;
  await engine.stop();
  return { database: opened.database.dialect, timers, seconds: Number(seconds.toFixed(1)) };
}

async function main(): Promise<void> {
  const figures: Figures[] = [];
  const storms: unknown[] = [];
  const all = async (open: () => Promise<OpenDatabase>, storm: boolean) => {
    for (const model of args.models!.split(',')) {
      const opened = await open();
      figures.push(await measure(opened, model));
      console.error(JSON.stringify(figures.at(-1)));
      await opened.close();
    }
    if (storm && Number(args.timers) > 0) {
      const opened = await open();
      storms.push(await timerStorm(opened, Number(args.timers)));
      console.error(JSON.stringify(storms.at(-1)));
      await opened.close();
    }
  };
  if (args.databases!.includes('postgresql')) {
    const { withServer } = await import('../support/postgres-server.ts');
    await withServer(async (server, fresh) => {
      await all(async () => openDatabase([], { url: await fresh(), dataDir: '', poolSize: 10 }), true);
      return server.length;
    });
  }
  if (args.databases!.includes('pglite')) {
    const folder = mkdtempSync(join(tmpdir(), 'suying-bench-'));
    let count = 0;
    await all(() => {
      count += 1;
      return openDatabase([], { dataDir: join(folder, String(count)) });
    }, false);
    rmSync(folder, { recursive: true, force: true });
  }
  console.table(figures);
  console.table(storms);
}

await main();
