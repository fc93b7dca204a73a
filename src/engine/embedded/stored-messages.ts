import type { Sql } from '../../db/sql.ts';
import type { Variables } from '../port.ts';
import type { BufferedMessage, SubscriptionRow } from './batch-rows.ts';
import { parseJson } from './big-json.ts';

/** What a message is looked up by. */
export interface Topic {
  name: string;
  correlationKey: string;
}

/**
 * Buffered messages and subscriptions as the database has them, for one batch: nobody else changes them while it runs, so each is read
 * once. What the batch itself has changed is laid over by who asks.
 */
export class StoredMessages {
  readonly #sql: Sql;
  readonly #now: number;
  readonly #subscriptions = new Map<string, SubscriptionRow[]>();
  readonly #messages = new Map<string, BufferedMessage[]>();

  constructor(sql: Sql, now: number) {
    this.#sql = sql;
    this.#now = now;
  }

  async subscriptions(name: string, correlationKey: string): Promise<SubscriptionRow[]> {
    const topic = { name, correlationKey };
    if (!this.#subscriptions.has(keyOf(topic))) await this.#readSubscriptions([topic]);
    return [...this.#subscriptions.get(keyOf(topic))!];
  }

  async messages(name: string, correlationKey: string): Promise<BufferedMessage[]> {
    const topic = { name, correlationKey };
    if (!this.#messages.has(keyOf(topic))) await this.#readMessages([topic]);
    return [...this.#messages.get(keyOf(topic))!];
  }

  knowsMessages = (topic: Topic): boolean => this.#messages.has(keyOf(topic));

  /** Reads the messages of many topics at once. */
  async readMessages(topics: readonly Topic[]): Promise<void> {
    await this.#readMessages(topics.filter((topic) => !this.knowsMessages(topic)));
  }

  /** Reads many topics at once; answers the element instances that wait for them. */
  async read(topics: readonly Topic[]): Promise<number[]> {
    await this.#readMessages(topics);
    await this.#readSubscriptions(topics);
    return topics.flatMap((topic) => this.#subscriptions.get(keyOf(topic))!.map((row) => row.owner));
  }

  async #readSubscriptions(topics: readonly Topic[]): Promise<void> {
    const rows = await this.#sql.query<{
      name: string;
      correlation_key: string;
      key: string;
      owner: string;
      process_id: string;
      at: string;
      ordinal: string;
    }>(
      `select s.name, s.correlation_key, s.key, s.owner, s.process_id, s.at, s.ordinal from unnest($1::text[], $2::text[]) as w(name, correlation_key)
       join engine_message_subscription s on s.name = w.name and s.correlation_key = w.correlation_key`,
      columnsOf(topics),
    );
    for (const topic of topics) this.#subscriptions.set(keyOf(topic), []);
    for (const row of rows) {
      const { name, correlation_key: correlationKey } = row;
      this.#subscriptions.get(keyOf({ name, correlationKey }))!.push({
        key: Number(row.key),
        owner: Number(row.owner),
        processId: row.process_id,
        name,
        correlationKey,
        at: Number(row.at),
        ordinal: Number(row.ordinal),
      });
    }
  }

  async #readMessages(topics: readonly Topic[]): Promise<void> {
    const rows = await this.#sql.query<{
      name: string;
      correlation_key: string;
      key: string;
      message_id: string | null;
      expires_at: string;
      variables: string;
      correlated: string[];
      at: string;
    }>(
      `select m.name, m.correlation_key, m.key, m.message_id, m.expires_at, m.variables, m.correlated, m.at
       from unnest($1::text[], $2::text[]) as w(name, correlation_key)
       join engine_message m on m.name = w.name and m.correlation_key = w.correlation_key and m.expires_at > $3`,
      [...columnsOf(topics), this.#now],
    );
    for (const topic of topics) this.#messages.set(keyOf(topic), []);
    for (const row of rows) {
      const { name, correlation_key: correlationKey } = row;
      this.#messages.get(keyOf({ name, correlationKey }))!.push({
        key: Number(row.key),
        name,
        correlationKey,
        messageId: row.message_id,
        expiresAt: Number(row.expires_at),
        variables: parseJson(row.variables) as Variables,
        correlated: row.correlated,
        at: Number(row.at),
      });
    }
  }
}

const keyOf = ({ name, correlationKey }: Topic): string => `${name}\u0000${correlationKey}`;

/** Each topic once: a join must not answer a row twice. */
function columnsOf(topics: readonly Topic[]): [string[], string[]] {
  const once = [...new Map(topics.map((topic) => [keyOf(topic), topic])).values()];
  return [once.map((topic) => topic.name), once.map((topic) => topic.correlationKey)];
}
