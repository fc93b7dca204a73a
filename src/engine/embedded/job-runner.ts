import type { Database } from '../../db/sql.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import { type ActivatedJob, CommandRejected, type JobHandler, type JobOutcome } from '../port.ts';
import type { Batch } from './batch.ts';
import { execute } from './commands.ts';
import type { GroupCommit } from './group-commit.ts';
import { checkedOutcome, commandOf, failureOf } from './job-outcome.ts';
import { partitionOf } from './partitions.ts';
import { NeverRests } from './run/step.ts';

/** A handler that has not answered by then counts as failed. */
const HANDLER_TIMEOUT_MS = 120_000;
const JOBS_AT_ONCE = 16;
const TAKEN_AT_ONCE = 500;

/** Runs the handlers of service jobs on this node: of those it has made itself, and of those nobody holds. */
export class JobRunner {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #commit: GroupCommit;
  readonly #timeoutMs: number;
  readonly #handlers = new Map<string, JobHandler>();
  #queue: ActivatedJob[] = [];
  #running = 0;
  #taking: Promise<unknown> = Promise.resolve();
  readonly #held = new Set<string>();
  #idle: (() => void)[] = [];
  readonly #rested: () => void;

  constructor(parts: {
    database: Database;
    clock: Clock;
    logger: Logger;
    commit: GroupCommit;
    timeoutMs?: number | undefined;
    /** Told when the last handler has answered. */
    rested: () => void;
  }) {
    this.#rested = parts.rested;
    this.#database = parts.database;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#commit = parts.commit;
    this.#timeoutMs = parts.timeoutMs ?? HANDLER_TIMEOUT_MS;
  }

  handle(jobType: string, handler: JobHandler): void {
    this.#handlers.set(jobType, handler);
  }

  get busy(): boolean {
    return this.#running > 0 || this.#queue.length > 0;
  }

  /** Takes nothing more from the queue. */
  stop(): void {
    for (const job of this.#queue) this.#held.delete(job.key);
    this.#queue = [];
  }

  /** Resolves when no handler runs and nothing waits for one. */
  async rest(): Promise<void> {
    while (this.busy) {
      this.#pump();
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
  }

  /** Jobs this batch has made, leased with it. */
  offerMade(batch: Batch): void {
    for (const [key, row] of batch.jobs.put) {
      if (!this.#handlers.has(row.type)) continue;
      const job = batch.activatedJob(key);
      if (job) this.#offer(job);
    }
  }

  /** Jobs of these partitions that nobody holds. `all` also takes those a node still has the lease of: it is known to be gone. */
  take(partitions: readonly number[], all = false): Promise<number> {
    // One after the other: two at once would both find a job that neither holds yet.
    const taking = this.#taking.then(() => this.#takeFree(partitions, all));
    this.#taking = taking.catch(() => 0);
    return taking;
  }

  async #takeFree(partitions: readonly number[], all: boolean): Promise<number> {
    const types = [...this.#handlers.keys()];
    if (types.length === 0 || partitions.length === 0) return 0;
    const rows = await this.#database.query<{ key: string }>(
      `select key from engine_job where type = any($1::text[]) and (locked_until <= $2 or $3::boolean) and (key >> 47) + 1 = any($4::bigint[])
       order by key limit ${TAKEN_AT_ONCE}`,
      [types, this.#clock.now().getTime(), all, partitions.map(String)],
    );
    const keys = rows.map((row) => Number(row.key)).filter((key) => !this.#held.has(String(key)));
    const byPartition = Map.groupBy(keys, partitionOf);
    const taken = await Promise.all([...byPartition].map(([partition, own]) => this.#lease(partition, own)));
    return taken.reduce((sum, count) => sum + count, 0);
  }

  /** Leased anew they are among what the batch has made, and are offered with it. */
  #lease(partition: number, keys: readonly number[]): Promise<number> {
    return this.#commit.enqueue<number>({
      partitions: [partition],
      keys,
      work: async (batch) => {
        let found = 0;
        for (const key of keys) {
          await batch.load([key]);
          const job = batch.activatedJob(key);
          if (!job) continue;
          batch.jobs.put.set(key, { type: job.type });
          found += 1;
        }
        return found;
      },
    });
  }

  #offer(job: ActivatedJob): void {
    if (this.#held.has(job.key)) return;
    this.#held.add(job.key);
    this.#queue.push(job);
    this.#pump();
  }

  #pump(): void {
    while (this.#running < JOBS_AT_ONCE && this.#queue.length > 0) {
      const job = this.#queue.shift()!;
      this.#running += 1;
      void this.#run(job).finally(() => {
        this.#held.delete(job.key);
        this.#running -= 1;
        this.#pump();
        if (this.#running > 0) return;
        this.#rested();
        for (const wake of this.#idle.splice(0)) wake();
      });
    }
  }

  async #run(job: ActivatedJob): Promise<void> {
    let outcome: JobOutcome;
    try {
      outcome = checkedOutcome(await this.#inTime(this.#handlers.get(job.type)!(job)));
    } catch (error) {
      this.#logger.error({ err: error, jobType: job.type, jobKey: job.key }, 'job handler failed');
      outcome = failureOf(job, error);
    }
    try {
      await this.#answer(job, outcome);
    } catch (error) {
      if (error instanceof NeverRests) {
        await this.#answer(job, { kind: 'fail', errorMessage: error.message, retries: 0 }).catch((cause: unknown) =>
          this.#logger.error({ err: cause, jobKey: job.key }, 'a job could not be failed'),
        );
        return;
      }
      // Done by somebody else, or withdrawn meanwhile: nothing is owed.
      if (error instanceof CommandRejected)
        this.#logger.debug({ jobKey: job.key, code: error.code }, 'job was already gone');
      else this.#logger.error({ err: error, jobKey: job.key }, 'job outcome could not be stored; the job comes again');
    }
  }

  #answer(job: ActivatedJob, outcome: JobOutcome): Promise<unknown> {
    const command = commandOf(job, outcome);
    const key = Number(job.key);
    return this.#commit.enqueue({
      partitions: [partitionOf(key)],
      keys: [key],
      work: (batch) => execute(batch, command),
    });
  }

  /** A handler that never answers must not hold its place for ever. */
  #inTime(work: Promise<JobOutcome>): Promise<JobOutcome> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('the handler did not answer in time')), this.#timeoutMs);
      timer.unref();
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }
}
