import type { Database } from '../../db/sql.ts';
import { CommandRejected, type CommandResult, type Key, type RejectionCode } from '../port.ts';

/** What we know of a command by its id. */
export type Known =
  | { state: 'DONE'; result: CommandResult }
  | { state: 'REJECTED'; rejection: CommandRejected }
  /** It was sent, and nobody has told what became of it. */
  | { state: 'SENT'; sentAt: number };

interface Row {
  state: Known['state'];
  sent_at: string;
  result: string | null;
}

/** Remembers which commands were sent and answered: a repeated id gets the first answer, a crash in between is noticed. */
export class CommandLog {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(commandId: string): Promise<Known | undefined> {
    const [row] = await this.#database.query<Row>('select state, sent_at, result from zeebe_command where id = $1', [
      commandId,
    ]);
    if (!row) return undefined;
    if (row.state === 'SENT') return { state: 'SENT', sentAt: Number(row.sent_at) };
    const stored = JSON.parse(row.result ?? '{}') as CommandResult & { code?: RejectionCode; message?: string };
    return stored.code
      ? { state: 'REJECTED', rejection: new CommandRejected(stored.code, stored.message ?? '') }
      : { state: 'DONE', result: stored };
  }

  /** Before the command leaves the house. The instant of the first attempt stays: evidence is looked for from there on. */
  async sent(commandId: string, now: number): Promise<void> {
    await this.#database.query(
      `insert into zeebe_command (id, state, sent_at, at) values ($1, 'SENT', $2, $2) on conflict (id) do nothing`,
      [commandId, now],
    );
  }

  /** The command certainly did not arrive. */
  async notSent(commandId: string): Promise<void> {
    await this.#database.query(`delete from zeebe_command where id = $1 and state = 'SENT'`, [commandId]);
  }

  async done(commandId: string, result: CommandResult, now: number): Promise<void> {
    await this.#answer(commandId, 'DONE', JSON.stringify(result), result.key ?? null, now);
  }

  async rejected(commandId: string, rejection: CommandRejected, now: number): Promise<void> {
    const result = JSON.stringify({ code: rejection.code, message: rejection.message });
    await this.#answer(commandId, 'REJECTED', result, null, now);
  }

  async #answer(id: string, state: string, result: string, key: Key | null, now: number): Promise<void> {
    await this.#database.query(
      `insert into zeebe_command (id, state, sent_at, result, result_key, at) values ($1, $2, $5, $3, $4, $5)
       on conflict (id) do update set state = $2, result = $3, result_key = $4, at = $5`,
      [id, state, result, key, now],
    );
  }

  /** Forgets answers after a time in which nobody repeats a command any more. */
  async prune(before: number): Promise<void> {
    await this.#database.query(`delete from zeebe_command where at < $1 and state <> 'SENT'`, [before]);
  }

  /** Commands whose fate is unknown, for the operations page. */
  async unclear(): Promise<{ id: string; sentAt: number }[]> {
    const rows = await this.#database.query<{ id: string; sent_at: string }>(
      `select id, sent_at from zeebe_command where state = 'SENT' order by sent_at limit 200`,
    );
    return rows.map((row) => ({ id: row.id, sentAt: Number(row.sent_at) }));
  }
}
