import type { Database, Sql } from '../../db/sql.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { EngineRecord } from '../port.ts';
import { attempt, knownResults, type Outcome, readOutcome, writeOutcome } from './answers.ts';
import { Batch } from './batch.ts';
import { Definitions, type Deployed } from './definitions.ts';
import { Lane, type PartitionRow, type Pending } from './lane.ts';
import { Elsewhere, firstTree, union } from './partitions.ts';
import { CacheBudget } from './tree-cache.ts';
import { type Advance, writeBatch } from './write-batch.ts';

const LARGEST_BATCH = 256;
/** A service job that was handed out comes back after this time, when its node has died. */
const LEASE_MS = 30_000;
/** State kept in memory, in bytes of stored text. */
const CACHED_BYTES = 8 * 2 ** 20;

/** SQLSTATEs of a batch that has to be done again under the lock: another node has written in between; a command came a second time. */
const OVERTAKEN = 'SY001';
const ANSWERED_BEFORE = '23505';
const sqlState = (error: unknown): string | undefined =>
  (error as { code?: string }).code ?? (error as { cause?: { code?: string } }).cause?.code;

/** A batch that is written. */
export interface Committed {
  batch: Batch;
  records: ReadonlyMap<number, EngineRecord[]>;
}
interface Performed extends Committed {
  outcomes: Outcome[];
  advances: readonly Advance[];
}

/**
 * Carries out what is asked for, many things per transaction: a queue and one writer for each partition, and one more for what needs
 * several partitions at once. The writers of different partitions work side by side. More than 200 lines: it is one thought.
 */
export class GroupCommit {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #committed: (done: Committed) => void;
  readonly #definitions = new Definitions();
  readonly #budget = new CacheBudget(CACHED_BYTES);
  readonly #lanes: Lane[] = [];
  readonly #wide: Pending[] = [];
  #wideWorking: Promise<void> | undefined;
  /** Deployments and changes of the number of partitions this node has seen. */
  #deployments = -1;
  spread = 1;

  constructor(parts: { database: Database; clock: Clock; logger: Logger; committed(done: Committed): void }) {
    this.#database = parts.database;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#committed = parts.committed;
    this.#grow(1);
  }

  get partitions(): number[] {
    return this.#lanes.map((lane) => lane.id);
  }
  get owned(): number[] {
    return this.#lanes.filter((lane) => lane.owned).map((lane) => lane.id);
  }
  get busy(): boolean {
    return this.#wideWorking !== undefined || this.#lanes.some((lane) => lane.working || lane.queue.length > 0);
  }

  /** Resolves when what is queued now has been carried out. */
  async quiet(): Promise<void> {
    while (this.busy) {
      for (const lane of this.#lanes) await lane.working;
      await this.#wideWorking;
    }
  }

  /** Which partitions this node prefers. It works from memory there and under the lock everywhere else. */
  own(partitions: ReadonlySet<number>): void {
    this.#grow(Math.max(1, ...partitions));
    for (const lane of this.#lanes) {
      const owned = partitions.has(lane.id);
      if (lane.owned && !owned) void lane.exclusive(async () => lane.forget());
      lane.owned = owned;
    }
  }

  /** Reads how many partitions there are; makes more, or spreads new work over fewer, when another number is asked for. */
  async open(wanted?: number): Promise<void> {
    await this.#database.transaction(async (sql) => {
      const rows = await readRows(sql);
      if (wanted !== undefined && wanted !== rows[0]!.spread) {
        for (let id = rows.length + 1; id <= wanted; id += 1)
          await sql.query(
            'insert into engine_partition (id, position, next_tree, deployments) values ($1, 0, $2, $3) on conflict do nothing',
            [id, firstTree(id), rows[0]!.deployments],
          );
        // Whoever works from memory is overtaken, and reads the new number.
        await sql.query(
          'update engine_partition set spread = $1, deployments = deployments + 1, version = version + 1',
          [wanted],
        );
      }
      await this.#learn(sql);
    });
  }

  enqueue<T>(item: Omit<Pending, 'resolve' | 'reject'>): Promise<T> {
    return new Promise<T>((resolve, reject) => this.#put({ ...item, resolve: resolve as Pending['resolve'], reject }));
  }

  #put(item: Pending): void {
    // A partition nobody has told this node of, or a key nobody has given out: the first one finds out.
    const known = item.partitions.filter((partition) => partition <= this.#lanes.length);
    if (known.length < item.partitions.length) item = { ...item, partitions: union(known, [1]), locked: true };
    if (item.partitions.length === 1) {
      const lane = this.#lanes[item.partitions[0]! - 1]!;
      lane.queue.push(item);
      this.#work(lane);
    } else {
      this.#wide.push(item);
      this.#workWide();
    }
  }

  #work(lane: Lane): void {
    if (lane.working) return;
    lane.working = (async () => {
      // Everything that is asked for in the same turn goes into one transaction.
      await new Promise<void>((resolve) => setImmediate(resolve));
      while (lane.queue.length > 0)
        await lane.exclusive(() => this.#carryOut([lane], lane.queue.splice(0, LARGEST_BATCH)));
    })().finally(() => {
      lane.working = undefined;
      if (lane.queue.length > 0) this.#work(lane);
    });
  }

  #workWide(): void {
    if (this.#wideWorking) return;
    this.#wideWorking = (async () => {
      await new Promise<void>((resolve) => setImmediate(resolve));
      while (this.#wide.length > 0) {
        const items = this.#wide.splice(0, LARGEST_BATCH);
        const lanes = union(...items.map((item) => item.partitions)).map((id) => this.#lanes[id - 1]!);
        await inTurn(lanes, () => this.#carryOut(lanes, items));
      }
    })().finally(() => {
      this.#wideWorking = undefined;
      if (this.#wide.length > 0) this.#workWide();
    });
  }

  async #carryOut(lanes: readonly Lane[], items: readonly Pending[]): Promise<void> {
    if (items.length === 0) return;
    try {
      const outcomes = await this.#commit(lanes, items);
      items.forEach((item, index) => {
        const outcome = outcomes[index]!;
        if (outcome.ok) item.resolve(outcome.value);
        else item.reject(outcome.error);
      });
    } catch (error) {
      if (error instanceof Elsewhere) {
        const more = union(
          lanes.map((lane) => lane.id),
          error.partitions,
        );
        this.#grow(Math.max(...more));
        for (const item of items) this.#put({ ...item, partitions: [...new Set([...item.partitions, ...more])] });
        return;
      }
      for (const lane of lanes) lane.forget();
      if (items.length === 1) {
        items[0]!.reject(error);
        return;
      }
      // One of them is at fault, or the database was away: each gets its own transaction and its own answer.
      this.#logger.warn({ err: error, commands: items.length }, 'engine batch failed, retrying one by one');
      for (const item of items) await this.#carryOut(lanes, [item]);
    }
  }

  async #commit(lanes: readonly Lane[], items: readonly Pending[]): Promise<Outcome[]> {
    const added: Deployed[] = [];
    try {
      const done = await this.#transact(lanes, items, added);
      this.#afterCommit(done);
      return done.outcomes;
    } catch (error) {
      // Nothing was deployed after all.
      for (const definition of added.reverse())
        this.#definitions.remove(definition, this.#definitions.find(definition.process.id, definition.version - 1));
      throw error;
    }
  }

  /**
   * As long as no other node writes to a partition, what this node holds in memory is what the database holds: the batch runs on it, reads
   * what it lacks, and is written in one call that refuses if the partition has moved. Otherwise the partitions' rows are locked first.
   */
  async #transact(lanes: readonly Lane[], items: readonly Pending[], added: Deployed[]): Promise<Performed> {
    const [lane] = lanes as [Lane];
    if (lanes.length === 1 && lane.owned && lane.version >= 0 && lane.contended === 0 && !items.some((i) => i.locked)) {
      try {
        const done = await this.#perform(this.#database, lanes, items, added);
        lane.undisturbed();
        return done;
      } catch (error) {
        const code = sqlState(error);
        if (code !== OVERTAKEN && code !== ANSWERED_BEFORE) throw error;
        if (code === OVERTAKEN) lane.overtaken();
      }
    }
    for (let attempt = 1; ; attempt += 1) {
      for (const each of lanes) if (each.contended > 0) each.contended -= 1;
      try {
        return await this.#database.transaction(async (sql) => {
          const rows = await readRows(
            sql,
            lanes.map((each) => each.id),
          );
          for (const [index, row] of rows.entries()) await lanes[index]!.catchUp(sql, row);
          if (rows[0]!.deployments !== this.#deployments) await this.#learn(sql);
          return this.#perform(sql, lanes, items, added, await knownResults(sql, items));
        });
      } catch (error) {
        // Another partition's writer was answering the same command at this moment: now its answer is there.
        if (sqlState(error) !== ANSWERED_BEFORE || attempt === 3) throw error;
      }
    }
  }

  /** Runs the work of a batch and writes it. `known` are command ids that were answered before, where they have been looked up. */
  async #perform(
    sql: Sql,
    lanes: readonly Lane[],
    items: readonly Pending[],
    added: Deployed[],
    known: ReadonlyMap<string, string> = new Map(),
  ): Promise<Performed> {
    const batch = new Batch({
      sql,
      definitions: this.#definitions,
      now: this.#clock.now().getTime(),
      held: lanes.map((lane) => lane.held()),
      partitions: this.#lanes.length,
      spread: this.spread,
      added,
    });
    try {
      await batch.load(items.flatMap((item) => item.keys));
      await batch.expectMessages(items.flatMap((item) => item.message ?? []));
      const outcomes: Outcome[] = [];
      const commands = new Map<string, string>();
      for (const item of items) {
        const id = item.commandId;
        const before = id === undefined ? undefined : (known.get(id) ?? commands.get(id));
        batch.home = item.partitions[0]!;
        const outcome = before === undefined ? await attempt(() => item.work(batch)) : readOutcome(before);
        outcomes.push(outcome);
        if (id !== undefined && before === undefined) commands.set(id, writeOutcome(outcome));
      }
      const records = batch.numbered(new Map(lanes.map((lane) => [lane.id, lane.position])));
      const advances = lanes.map((lane) => ({
        partition: lane.id,
        expected: lane.version,
        position: lane.position + records.get(lane.id)!.length,
        nextTree: batch.held.get(lane.id)!.nextTree,
        deployments: this.#deployments + (added.length > 0 ? 1 : 0),
        records: records.get(lane.id)!,
      }));
      await writeBatch(batch, {
        advances: advances as [Advance, ...Advance[]],
        commands: [...commands].map(([id, result]) => ({ id, result })),
        leaseUntil: batch.now + LEASE_MS,
      });
      return { batch, records, outcomes, advances };
    } catch (error) {
      // What the batch has changed in memory is not what the database holds.
      for (const id of batch.touched) batch.forget(id);
      throw error;
    }
  }

  #afterCommit(done: Performed): void {
    const { batch } = done;
    for (const advance of done.advances) {
      const lane = this.#lanes[advance.partition - 1]!;
      lane.version = advance.expected + 1;
      lane.position = advance.position;
      lane.nextTree = advance.nextTree;
      lane.block = batch.held.get(lane.id)!.block;
      this.#deployments = advance.deployments;
    }
    batch.keep();
    for (const advance of done.advances) this.#lanes[advance.partition - 1]!.trees.trim();
    this.#committed(done);
  }

  /** Reads what other nodes have deployed, and how many partitions there are. */
  async #learn(sql: Sql): Promise<void> {
    await this.#definitions.load(sql);
    const [row] = await sql.query<{ n: number; spread: number; deployments: number }>(
      'select count(*)::int as n, max(spread) as spread, max(deployments) as deployments from engine_partition',
    );
    this.#grow(row!.n);
    this.spread = row!.spread;
    this.#deployments = row!.deployments;
  }

  #grow(count: number): void {
    while (this.#lanes.length < count) this.#lanes.push(new Lane(this.#lanes.length + 1, this.#budget));
  }
}

/** Locks partitions, always in the same order. */
const readRows = (sql: Sql, ids?: readonly number[]): Promise<PartitionRow[]> =>
  sql.query<PartitionRow>(
    'select id, position, next_tree, deployments, version, spread from engine_partition where $1::int[] is null or id = any($1::int[]) order by id for update',
    [ids ?? null],
  );

const inTurn = (lanes: readonly Lane[], work: () => Promise<void>): Promise<void> =>
  lanes.length === 0 ? work() : lanes[0]!.exclusive(() => inTurn(lanes.slice(1), work));
