import type { Database } from '../../db/sql.ts';
import type { Logger } from '../../kernel/logger.ts';
import { CommandRejected, type EngineCommand, type ProcessEngine } from '../port.ts';

/** What the drain needs of an engine. */
type Engine = Pick<ProcessEngine, 'submit'>;

/** How many commands one turn claims, and for how long; a node that dies gives them back when the lease ends. */
const BATCH = 1000;
const WINDOW = 2 * BATCH;
const LEASE_MS = 30_000;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 30_000;

interface Row {
  sequence: string;
  command_id: string;
  ordering_key: string;
  command: EngineCommand;
  attempts: number;
}

export interface OutboxState {
  pending: number;
  /** Commands the engine refused; they wait for a person on the operations page. */
  refused: number;
  oldestPendingAt: number | null;
}

/** Delivers the commands of the outbox to the engine: exactly once in effect, in order per ordering key. */
export class OutboxDrain {
  readonly #database: Database;
  readonly #engine: Engine;
  readonly #logger: Logger;
  #running: Promise<void> | undefined;
  #again = false;
  /** Whether all commands are looked at, not only the oldest. */
  #thorough = false;
  readonly #delivered: string[] = [];
  #forgetting: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** Nothing is delivered before `start`: the engine may not know the diagrams yet. */
  #stopped = true;

  constructor(parts: { database: Database; engine: Engine; logger: Logger }) {
    this.#database = parts.database;
    this.#engine = parts.engine;
    this.#logger = parts.logger;
  }

  /** Polls slowly for commands of other nodes and for retries; `kick` is what makes it quick. */
  start(pollMs = 1000): void {
    this.#stopped = false;
    this.#timer = setInterval(() => {
      this.#thorough = true;
      this.kick();
    }, pollMs);
    this.#timer.unref();
    this.kick();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** Says that a transaction with commands has committed. */
  kick(): void {
    if (this.#stopped) return;
    if (this.#running) {
      this.#again = true;
      return;
    }
    this.#running = this.#loop().finally(() => {
      this.#running = undefined;
      if (this.#again) {
        this.#again = false;
        this.kick();
      }
    });
  }

  /** Delivers until nothing deliverable is left. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running;
    this.#thorough = true;
    await this.#loop();
  }

  async state(): Promise<OutboxState> {
    const [row] = await this.#database.query<{ pending: string; refused: string; oldest: string | null }>(
      `select count(*) filter (where refused_code is null)::text as pending, count(*) filter (where refused_code is not null)::text as refused,
              (extract(epoch from min(created_at) filter (where refused_code is null)) * 1000)::bigint::text as oldest from engine_outbox`,
    );
    return {
      pending: Number(row!.pending),
      refused: Number(row!.refused),
      oldestPendingAt: row!.oldest === null ? null : Number(row!.oldest),
    };
  }

  async #loop(): Promise<void> {
    try {
      for (;;) {
        const rows = await this.#claim();
        if (rows.length > 0) await this.#deliver(rows);
        // What is committed from now on says so by a kick of its own.
        if (rows.length < BATCH) return;
      }
    } catch (error) {
      this.#logger.error({ err: error }, 'outbox: delivery interrupted, will be tried again');
    }
  }

  /**
   * A command is taken together with its followers in one hand, and none while an earlier one of its key is held elsewhere or waits for
   * another try, so order holds across nodes. Looks at the oldest first; now and then, when those are all waiting, at all of them.
   */
  async #claim(): Promise<Row[]> {
    const rows = await this.#claimAmong(WINDOW);
    if (rows.length > 0 || !this.#thorough) return rows;
    const found = await this.#claimAmong(undefined);
    this.#thorough = found.length === BATCH;
    return found;
  }

  /** Written without joins: the planner, who has often seen this table empty, would nest them over all its rows. */
  #claimAmong(oldest: number | undefined): Promise<Row[]> {
    return this.#database.query<Row>(
      `with waiting as (
           select sequence from engine_outbox
           where refused_code is null and leased_until <= $1 and retry_at <= $1 order by sequence limit $2),
         head as (
           select o.ctid as place from engine_outbox o
           where o.refused_code is null and o.leased_until <= $1 and o.retry_at <= $1 and o.sequence <= (select max(sequence) from waiting)
             and not coalesce((select true from engine_outbox e where e.ordering_key = o.ordering_key and e.sequence < o.sequence
                               and e.refused_code is null and (e.leased_until > $1 or e.retry_at > $1) limit 1), false)
           order by o.sequence limit ${BATCH} for update skip locked)
         update engine_outbox o set leased_until = $1 + ${LEASE_MS}, attempts = attempts + 1
         where o.ctid = any(array(select place from head))
         returning o.sequence, o.command_id, o.ordering_key, o.command, o.attempts`,
      [wallNow(), oldest ?? null],
    );
  }

  async #deliver(rows: Row[]): Promise<void> {
    const byKey = new Map<string, Row[]>();
    for (const row of rows.sort((a, b) => Number(a.sequence) - Number(b.sequence))) {
      byKey.set(row.ordering_key, [...(byKey.get(row.ordering_key) ?? []), row]);
    }
    await Promise.all([...byKey.values()].map((chain) => this.#deliverChain(chain)));
  }

  async #deliverChain(chain: Row[]): Promise<void> {
    for (const [index, row] of chain.entries()) {
      try {
        await this.#engine.submit(row.command_id, row.command);
        await this.#forget(row.sequence);
      } catch (error) {
        if (error instanceof CommandRejected && error.code !== 'UNAVAILABLE') {
          await this.#refuse(row, error);
          continue;
        }
        const delay = Math.min(FIRST_RETRY_MS * 2 ** (row.attempts - 1), LONGEST_RETRY_MS);
        this.#logger.warn({ err: error, commandId: row.command_id, delay }, 'outbox: engine did not take a command');
        const left = chain.slice(index).map((item) => item.sequence);
        await this.#database.query(
          'update engine_outbox set leased_until = 0, retry_at = $1 where sequence = any($2::bigint[])',
          [wallNow() + delay, left],
        );
        return;
      }
    }
  }

  /** What the engine has answered in one commit is taken out in one statement. */
  #forget(sequence: string): Promise<void> {
    this.#delivered.push(sequence);
    this.#forgetting ??= new Promise<void>((resolve) => setImmediate(resolve)).then(async () => {
      this.#forgetting = undefined;
      await this.#database.query('delete from engine_outbox where sequence = any($1::bigint[])', [
        this.#delivered.splice(0),
      ]);
    });
    return this.#forgetting;
  }

  /** A job that is gone was withdrawn or done in the meantime: the record stream tells people. Anything else stays for a person. */
  async #refuse(row: Row, error: CommandRejected): Promise<void> {
    if (error.code === 'ALREADY_EXISTS' || (error.code === 'NOT_FOUND' && row.command.type === 'completeJob')) {
      await this.#forget(row.sequence);
      return;
    }
    this.#logger.error(
      { commandId: row.command_id, code: error.code, reason: error.message },
      'outbox: engine refused a command',
    );
    await this.#database.query('update engine_outbox set refused_code = $2, refused_message = $3 where sequence = $1', [
      row.sequence,
      error.code,
      error.message,
    ]);
  }
}

/** Leases and retries are about real waiting, not about the business clock, which the demo may move by weeks. */
const wallNow = () => Date.now();
