import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { Database } from '../../src/db/sql.ts';
import { createToken } from '../../src/modules/access/index.ts';
import { verifyAll } from '../../src/modules/history/index.ts';
import { ApiClient, ApiProblem } from '../../src/tryout/api-client.ts';
import { answersTo, type OpenTask } from '../../src/tryout/drive-demands.ts';
import { freePort } from '../support/postgres-server.ts';
import { DEMAND } from '../support/walk.ts';

const ROOT = join(import.meta.dirname, '../..');

export interface CrashOptions {
  /** Embedded database in this folder, or PostgreSQL at the address. */
  folder: string;
  url?: string;
  kills: number;
  /** Partitions of the embedded engine; as the database has it (1) unless told. */
  partitions?: number;
  /** Demands walked side by side. */
  walkers: number;
  /** Confirmed steps between a start and the kill: from none to this many. */
  stepsAtMost: number;
  /** Draws from 0 to 1. */
  random?: () => number;
  log?: (line: string) => void;
}

export interface CrashReport {
  kills: number;
  /** What people were told has happened. */
  confirmedRegistrations: number;
  confirmedCompletions: number;
  demands: number;
  writtenOff: number;
  /** Time from the restart to the first answer, milliseconds, sorted. */
  recoveryMs: number[];
  /** Sentences about what was lost or happened twice; empty when all is well. */
  wrong: string[];
}

/**
 * Runs the real program under load, kills it with SIGKILL again and again, and then looks whether anything confirmed is missing
 * or anything has happened twice.
 */
export async function crashRun(options: CrashOptions): Promise<CrashReport> {
  const port = await freePort();
  const environment: Record<string, string> = {
    PORT: String(port),
    DATA_DIR: options.folder,
    LOG_LEVEL: 'error',
    DEMO: 'true',
    SESSION_SECRET: 'crash-crash-crash-crash-crash-crash',
    ...(options.url ? { DATABASE_URL: options.url } : {}),
    ...(options.partitions ? { ENGINE_PARTITIONS: String(options.partitions) } : {}),
  };
  const tokens = await prepare(environment);
  const address = `http://127.0.0.1:${port}`;
  const random = options.random ?? Math.random;
  const told = { registrations: new Map<string, string>(), completions: new Map<string, string>() };
  const state = { over: false };
  const walkers = Array.from({ length: options.walkers }, (_, index) =>
    walkAlong(`w${index}`, (login) => new ApiClient(address, tokens[login]!), told, state),
  );
  const recoveryMs: number[] = [];
  for (let kill = 0; kill <= options.kills; kill += 1) {
    const began = performance.now();
    const child = start(environment);
    await answering(address, child);
    recoveryMs.push(Math.round(performance.now() - began));
    // In the middle of work: after some more confirmed steps, at an odd moment; not for ever where the machine is slow.
    const steps = () => told.registrations.size + told.completions.size;
    const enough = steps() + Math.floor(random() * options.stepsAtMost);
    for (let waited = 0; waited < 15_000 && steps() < enough; waited += 10) await wait(10);
    await wait(random() * 40);
    if (kill < options.kills) {
      const gone = exited(child);
      child.kill('SIGKILL');
      await gone;
      options.log?.(
        `${kill + 1}/${options.kills}: ${told.registrations.size} registered, ${told.completions.size} completed`,
      );
    } else {
      state.over = true;
      await Promise.all(walkers);
      const gone = exited(child);
      child.kill('SIGTERM');
      await gone;
    }
  }
  return { ...(await look(environment, told)), kills: options.kills, recoveryMs: recoveryMs.sort((a, b) => a - b) };
}

/** A first start, and tokens for the people of one county. */
async function prepare(environment: Record<string, string>): Promise<Record<string, string>> {
  const composed = await compose(readConfig({ ...environment, PORT: '0' }), { quiet: true });
  try {
    const { sql, clock, ids } = composed.house;
    const people = (await composed.house.directory()).data.users.filter((user) => user.orgCode === '341523');
    const made = await Promise.all(
      people.map(async ({ login }) => [
        login,
        (await createToken({ sql, clock, ids }, login, { name: '测试', days: 30 })).token,
      ]),
    );
    return Object.fromEntries(made);
  } finally {
    await composed.stop();
  }
}

function start(environment: Record<string, string>): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'src/main.ts')], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...environment },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

const exited = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

async function answering(address: string, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the program ended with ${child.exitCode} instead of starting`);
    const up = await fetch(`${address}/login`).then(
      (response) => response.ok,
      () => false,
    );
    if (up) return;
    await wait(25);
  }
}

interface Told {
  /** Number by idempotency key. */
  registrations: Map<string, string>;
  /** Login by task. */
  completions: Map<string, string>;
}

/** One person after another moves demands along; whatever fails is asked for again until it is confirmed. */
async function walkAlong(
  name: string,
  as: (login: string) => ApiClient,
  told: Told,
  state: { over: boolean },
): Promise<void> {
  for (let serial = 0; !state.over; serial += 1) {
    const key = `${name}-${serial}`;
    const made = await persist(state, () =>
      as('pengqingming').post<{ number: string }>('/demands', DEMAND, { 'idempotency-key': key }),
    );
    if (!made) return;
    told.registrations.set(key, made.number);
    for (let step = 0; step < 400 && !state.over; step += 1) {
      const list = await persist(state, () =>
        as('xibailu').get<{ items: OpenTask[] }>(`/demands/${made.number}/tasks`),
      );
      const task = list?.items.find((item) => item.status === 'OPEN');
      if (!task) {
        if (list?.items.some((item) => item.formId === 'write-off')) break;
        await wait(15);
        continue;
      }
      const login = task.assignee ?? task.candidates[0]!;
      const done = await persist(state, () =>
        as(login)
          .post(`/tasks/${task.id}/complete`, answersTo(task, { expected: { hostDepartment: '341523-TAX2' } } as never))
          .catch((error: unknown) => {
            // An answer that never arrived may have been given: done is done.
            if (error instanceof ApiProblem && error.problem.reason === 'task-completed') return {};
            throw error;
          }),
      );
      if (done) told.completions.set(task.id, login);
    }
  }
}

/** Repeats until there is an answer. A designed refusal is a mistake of this test and is thrown; a dead server is waited for. */
async function persist<T>(state: { over: boolean }, ask: () => Promise<T>): Promise<T | undefined> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      if (error instanceof ApiProblem && error.status !== 500 && error.status !== 503 && error.status !== 429)
        throw error;
      if (state.over) return undefined;
      await wait(20);
    }
  }
}

/** Opens what is left, lets the engine finish what it owes, and holds it against what people were told. */
async function look(
  environment: Record<string, string>,
  told: Told,
): Promise<Omit<CrashReport, 'kills' | 'recoveryMs'>> {
  const composed = await compose(readConfig({ ...environment, PORT: '0' }), { quiet: true });
  try {
    const sql = composed.house.sql as Database;
    // A command that a killed process had in its hands is delivered when its lease of half a minute is over, not before.
    for (let second = 0; second < 60; second += 1) {
      await composed.settle();
      if ((await sql.query('select 1 from engine_outbox where refused_code is null limit 1')).length === 0) break;
      await wait(1000);
    }
    const wrong: string[] = [];
    const none = async (what: string, statement: string) => {
      for (const row of await sql.query(statement)) wrong.push(`${what}: ${JSON.stringify(row)}`);
    };
    const numbers = new Set(
      (await sql.query<{ number: string }>('select number from demand')).map((row) => row.number),
    );
    for (const [key, number] of told.registrations)
      if (!numbers.has(number)) wrong.push(`lost registration ${key} ${number}`);
    const done = new Map(
      (
        await sql.query<{ id: string; completed_by: string }>(
          `select id, completed_by from task where status = 'COMPLETED'`,
        )
      ).map((row) => [row.id, row.completed_by]),
    );
    for (const [task, login] of told.completions)
      if (done.get(task) !== login) wrong.push(`lost completion of ${task} by ${login}`);
    await none(
      'registered twice',
      'select request_hash, count(*) from registration_key group by key, login, request_hash having count(*) > 1',
    );
    await none(
      'demand without its key',
      `select number from demand d where not exists (select 1 from registration_key k where k.demand_id = d.id)`,
    );
    await none(
      'not exactly one instance',
      `select d.number, count(p.key)::int as n from demand d left join process_instance p on p.demand_id = d.id and p.process_id = 'fast-response' group by d.number having count(p.key) <> 1`,
    );
    await none(
      'task twice',
      `select demand_id, element_id, count(*)::int as n from task where status <> 'CANCELED' group by demand_id, element_id having count(*) > 1`,
    );
    await none(
      'element entered twice',
      `select process_instance_key, element_id, count(*)::int as n from element_visit group by process_instance_key, element_id having count(*) > 1`,
    );
    await none(
      'happened twice',
      `select subject_id, type, count(*)::int as n from history_event where subject_type = 'demand' and type in ('demand.registered', 'demand.transferred', 'demand.dispatched', 'demand.delivered', 'demand.completed', 'demand.feedback-given', 'demand.pushed', 'demand.visited', 'demand.written-off') group by subject_id, type having count(*) > 1`,
    );
    await none(
      'stands still',
      `select number, status from demand d where status <> 'WRITTEN_OFF' and not exists (select 1 from task t where t.demand_id = d.id and t.status = 'OPEN')`,
    );
    await none('command left', 'select command_id, refused_code, refused_message from engine_outbox');
    await none('incident', 'select element_id, error_message from incident_view where resolved_at is null');
    await none('job left', 'select key, type from engine_job');
    const history = await verifyAll(sql);
    for (const item of history.breaks) wrong.push(`history: ${JSON.stringify(item)}`);
    const [count] = await sql.query<{ n: number; off: number }>(
      `select count(*)::int as n, count(*) filter (where status = 'WRITTEN_OFF')::int as off from demand`,
    );
    return {
      confirmedRegistrations: told.registrations.size,
      confirmedCompletions: told.completions.size,
      demands: count!.n,
      writtenOff: count!.off,
      wrong,
    };
  } finally {
    await composed.stop();
  }
}
