import { randomUUID } from 'node:crypto';
import type { Database } from '../../db/sql.ts';

/** A node that has not been heard of for so long is gone; its partitions go to the others. By the clock of the database. */
const LIVES_MS = 10_000;
const BEAT_MS = 2000;

/** The partitions a node prefers, shared out by all nodes through the database. There is no leader. */
export class Ownership {
  readonly #database: Database;
  readonly #id = randomUUID();
  #heard = Number.NEGATIVE_INFINITY;
  /** Whether no other node is alive, as far as this one knows. */
  alone = false;

  constructor(database: Database) {
    this.#database = database;
  }

  /** When it is time: what this node owns now, and which of these come from a node that has died. */
  async beat(): Promise<{ owned: ReadonlySet<number>; inherited: number[] } | undefined> {
    if (performance.now() - this.#heard < BEAT_MS) return undefined;
    this.#heard = performance.now();
    const rows = await this.#database.query<{ owned: number; after_dead: boolean; nodes: number }>(
      'select owned, after_dead, nodes from engine_beat($1, $2)',
      [this.#id, LIVES_MS],
    );
    this.alone = rows[0]?.nodes === 1;
    return {
      owned: new Set(rows.map((row) => row.owned)),
      inherited: rows.filter((row) => row.after_dead).map((row) => row.owned),
    };
  }

  /** Leaves everything to the others at once. */
  async leave(): Promise<void> {
    this.#heard = Number.NEGATIVE_INFINITY;
    this.alone = false;
    await this.#database.query(
      'with gone as (delete from engine_node where id = $1) delete from engine_owner where node = $1',
      [this.#id],
    );
  }
}
