/** What the pool's PostgreSQL connections do otherwise than `pg` and Kysely by themselves. */

interface PooledClient {
  query(...args: unknown[]): Promise<unknown>;
  connection?: { stream?: { cork?(): void; uncork?(): void } };
  _queryable?: boolean;
  _ending?: boolean;
  _ended?: boolean;
}

const DONE = { rowCount: null, rows: [] };

/** For `onPoolCreated`; the pool's connections have to be pipelined (`pipeline: true`). */
export function prepareClients(pool: { on(event: 'connect', listener: (client: PooledClient) => void): void }): void {
  pool.on('connect', (client) => {
    const query = client.query.bind(client);
    let begun = false;
    const send: PooledClient['query'] = (...args) => {
      const name = nameOf(args);
      return name ? query({ name, text: args[0], values: args[1] }) : query(...args);
    };
    // Everything else passes untouched: cursors and callbacks use other forms of the call.
    client.query = (...args: unknown[]) => {
      const [text] = args;
      if (text === 'begin') {
        begun = true;
        return Promise.resolve({ command: 'BEGIN', ...DONE });
      }
      if (begun) {
        begun = false;
        if (text === 'commit' || text === 'rollback')
          return Promise.resolve({ command: String(text).toUpperCase(), ...DONE });
        return withBegin(client, query, () => send(...args));
      }
      return text === 'rollback'
        ? query(...args).catch((error: unknown) => asRolledBack(client, error))
        : send(...args);
    };
  });
}

const names = new Map<string, string>();
const MOST_NAMES = 300;

/**
 * The name under which a connection keeps a statement it has parsed. Not for those whose best plan depends on what is asked, nor for the
 * queues, which are empty at one moment and long at the next; nor where a later schema would change what `*` means.
 */
function nameOf([text, values]: unknown[]): string | undefined {
  if (typeof text !== 'string' || !Array.isArray(values) || values.length === 0) return undefined;
  const known = names.get(text);
  if (known !== undefined) return known || undefined;
  if (names.size >= MOST_NAMES) return undefined;
  const name = /\*|is null or|limit|engine_(outbox|timer|job|message)\b/.test(text) ? '' : `s${names.size}`;
  names.set(text, name);
  return name || undefined;
}

/**
 * Kysely waits for the answer to `begin` before it sends anything else. Here it goes out in one packet with the first statement: a round
 * trip less for every transaction, and no traffic at all for one in which nothing is asked.
 */
async function withBegin(client: PooledClient, query: PooledClient['query'], first: () => Promise<unknown>) {
  const stream = client.connection?.stream;
  stream?.cork?.();
  const both = [query('begin'), first()];
  stream?.uncork?.();
  const [, answer] = await Promise.allSettled(both).then((answers) => {
    for (const one of answers) if (one.status === 'rejected') throw one.reason;
    return answers as PromiseFulfilledResult<unknown>[];
  });
  return answer!.value;
}

/**
 * Kysely gives a connection back only after its rollback has succeeded; on a connection the server has dropped it never does, and
 * each transaction that was under way when PostgreSQL restarted would keep a place of the pool for ever. The server has rolled it
 * back by itself: that counts as done, and the pool throws the connection away when it comes back.
 */
function asRolledBack(client: PooledClient, error: unknown) {
  const broken = client._queryable === false || client._ending || client._ended;
  if (!broken && !/Connection terminated|not queryable|ECONNRESET/.test(String(error))) throw error;
  return { command: 'ROLLBACK', ...DONE };
}
