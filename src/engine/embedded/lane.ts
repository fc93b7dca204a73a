import type { Sql } from '../../db/sql.ts';
import type { Batch, Held } from './batch.ts';
import type { Topic } from './stored-messages.ts';
import { type CacheBudget, TreeCache } from './tree-cache.ts';

/** Something to be done in a batch. */
export interface Pending {
  commandId?: string;
  /** Partitions it is known to need; the first one is where new things are made. */
  partitions: readonly number[];
  /** Keys whose trees the work will need. */
  keys: readonly number[];
  /** The message it publishes: many of one batch are looked up together. */
  message?: Topic;
  /** Writes rows itself, or must see what other nodes have written: under the lock only. */
  locked?: boolean;
  work(batch: Batch): Promise<unknown>;
  resolve(result: unknown): void;
  reject(error: unknown): void;
}

export interface PartitionRow {
  id: number;
  position: string;
  next_tree: string;
  deployments: number;
  version: string;
  spread: number;
}

/** For how many batches a node keeps to the lock after it has been overtaken: more each time it happens again soon. */
const FEWEST_LOCKED = 3;
const MOST_LOCKED = 64;
const CALM = 100;
/** Batches of others that are looked through for what they have touched; after more of them everything is forgotten. */
const MOST_FOREIGN = 200;

/** What this node knows of one partition, and the work that waits for it. */
export class Lane {
  readonly id: number;
  readonly trees: TreeCache;
  readonly queue: Pending[] = [];
  working: Promise<void> | undefined;
  /** Preferred by this node: others keep away from it as far as they can. */
  owned = false;
  /** How many writes the partition has seen as far as this node knows; -1: it knows nothing. */
  version = -1;
  position = 0;
  nextTree = 0;
  block: Held['block'];
  /** Batches still to be written under the lock, after another node was seen writing. */
  contended = 0;
  #patience = FEWEST_LOCKED;
  #calm = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor(id: number, budget: CacheBudget) {
    this.id = id;
    this.trees = new TreeCache(budget);
  }

  /** One batch at a time. */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  held(): Held {
    return {
      id: this.id,
      trees: this.trees,
      nextTree: this.nextTree,
      ...(this.block ? { block: { ...this.block } } : {}),
    };
  }

  forget(): void {
    this.trees.clear();
    this.version = -1;
    this.block = undefined;
  }

  overtaken(): void {
    this.contended = this.#patience;
    this.#patience = Math.min(MOST_LOCKED, this.#patience * 2);
    this.#calm = 0;
  }

  undisturbed(): void {
    this.#calm += 1;
    if (this.#calm > CALM) this.#patience = FEWEST_LOCKED;
  }

  /** Brings this node's knowledge to where the locked row is: forgets the trees that others have touched, or everything. */
  async catchUp(sql: Sql, row: PartitionRow): Promise<void> {
    const version = Number(row.version);
    if (version !== this.version) {
      if (!(await this.#forgetTouched(sql, version))) this.trees.clear();
      // Keys given out by others meanwhile may be higher.
      this.block = undefined;
    }
    this.version = version;
    this.position = Number(row.position);
    this.nextTree = Number(row.next_tree);
  }

  /** True when every write since is explained by a row of records that names what it has touched. */
  async #forgetTouched(sql: Sql, version: number): Promise<boolean> {
    const missed = version - this.version;
    if (this.version < 0 || missed > MOST_FOREIGN) return false;
    const rows = await sql.query<{ touched: string[] | null }>(
      'select touched from engine_record where partition = $1 and position > $2',
      [this.id, this.position],
    );
    if (rows.length !== missed || rows.some((row) => row.touched === null)) return false;
    for (const row of rows) for (const id of row.touched!) this.trees.delete(Number(id));
    return true;
  }
}
