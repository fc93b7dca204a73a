import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Database } from '../../src/db/sql.ts';
import {
  CommandRejected,
  type CommandResult,
  type EngineCommand,
  type EngineRecord,
  type ProcessEngine,
} from '../../src/engine/port.ts';
import { quantile, rounded } from './measure.ts';

export interface Figures {
  side: string;
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
  /** Microseconds of processor per instance: of this process, and of the servers it works with (Linux only). */
  ownCpu: number;
  serverCpu: number;
  /** Resident megabytes: of this process, and of the broker where there is one. */
  rssMb: number | string;
}

/** Lets clients wait for the user task of their instance. */
export class Watch {
  readonly #waiting = new Map<string, (key: string) => void>();
  readonly #early = new Map<string, string>();
  readonly #position = new Map<number, number>();
  records = 0;

  readonly receiver = {
    fromPosition: async (partition: number) => this.#position.get(partition) ?? 0,
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
      const last = records.at(-1)!;
      this.#position.set(last.partition, last.position);
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
export function counting(database: Database): { database: Database; counts: { statements: number; commits: number } } {
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

export const modelOf = (name: string): { name: string; content: string } => ({
  name: `${name}.bpmn`,
  content: readFileSync(join(import.meta.dirname, 'models', `${name}.bpmn`), 'utf8'),
});

/** Sends a command until it is taken. */
export const insist = (engine: ProcessEngine, id: string, command: EngineCommand): Promise<CommandResult> =>
  patiently(() => engine.submit(id, command));

/** Asks again until it is done: an engine that asks for patience, or is just being started, gets it. */
export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (!(error instanceof CommandRejected) || error.code !== 'UNAVAILABLE') throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

export interface Load {
  side: string;
  model: string;
  seconds: number;
  clients: number;
  engine: ProcessEngine;
  watch: Watch;
  counts: { statements: number; commits: number };
  /** Rows that stay and bytes of everything that keeps them. */
  size(): Promise<{ rows: number; bytes: number }>;
  /** Microseconds of processor that the servers have used so far. */
  serverCpu(): number;
}

/** Clients that each start an instance, wait for its user task in the record stream and complete it, without a pause. */
export async function measureLoad(load: Load): Promise<Figures> {
  const { engine, watch, counts, model } = load;
  const latencies: number[] = [];
  let completed = 0;
  let serial = 0;
  const client = async (until: number) => {
    while (performance.now() < until) {
      serial += 1;
      const { key } = await insist(engine, `bench-${model}-start-${serial}`, {
        type: 'createInstance',
        processId: `bench-${model}`,
        variables: { demandId: `01a2b3c4-${serial}`, amount: 250, orgCode: '341523' },
      });
      const task = await watch.task(key!);
      const before = performance.now();
      await insist(engine, `bench-${model}-complete-${task}`, {
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
    await Promise.all(Array.from({ length: load.clients }, () => client(until)));
  };
  await run(Math.min(3, load.seconds));
  latencies.length = 0;
  completed = 0;
  watch.records = 0;
  counts.statements = 0;
  counts.commits = 0;
  const sizeBefore = await load.size();
  const cpu = process.cpuUsage();
  const serverBefore = load.serverCpu();
  const began = performance.now();
  await run(load.seconds);
  const own = process.cpuUsage(cpu);
  const server = load.serverCpu() - serverBefore;
  const seconds = (performance.now() - began) / 1000;
  const rssMb = rounded(process.memoryUsage().rss / 2 ** 20, 0);
  const [records, statements, commits] = [watch.records, counts.statements, counts.commits];
  await engine.stop();
  const sizeAfter = await load.size();
  return {
    side: load.side,
    model: model.toUpperCase(),
    instancesPerSecond: rounded(completed / seconds, 0),
    completed,
    p50: rounded(quantile(latencies, 0.5)),
    p95: rounded(quantile(latencies, 0.95)),
    p99: rounded(quantile(latencies, 0.99)),
    recordsPerInstance: rounded(records / completed),
    statementsPerInstance: rounded(statements / completed, 2),
    commitsPerInstance: rounded(commits / completed, 2),
    rowsPerInstance: rounded((sizeAfter.rows - sizeBefore.rows) / completed, 2),
    bytesPerInstance: rounded((sizeAfter.bytes - sizeBefore.bytes) / completed, 0),
    ownCpu: rounded((own.user + own.system) / completed, 0),
    serverCpu: rounded(server / completed, 0),
    rssMb,
  };
}

/** Microseconds of processor used so far by the processes `wanted` picks, by name and by who started them (Linux only). */
export function cpuOf(wanted: (process: { pid: number; name: string; parent: number }) => boolean): number {
  if (process.platform !== 'linux') return 0;
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      if (wanted({ pid: Number(pid), name, parent: Number(fields[1]) }))
        ticks += Number(fields[11]) + Number(fields[12]);
    } catch {
      // The process ended while it was looked at.
    }
  }
  return ticks * 10_000;
}

/** All PostgreSQL processes below a process (Linux only). */
export const postgresBelow = (root: number) => () =>
  cpuOf(({ name, parent }) => name === 'postgres' && descends(parent, root));

function descends(parent: number, root: number): boolean {
  for (let pid = parent; pid > 1; ) {
    if (pid === root) return true;
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    pid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  }
  return false;
}

/** Resident megabytes of another process (Linux only). */
export function residentMb(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const line = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return rounded(Number(line?.[1] ?? 0) / 1024, 0);
}

/** Rows that stay and bytes, with indexes, of all tables whose names begin so. */
export async function sizeOf(
  database: Database,
  prefixes: readonly string[],
): Promise<{ rows: number; bytes: number }> {
  const tables = await database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' and split_part(tablename, '_', 1) = any($1::text[])`,
    [prefixes],
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
