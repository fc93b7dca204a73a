import type { Database } from '../../db/sql.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Logger } from '../../kernel/logger.ts';
import type { TimerRow } from './batch-rows.ts';
import { fire } from './commands.ts';
import type { GroupCommit } from './group-commit.ts';

export const TIMERS_AT_ONCE = 1000;

/** Fires the timers of a partition that are due, in the order of their due dates. */
export class DueTimers {
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #commit: GroupCommit;

  constructor(parts: { database: Database; clock: Clock; logger: Logger; commit: GroupCommit }) {
    this.#database = parts.database;
    this.#clock = parts.clock;
    this.#logger = parts.logger;
    this.#commit = parts.commit;
  }

  /** A batch of each; answers how many have fired. */
  async fire(partitions: readonly number[]): Promise<number> {
    const fired = await Promise.all(partitions.map((partition) => this.#firePartition(partition)));
    return fired.reduce((sum, count) => sum + count, 0);
  }

  async #firePartition(partition: number): Promise<number> {
    const rows = await this.#database.query<{
      key: string;
      owner: string;
      kind: TimerRow['kind'];
      due_at: string;
      data: string | null;
    }>(
      'select key, owner, kind, due_at, data from engine_timer where (key >> 47) = $1::bigint and due_at <= $2 order by due_at, key limit $3',
      [partition - 1, this.#clock.now().getTime(), TIMERS_AT_ONCE],
    );
    if (rows.length === 0) return 0;
    const timers = rows.map((row) => ({
      key: Number(row.key),
      owner: Number(row.owner),
      kind: row.kind,
      dueAt: Number(row.due_at),
      data: row.data,
    }));
    try {
      await this.#fireTogether(partition, timers);
    } catch (error) {
      // One that cannot fire must not keep the others waiting.
      this.#logger.warn({ err: error, timers: timers.length }, 'timers could not fire together, firing one by one');
      for (const timer of timers) {
        await this.#fireTogether(partition, [timer]).catch((cause: unknown) =>
          this.#logger.error({ err: cause, timerKey: timer.key, owner: timer.owner }, 'a timer cannot fire'),
        );
      }
      // What is still due waits for the next look.
      return 0;
    }
    return rows.length;
  }

  async #fireTogether(partition: number, timers: readonly TimerRow[]): Promise<void> {
    await this.#commit.enqueue({
      partitions: [partition],
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
}
