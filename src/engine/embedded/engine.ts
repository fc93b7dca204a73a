import type { Database, Sql } from '../../db/sql.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import {
  type ActivatedJob,
  CommandRejected,
  type CommandResult,
  type DeployedProcess,
  type EngineCommand,
  type EngineRecord,
  type JobHandler,
  type JobOutcome,
  type Key,
  type ProcessEngine,
  type RecordReceiver,
  type RejectionCode,
  type Resource,
} from '../port.ts';
import { Batch, type TimerRow } from './batch.ts';
import { execute, fire } from './commands.ts';
import { Definitions, type Deployed, readResources } from './definitions.ts';
import { deploy } from './deploy.ts';
import { openJobsAt } from './open-jobs.ts';
import { unpackRecords } from './pack-records.ts';
import { treeOf } from './run/state.ts';
import { NeverRests, type Tree } from './run/step.ts';
import { writeBatch } from './write-batch.ts';

const LARGEST_BATCH = 256;
/** A service job that was handed out comes back after this time, when its node has died. */
const LEASE_MS = 30_000;
/** A handler that has not answered by then counts as failed. */
const HANDLER_TIMEOUT_MS = 120_000;
const POLL_MS = 500;
const CACHED_TREES = 20_000;
const JOBS_AT_ONCE = 16;
const TIMERS_AT_ONCE = 1000;
const RECORDS_AT_ONCE = 2000;
const GATHER_MS = 10;
const DAY_MS = 86_400_000;
const RECORDS_KEPT_DAYS = 30;
/** How long a node keeps to the lock after it has been overtaken. */
const CONTENDED_BATCHES = 50;

/** What a written batch leaves behind. */
interface Done {
  batch: Batch;
  records: EngineRecord[];
  end: number;
  deployments: number;
}

interface Pending {
  commandId?: string;
  work: (batch: Batch) => Promise<unknown>;
  /** Keys whose trees the work will need. */
  keys: number[];
  /** Writes rows itself, or must see what other nodes have written: under the lock only. */
  locked?: boolean;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

/**
 * The token engine on our own SQL database. Commands queue up and are carried out many per transaction (group commit);
 * the partition's row is locked for the batch, so several nodes take turns and positions have no gaps.
 */
export class EmbeddedEngine implements ProcessEngine {
  readonly name = 'embedded' as const;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #definitions = new Definitions();
  readonly #handlers = new Map<string, JobHandler>();
  readonly #trees = new Map<number, Tree>();
  #receiver: RecordReceiver | undefined;
  #queue: Pending[] = [];
  #working: Promise<void> | undefined;
  /** Position and deployments this node has seen; when the row says more, another node has written. */
  #position = -1;
  #nextTree = 0;
  #deployments = -1;
  /** Batches still to be written under the lock, after another node was seen writing. */
  #contended = 0;
  #done: Done | undefined;
  #jobQueue: ActivatedJob[] = [];
  #jobsRunning = 0;
  readonly #held = new Set<string>();
  #fresh: EngineRecord[] = [];
  #delivered = -1;
  #delivering: Promise<void> | undefined;
  #gathering: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #started = false;
  #idle: (() => void)[] = [];

  readonly #handlerTimeoutMs: number;

  constructor(parts: { database: Database; clock: Clock; logger: Logger; handlerTimeoutMs?: number }) {
    this.#handlerTimeoutMs = parts.handlerTimeoutMs ?? HANDLER_TIMEOUT_MS;
    this.#database = parts.database;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
  }

  // ---- port ------------------------------------------------------------------------------------------------

  async deploy(resources: readonly Resource[]): Promise<DeployedProcess[]> {
    const ready = await readResources(resources);
    return this.#enqueue({ keys: [], locked: true, work: (batch) => deploy(batch, ready) });
  }

  submit(commandId: string, command: EngineCommand): Promise<CommandResult> {
    return this.#enqueue({ commandId, keys: keysOf(command), work: (batch) => execute(batch, command) });
  }

  handle(jobType: string, handler: JobHandler): void {
    this.#handlers.set(jobType, handler);
  }

  onRecords(receiver: RecordReceiver): void {
    this.#receiver = receiver;
  }

  async start(): Promise<void> {
    this.#started = true;
    await this.#deliver(true);
    await this.#tick();
    const next = () => {
      this.#timer = setTimeout(async () => {
        await this.#tick();
        if (this.#started) next();
      }, POLL_MS);
      this.#timer.unref();
    };
    next();
  }

  async stop(): Promise<void> {
    this.#started = false;
    clearTimeout(this.#timer);
    clearTimeout(this.#gathering);
    this.#jobQueue = [];
    await this.#ticking;
    while (this.#jobsRunning > 0 || this.#working || this.#delivering) {
      await this.#working;
      await this.#delivering;
      if (this.#jobsRunning > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  async openJobsAt(elementInstanceKeys: readonly Key[]): Promise<ReadonlyMap<Key, EngineRecord>> {
    const keys = elementInstanceKeys.filter((key) => /^\d{1,16}$/.test(key)).map(Number);
    if (keys.length === 0) return new Map();
    return this.#enqueue<Map<Key, EngineRecord>>({ keys, locked: true, work: (batch) => openJobsAt(batch, keys) });
  }

  async settle(): Promise<void> {
    for (;;) {
      await this.#quiet();
      const timers = await this.#fireDue();
      const jobs = await this.#takeJobs(true);
      await this.#quiet();
      if (timers + jobs === 0) return;
    }
  }

  /** Waits for queue, handlers and records. */
  async #quiet(): Promise<void> {
    for (;;) {
      await this.#working;
      if (this.#jobsRunning > 0 || this.#jobQueue.length > 0) {
        this.#pump();
        await new Promise<void>((resolve) => this.#idle.push(resolve));
        continue;
      }
      await this.#deliver(true);
      if (
        !this.#working &&
        this.#jobsRunning === 0 &&
        this.#jobQueue.length === 0 &&
        this.#queue.length === 0 &&
        this.#fresh.length === 0
      )
        return;
    }
  }

  // ---- group commit ----------------------------------------------------------------------------------------

  #enqueue<T>(item: Omit<Pending, 'resolve' | 'reject'>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#queue.push({ ...item, resolve: resolve as Pending['resolve'], reject });
      this.#work();
    });
  }

  #work(): void {
    if (this.#working) return;
    this.#working = (async () => {
      // Everything that is asked for in the same turn goes into one transaction.
      await new Promise<void>((resolve) => setImmediate(resolve));
      while (this.#queue.length > 0) {
        const items = this.#queue.splice(0, LARGEST_BATCH);
        await this.#carryOut(items);
      }
    })().finally(() => {
      this.#working = undefined;
      if (this.#queue.length > 0) this.#work();
    });
  }

  async #carryOut(items: Pending[]): Promise<void> {
    try {
      const outcomes = await this.#commit(items);
      items.forEach((item, index) => {
        const outcome = outcomes[index]!;
        if (outcome.ok) item.resolve(outcome.value);
        else item.reject(outcome.error);
      });
    } catch (error) {
      this.#forget();
      if (items.length === 1) {
        items[0]!.reject(error);
        return;
      }
      // One of them is at fault, or the database was away: each gets its own transaction and its own answer.
      this.#logger.warn({ err: error, commands: items.length }, 'engine batch failed, retrying one by one');
      for (const item of items) await this.#carryOut([item]);
    }
  }

  #forget(): void {
    this.#trees.clear();
    this.#position = -1;
  }

  async #commit(items: Pending[]): Promise<Outcome[]> {
    const added: Deployed[] = [];
    try {
      const outcomes = await this.#transact(items, added);
      this.#afterCommit(this.#done!);
      return outcomes;
    } catch (error) {
      // Nothing was deployed after all.
      for (const definition of added.reverse()) {
        this.#definitions.remove(definition, this.#definitions.find(definition.process.id, definition.version - 1));
      }
      throw error;
    }
  }

  /**
   * As long as no other node writes, what this node holds in memory is what the database holds: the batch runs on it, reads what it
   * lacks, and is written in one call that refuses if the partition has moved. Otherwise the partition's row is locked first.
   */
  async #transact(items: Pending[], added: Deployed[]): Promise<Outcome[]> {
    if (this.#position >= 0 && this.#contended === 0 && !items.some((item) => item.locked)) {
      try {
        return await this.#perform(this.#database, items, added, {
          position: this.#position,
          nextTree: this.#nextTree,
          deployments: this.#deployments,
        });
      } catch (error) {
        const code = sqlState(error);
        if (code !== OVERTAKEN && code !== ANSWERED_BEFORE) throw error;
        this.#forget();
        this.#contended = code === OVERTAKEN ? CONTENDED_BATCHES : 1;
      }
    }
    if (this.#contended > 0) this.#contended -= 1;
    return this.#database.transaction(async (sql) => {
      const [row] = await sql.query<{ position: string; next_tree: string; deployments: number }>(
        'select position, next_tree, deployments from engine_partition where id = 1 for update',
      );
      const position = Number(row!.position);
      if (position !== this.#position) this.#trees.clear();
      if (row!.deployments !== this.#deployments) {
        await this.#definitions.load(sql);
        this.#deployments = row!.deployments;
      }
      const start = { position, nextTree: Number(row!.next_tree), deployments: row!.deployments };
      return this.#perform(sql, items, added, start, await knownResults(sql, items));
    });
  }

  /** Runs the work of a batch and writes it. `known` are command ids that were answered before, where they have been looked up. */
  async #perform(
    sql: Sql,
    items: Pending[],
    added: Deployed[],
    start: { position: number; nextTree: number; deployments: number },
    known: ReadonlyMap<string, string> = new Map(),
  ): Promise<Outcome[]> {
    const now = this.#clock.now().getTime();
    const batch = new Batch({
      sql,
      definitions: this.#definitions,
      now,
      trees: this.#trees,
      nextTree: start.nextTree,
      added,
    });
    await batch.load(items.flatMap((item) => item.keys));
    const outcomes: Outcome[] = [];
    const commands = new Map<string, string>();
    for (const item of items) {
      const id = item.commandId;
      const before = id === undefined ? undefined : (known.get(id) ?? commands.get(id));
      const outcome = before === undefined ? await attempt(() => item.work(batch)) : readOutcome(before);
      outcomes.push(outcome);
      if (id !== undefined && before === undefined) commands.set(id, writeOutcome(outcome));
    }
    const records = batch.numbered(start.position);
    const end = start.position + records.length;
    const deployments = start.deployments + (added.length > 0 ? 1 : 0);
    await writeBatch(batch, {
      expected: start.position,
      position: end,
      records,
      commands: [...commands].map(([id, result]) => ({ id, result })),
      leaseUntil: now + LEASE_MS,
      deployments,
    });
    this.#done = { batch, records, end, deployments };
    return outcomes;
  }

  #afterCommit(done: Done): void {
    this.#done = undefined;
    this.#position = done.end;
    this.#nextTree = done.batch.nextTree;
    this.#deployments = done.deployments;
    for (const id of done.batch.touched) if (this.#trees.get(id)?.els.size === 0) this.#trees.delete(id);
    if (this.#trees.size > CACHED_TREES)
      for (const id of [...this.#trees.keys()].slice(0, this.#trees.size - CACHED_TREES)) this.#trees.delete(id);
    for (const [key, row] of done.batch.jobs.put) {
      if (!this.#handlers.has(row.type) || !this.#started) continue;
      const job = done.batch.activatedJob(key);
      if (job) this.#offer(job);
    }
    if (this.#receiver && done.records.length > 0 && this.#started) {
      this.#fresh.push(...done.records);
      this.#deliverSoon();
    }
  }

  // ---- jobs ------------------------------------------------------------------------------------------------

  #offer(job: ActivatedJob): void {
    if (this.#held.has(job.key)) return;
    this.#held.add(job.key);
    this.#jobQueue.push(job);
    this.#pump();
  }

  #pump(): void {
    while (this.#jobsRunning < JOBS_AT_ONCE && this.#jobQueue.length > 0) {
      const job = this.#jobQueue.shift()!;
      this.#jobsRunning += 1;
      void this.#runJob(job).finally(() => {
        this.#held.delete(job.key);
        this.#jobsRunning -= 1;
        this.#pump();
        if (this.#jobsRunning > 0) return;
        if (this.#fresh.length > 0) this.#deliverSoon();
        for (const wake of this.#idle.splice(0)) wake();
      });
    }
  }

  async #runJob(job: ActivatedJob): Promise<void> {
    const handler = this.#handlers.get(job.type)!;
    let outcome: JobOutcome;
    try {
      outcome = checkedOutcome(await this.#inTime(handler(job)));
    } catch (error) {
      this.#logger.error({ err: error, jobType: job.type, jobKey: job.key }, 'job handler failed');
      outcome = failureOf(job, error);
    }
    try {
      const command = commandOf(job, outcome);
      await this.#enqueue({ keys: [Number(job.key)], work: (batch) => execute(batch, command) });
    } catch (error) {
      if (error instanceof NeverRests) {
        const failed = commandOf(job, { kind: 'fail', errorMessage: error.message, retries: 0 });
        await this.#enqueue({ keys: [Number(job.key)], work: (batch) => execute(batch, failed) }).catch(
          (cause: unknown) => this.#logger.error({ err: cause, jobKey: job.key }, 'a job could not be failed'),
        );
        return;
      }
      // Done by somebody else, or withdrawn meanwhile: nothing is owed.
      if (error instanceof CommandRejected)
        this.#logger.debug({ jobKey: job.key, code: error.code }, 'job was already gone');
      else this.#logger.error({ err: error, jobKey: job.key }, 'job outcome could not be stored; the job comes again');
    }
  }

  /** A handler that never answers must not hold its place for ever. */
  #inTime(work: Promise<JobOutcome>): Promise<JobOutcome> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('the handler did not answer in time')), this.#handlerTimeoutMs);
      timer.unref();
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  /** Jobs nobody holds: after a restart, or when their node has died. `all` also takes those another node may hold. */
  async #takeJobs(all = false): Promise<number> {
    const types = [...this.#handlers.keys()];
    if (types.length === 0) return 0;
    const now = this.#clock.now().getTime();
    const rows = await this.#database.query<{ key: string }>(
      'select key from engine_job where type = any($1::text[]) and (locked_until <= $2 or $3::boolean) order by key limit 500',
      [types, now, all],
    );
    const keys = rows.map((row) => Number(row.key)).filter((key) => !this.#held.has(String(key)));
    if (keys.length === 0) return 0;
    const jobs = await this.#enqueue<ActivatedJob[]>({
      keys,
      work: async (batch) => {
        const found: ActivatedJob[] = [];
        for (const key of keys) {
          await batch.load([key]);
          const job = batch.activatedJob(key);
          if (!job) continue;
          batch.jobs.put.set(key, { type: job.type });
          found.push(job);
        }
        return found;
      },
    });
    for (const job of jobs) this.#offer(job);
    return jobs.length;
  }

  // ---- time ------------------------------------------------------------------------------------------------

  #tick(): Promise<void> {
    this.#ticking ??= (async () => {
      try {
        while ((await this.#fireDue()) === TIMERS_AT_ONCE);
        await this.#takeJobs(false);
        if (this.#receiver && !this.#delivering) await this.#deliver(true);
        await this.#prune();
      } catch (error) {
        this.#logger.error({ err: error }, 'engine tick failed');
      } finally {
        this.#ticking = undefined;
      }
    })();
    return this.#ticking;
  }

  /** Fires timers that are due, in the order of their due dates. */
  async #fireDue(): Promise<number> {
    const now = this.#clock.now().getTime();
    const rows = await this.#database.query<{
      key: string;
      owner: string;
      kind: TimerRow['kind'];
      due_at: string;
      data: string | null;
    }>('select key, owner, kind, due_at, data from engine_timer where due_at <= $1 order by due_at, key limit $2', [
      now,
      TIMERS_AT_ONCE,
    ]);
    if (rows.length === 0) return 0;
    const timers = rows.map((row) => ({
      key: Number(row.key),
      owner: Number(row.owner),
      kind: row.kind,
      dueAt: Number(row.due_at),
      data: row.data,
    }));
    try {
      await this.#fireTogether(timers);
    } catch (error) {
      // One that cannot fire must not keep the others waiting.
      this.#logger.warn({ err: error, timers: timers.length }, 'timers could not fire together, firing one by one');
      for (const timer of timers) {
        await this.#fireTogether([timer]).catch((cause: unknown) =>
          this.#logger.error({ err: cause, timerKey: timer.key, owner: timer.owner }, 'a timer cannot fire'),
        );
      }
      // What is still due waits for the next look.
      return 0;
    }
    return rows.length;
  }

  async #fireTogether(timers: readonly TimerRow[]): Promise<void> {
    await this.#enqueue({
      keys: timers.filter((timer) => timer.kind !== 'START').map((timer) => timer.owner),
      work: async (batch) => {
        // Another node may have fired some of them since they were read.
        const alive = new Set(
          (
            await batch.sql.query<{ key: string }>('select key from engine_timer where key = any($1::bigint[])', [
              timers.map((timer) => String(timer.key)),
            ])
          ).map((row) => Number(row.key)),
        );
        for (const timer of timers) if (alive.has(timer.key)) await fire(batch, timer);
        return {};
      },
    });
  }

  #pruned = 0;
  /** Forgets answered command ids after a week, messages after their time, and received records after a month. */
  async #prune(): Promise<void> {
    const now = this.#clock.now().getTime();
    if (now - this.#pruned < 60_000) return;
    this.#pruned = now;
    await this.#database.query('delete from engine_message where expires_at <= $1', [now]);
    await this.#database.query('delete from engine_command where at < $1', [now - 7 * DAY_MS]);
    if (this.#receiver) await this.#pruneRecords(now, await this.#receiver.fromPosition(1));
  }

  /** Records have no time of their own in the table: a mark a day says how far the stream had come. */
  async #pruneRecords(now: number, received: number): Promise<void> {
    await this.#database.query(
      `insert into engine_record_mark (day, position) select $1, position from engine_partition where id = 1 on conflict do nothing`,
      [Math.floor(now / DAY_MS)],
    );
    const [mark] = await this.#database.query<{ position: string | null }>(
      'select max(position) as position from engine_record_mark where day <= $1',
      [Math.floor(now / DAY_MS) - RECORDS_KEPT_DAYS],
    );
    if (mark?.position == null) return;
    await this.#database.query('delete from engine_record where last_position <= least($1::bigint, $2::bigint)', [
      mark.position,
      received,
    ]);
    await this.#database.query('delete from engine_record_mark where position < $1::bigint', [mark.position]);
  }

  // ---- records ---------------------------------------------------------------------------------------------

  /** While handlers are at work more records are about to come: a chain of service tasks is received in one piece, a crowd's in few. */
  #deliverSoon(): void {
    if (this.#jobsRunning + this.#jobQueue.length === 0) void this.#deliver();
    else this.#gathering ??= setTimeout(() => void this.#deliver(), GATHER_MS);
  }

  /** Hands records to the receiver in order; those of other nodes are read from the table. */
  #deliver(look = false): Promise<void> {
    clearTimeout(this.#gathering);
    this.#gathering = undefined;
    if (!this.#receiver) {
      this.#fresh = [];
      return Promise.resolve();
    }
    // A look that was asked for is not answered by a delivery that does not look.
    if (look && this.#delivering) return this.#delivering.then(() => this.#deliver(true));
    this.#delivering ??= this.#deliverAll(this.#receiver, look)
      .catch((error: unknown) => {
        this.#logger.error({ err: error }, 'records could not be delivered; they come again');
        this.#delivered = -1;
        this.#fresh = [];
      })
      .finally(() => {
        this.#delivering = undefined;
      });
    return this.#delivering;
  }

  /** What this node has written itself is at hand; the table is read for what others have written (`look`), and after a gap. */
  async #deliverAll(receiver: RecordReceiver, look: boolean): Promise<void> {
    if (this.#delivered < 0) this.#delivered = await receiver.fromPosition(1);
    for (;;) {
      while (this.#fresh.length > 0 && this.#fresh[0]!.position <= this.#delivered) this.#fresh.shift();
      if (!look && this.#fresh.length === 0 && this.#delivered >= this.#position) return;
      const own = this.#nextOwn();
      const records = own.length > 0 ? own : await this.#readRecords(this.#delivered);
      if (records.length === 0) {
        if (this.#fresh.length === 0) return;
        continue;
      }
      await receiver.receive(records);
      this.#delivered = records.at(-1)!.position;
    }
  }

  /** What this node has written right after what has been delivered; it ends where another node has written in between. */
  #nextOwn(): EngineRecord[] {
    let count = 0;
    while (count < RECORDS_AT_ONCE && this.#fresh[count]?.position === this.#delivered + count + 1) count += 1;
    return this.#fresh.splice(0, count);
  }

  async #readRecords(after: number): Promise<EngineRecord[]> {
    const rows = await this.#database.query<{ records: Uint8Array }>(
      'select records from engine_record where last_position > $1 order by position limit 50',
      [after],
    );
    return rows.flatMap((row) => unpackRecords(row.records)).filter((record) => record.position > after);
  }
}

/** SQLSTATEs of a batch that has to be done again under the lock: another node has written in between; a command came a second time. */
const OVERTAKEN = 'SY001';
const ANSWERED_BEFORE = '23505';
const sqlState = (error: unknown): string | undefined =>
  (error as { code?: string }).code ?? (error as { cause?: { code?: string } }).cause?.code;

// ---- answers of commands -------------------------------------------------------------------------------------

type Outcome = { ok: true; value: unknown } | { ok: false; error: CommandRejected };

async function attempt(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    // What never rests has changed things on its way: the whole batch is given up, and everyone but the culprit tried again.
    if (error instanceof CommandRejected && !(error instanceof NeverRests)) return { ok: false, error };
    throw error;
  }
}

const writeOutcome = (outcome: Outcome): string =>
  JSON.stringify(outcome.ok ? { value: outcome.value } : { code: outcome.error.code, message: outcome.error.message });

function readOutcome(text: string): Outcome {
  const stored = JSON.parse(text) as { value?: unknown; code?: RejectionCode; message?: string };
  return stored.code
    ? { ok: false, error: new CommandRejected(stored.code, stored.message ?? '') }
    : { ok: true, value: stored.value };
}

async function knownResults(sql: Sql, items: Pending[]): Promise<Map<string, string>> {
  const ids = items.flatMap((item) => item.commandId ?? []);
  if (ids.length === 0) return new Map();
  const rows = await sql.query<{ id: string; result: string }>(
    'select id, result from engine_command where id = any($1::text[])',
    [ids],
  );
  return new Map(rows.map((row) => [row.id, row.result]));
}

/** Trees a command will need, so that a batch loads them together. */
function keysOf(command: EngineCommand): number[] {
  const text =
    'jobKey' in command
      ? command.jobKey
      : 'incidentKey' in command
        ? command.incidentKey
        : 'elementInstanceKey' in command
          ? command.elementInstanceKey
          : 'processInstanceKey' in command
            ? command.processInstanceKey
            : '';
  return /^\d{1,16}$/.test(text) && treeOf(Number(text)) > 0 ? [Number(text)] : [];
}

/** What a handler has answered, if it is an answer at all and can be stored. */
function checkedOutcome(outcome: JobOutcome): JobOutcome {
  const kinds: readonly unknown[] = ['complete', 'error', 'fail'];
  if (typeof outcome !== 'object' || outcome === null || !kinds.includes(outcome.kind))
    throw new Error('the handler gave no outcome');
  const variables = outcome.kind === 'fail' ? undefined : outcome.variables;
  if (variables === undefined) return outcome;
  if (typeof variables !== 'object' || variables === null || Array.isArray(variables))
    throw new Error('the variables of an outcome are an object');
  // Throws for what has no JSON, before it can spoil a batch.
  return { ...outcome, variables: JSON.parse(JSON.stringify(variables)) } as JobOutcome;
}

/** One retry less, after a pause that doubles. */
function failureOf(job: ActivatedJob, error: unknown): JobOutcome {
  const attempt = Math.max(0, 3 - job.retries);
  return {
    kind: 'fail',
    errorMessage: error instanceof Error ? error.message : String(error),
    retries: Math.max(0, job.retries - 1),
    backoffMs: Math.min(60_000, 1000 * 2 ** attempt),
  };
}

function commandOf(job: ActivatedJob, outcome: JobOutcome): EngineCommand {
  switch (outcome.kind) {
    case 'complete':
      return { type: 'completeJob', jobKey: job.key, variables: outcome.variables ?? {} };
    case 'error':
      return {
        type: 'throwError',
        jobKey: job.key,
        errorCode: outcome.errorCode,
        ...(outcome.errorMessage ? { errorMessage: outcome.errorMessage } : {}),
        ...(outcome.variables ? { variables: outcome.variables } : {}),
      };
    case 'fail':
      return {
        type: 'failJob',
        jobKey: job.key,
        retries: outcome.retries ?? job.retries - 1,
        errorMessage: outcome.errorMessage,
        ...(outcome.backoffMs ? { backoffMs: outcome.backoffMs } : {}),
      };
  }
}
