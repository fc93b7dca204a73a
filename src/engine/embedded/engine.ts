import type { Database } from '../../db/sql.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type {
  CommandResult,
  DeployedProcess,
  EngineCommand,
  EngineRecord,
  InstanceState,
  JobHandler,
  Key,
  MigrateInstance,
  ProcessEngine,
  RecordReceiver,
  Resource,
} from '../port.ts';
import { execute } from './commands.ts';
import { readResources } from './definitions.ts';
import { deploy } from './deploy.ts';
import { DueTimers, TIMERS_AT_ONCE } from './due-timers.ts';
import { type Committed, GroupCommit } from './group-commit.ts';
import { inspect } from './inspect.ts';
import { JobRunner } from './job-runner.ts';
import { rehearseMigration } from './migrate/migrate.ts';
import { openJobsAt } from './open-jobs.ts';
import { Ownership } from './ownership.ts';
import { keyOf, partitionOf, partitionOfText } from './partitions.ts';
import { RecordStream } from './record-stream.ts';

const POLL_MS = 500;
const PRUNE_MS = 60_000;
const DAY_MS = 86_400_000;

export interface EmbeddedEngineParts {
  database: Database;
  clock: Clock;
  logger: Logger;
  /** Over how many partitions new work is spread. Left out: as the database has it. */
  partitions?: number | undefined;
  handlerTimeoutMs?: number;
}

/**
 * The token engine on our own SQL database. Every instance lives in a partition; commands queue up by partition and are carried out many
 * per transaction. Several nodes share the partitions out among them and work side by side; whoever meets on one takes turns.
 */
export class EmbeddedEngine implements ProcessEngine {
  readonly name = 'embedded' as const;
  readonly #parts: EmbeddedEngineParts;
  readonly #commit: GroupCommit;
  readonly #jobs: JobRunner;
  readonly #timers: DueTimers;
  readonly #stream: RecordStream;
  readonly #ownership: Ownership;
  #timer: NodeJS.Timeout | undefined;
  #ticking: Promise<void> | undefined;
  #started = false;
  #pruned = 0;
  #made = 0;

  constructor(parts: EmbeddedEngineParts) {
    this.#parts = parts;
    const { database, clock, logger } = parts;
    const commit = new GroupCommit({ database, clock, logger, committed: (done) => this.#afterCommit(done) });
    this.#commit = commit;
    this.#jobs = new JobRunner({
      database,
      clock,
      logger,
      commit,
      timeoutMs: parts.handlerTimeoutMs,
      rested: () => this.#stream.deliverSoon(),
    });
    this.#timers = new DueTimers({ database, clock, logger, commit });
    this.#stream = new RecordStream({ database, logger, atWork: () => this.#jobs.busy });
    this.#ownership = new Ownership(database);
  }

  async deploy(resources: readonly Resource[]): Promise<DeployedProcess[]> {
    const ready = await readResources(resources);
    const { partitions } = this.#commit;
    return this.#commit.enqueue({ partitions, keys: [], locked: true, work: (batch) => deploy(batch, ready) });
  }

  submit(commandId: string, command: EngineCommand): Promise<CommandResult> {
    const key = keyNamedBy(command);
    const partitions = key > 0 ? [partitionOf(key)] : this.#placesOf(command);
    const keys = key > 0 ? [key] : [];
    const message = command.type === 'publishMessage' ? { message: command } : {};
    return this.#commit.enqueue({ commandId, partitions, keys, ...message, work: (batch) => execute(batch, command) });
  }

  /** Where a command that names no key is carried out. */
  #placesOf(command: EngineCommand): number[] {
    if (command.type === 'publishMessage') return [partitionOfText(command.correlationKey, this.#commit.spread)];
    if (command.type === 'broadcastSignal') return this.#commit.partitions;
    if (command.type !== 'createInstance') return [1];
    // Where this node is at home, so that nodes do not meet; one place after the other.
    const own = this.#commit.owned.filter((partition) => partition <= this.#commit.spread);
    this.#made += 1;
    return [own.length > 0 ? own[this.#made % own.length]! : (this.#made % this.#commit.spread) + 1];
  }

  handle(jobType: string, handler: JobHandler): void {
    this.#jobs.handle(jobType, handler);
  }

  onRecords(receiver: RecordReceiver): void {
    this.#stream.receiver = receiver;
  }

  async start(): Promise<void> {
    this.#started = true;
    await this.#commit.open(this.#parts.partitions);
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
    this.#jobs.stop();
    this.#stream.stop();
    await this.#ticking;
    while (this.#jobs.busy || this.#commit.busy || this.#stream.delivering) {
      await this.#commit.quiet();
      await this.#stream.delivering;
      await this.#jobs.rest();
    }
    this.#commit.own(new Set());
    await this.#ownership.leave().catch((error: unknown) => {
      this.#parts.logger.warn(
        { err: error },
        'the partitions of this node could not be given back; others take them over',
      );
    });
  }

  async openJobsAt(elementInstanceKeys: readonly Key[]): Promise<ReadonlyMap<Key, EngineRecord>> {
    const keys = elementInstanceKeys.map(keyOf).filter((key) => key > 0);
    const found = await Promise.all(
      [...Map.groupBy(keys, partitionOf)].map(([partition, own]) =>
        this.#commit.enqueue<Map<Key, EngineRecord>>({
          partitions: [partition],
          keys: own,
          locked: true,
          work: (batch) => openJobsAt(batch, own),
        }),
      ),
    );
    return new Map(found.flatMap((map) => [...map]));
  }

  inspect(processInstanceKey: Key): Promise<InstanceState | undefined> {
    const key = keyOf(processInstanceKey);
    if (key === 0) return Promise.resolve(undefined);
    return this.#commit.enqueue({
      partitions: [partitionOf(key)],
      keys: [key],
      locked: true,
      work: (batch) => inspect(batch, key),
    });
  }

  /** All of one partition are looked at in one go, on the state that is committed at this moment. */
  async rehearseMigrations(commands: readonly MigrateInstance[]): Promise<readonly (readonly string[])[]> {
    const answers: (readonly string[])[] = commands.map(() => []);
    const places = Map.groupBy(commands.keys(), (index) => partitionOf(keyOf(commands[index]!.processInstanceKey)));
    for (const [partition, indexes] of places)
      await this.#commit.enqueue({
        partitions: [partition],
        keys: [...indexes].map((index) => keyOf(commands[index]!.processInstanceKey)).filter((key) => key > 0),
        locked: true,
        work: async (batch) => {
          for (const index of indexes) answers[index] = await rehearseMigration(batch, commands[index]!);
        },
      });
    return answers;
  }

  async settle(): Promise<void> {
    for (;;) {
      await this.#quiet();
      const { owned } = this.#commit;
      const timers = await this.#timers.fire(owned);
      // Another node may be at work on a job it holds.
      const jobs = await this.#jobs.take(owned, this.#ownership.alone);
      await this.#quiet();
      if (timers + jobs === 0) return;
    }
  }

  /** Waits for queues, handlers and records. */
  async #quiet(): Promise<void> {
    for (;;) {
      await this.#commit.quiet();
      await this.#jobs.rest();
      await this.#stream.look(this.#commit.partitions);
      if (!this.#commit.busy && !this.#jobs.busy && !this.#stream.busy) return;
    }
  }

  #afterCommit({ batch, records }: Committed): void {
    if (!this.#started) return;
    this.#jobs.offerMade(batch);
    this.#stream.push(records);
  }

  // ---- time ------------------------------------------------------------------------------------------------

  #tick(): Promise<void> {
    this.#ticking ??= (async () => {
      try {
        await this.#beat();
        const { owned } = this.#commit;
        while ((await this.#timers.fire(owned)) >= TIMERS_AT_ONCE);
        await this.#jobs.take(owned);
        await this.#stream.look(owned);
        await this.#prune(owned);
      } catch (error) {
        this.#parts.logger.error({ err: error }, 'engine tick failed');
      } finally {
        this.#ticking = undefined;
      }
    })();
    return this.#ticking;
  }

  /** Takes over partitions that are free, with the jobs a dead node has left. */
  async #beat(): Promise<void> {
    const share = await this.#ownership.beat();
    if (!share) return;
    this.#commit.own(share.owned);
    if (share.inherited.length === 0) return;
    this.#parts.logger.info({ partitions: share.inherited }, 'took over partitions of a node that is gone');
    await this.#jobs.take(share.inherited, true);
  }

  /** Forgets answered command ids after a week, messages after their time, and received records after a month. */
  async #prune(owned: readonly number[]): Promise<void> {
    const now = this.#parts.clock.now().getTime();
    if (now - this.#pruned < PRUNE_MS) return;
    this.#pruned = now;
    const { database } = this.#parts;
    if (owned.includes(1)) {
      // Without waiting for those a batch has in its hands.
      await database.query(
        `delete from engine_message where key = any(array(select key from engine_message where expires_at <= $1 for update skip locked))`,
        [now],
      );
      await database.query('delete from engine_command where at < $1', [now - 7 * DAY_MS]);
    }
    for (const partition of owned) await this.#stream.prune(partition, now);
  }
}

/** The key a command is about; 0 for a command that names none, or nothing that could be one. */
function keyNamedBy(command: EngineCommand): number {
  if ('jobKey' in command) return keyOf(command.jobKey);
  if ('incidentKey' in command) return keyOf(command.incidentKey);
  if ('elementInstanceKey' in command) return keyOf(command.elementInstanceKey);
  if ('processInstanceKey' in command) return keyOf(command.processInstanceKey);
  return 0;
}
