import type { PGlite, Results } from '@electric-sql/pglite';
import {
  CompiledQuery,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type QueryCompiler,
  type QueryResult,
} from 'kysely';

/**
 * Kysely dialect for one PGlite instance shared by everyone in the process.
 *
 * Why not kysely's own: it has a single connection object whose open transaction also swallows the statements of
 * everybody else, and two transactions at once overwrite each other's state. PGlite has one session, so here a
 * connection is a turn: transactions and single statements wait for each other in order of arrival.
 * Whoever waits longer than `turnTimeoutMs` inside a transaction has asked for a second connection; that is a bug and throws.
 */
export class PGliteTurnDialect implements Dialect {
  readonly #open: () => Promise<PGlite>;
  readonly #turnTimeoutMs: number;

  constructor(open: () => Promise<PGlite>, options: { turnTimeoutMs?: number } = {}) {
    this.#open = open;
    this.#turnTimeoutMs = options.turnTimeoutMs ?? 60_000;
  }

  createDriver(): Driver {
    return new TurnDriver(this.#open, this.#turnTimeoutMs);
  }
  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler();
  }
  createAdapter(): DialectAdapter {
    return new PostgresAdapter();
  }
  createIntrospector(db: Kysely<any>): DatabaseIntrospector {
    return new PostgresIntrospector(db);
  }
}

class TurnDriver implements Driver {
  #pglite: PGlite | undefined;
  #busy = false;
  readonly #waiting: Array<(connection: DatabaseConnection) => void> = [];
  readonly #open: () => Promise<PGlite>;
  readonly #turnTimeoutMs: number;

  constructor(open: () => Promise<PGlite>, turnTimeoutMs: number) {
    this.#open = open;
    this.#turnTimeoutMs = turnTimeoutMs;
  }

  async init(): Promise<void> {
    this.#pglite = await this.#open();
  }

  acquireConnection(): Promise<DatabaseConnection> {
    const connection = new TurnConnection(this.#pglite!);
    if (!this.#busy) {
      this.#busy = true;
      return Promise.resolve(connection);
    }
    return new Promise((resolve, reject) => {
      const take = () => {
        clearTimeout(timer);
        resolve(connection);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(
          new Error(
            'PGlite: waited too long for the connection; is a statement outside the transaction awaited inside it?',
          ),
        );
      }, this.#turnTimeoutMs);
      this.#waiting.push(take);
    });
  }

  async releaseConnection(): Promise<void> {
    const next = this.#waiting.shift() as ((connection?: DatabaseConnection) => void) | undefined;
    if (next) next();
    else this.#busy = false;
  }

  async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin'));
  }
  async commitTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('commit'));
  }
  async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('rollback'));
  }
  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint "${name}"`));
  }
  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to savepoint "${name}"`));
  }
  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release savepoint "${name}"`));
  }
  async destroy(): Promise<void> {
    await this.#pglite?.close();
    this.#pglite = undefined;
  }
}

/**
 * Each way into the database costs more than many a statement: what has no parameters goes in one piece instead of in four, and a
 * transaction begins with its first statement; one in which nothing is asked never begins.
 */
class TurnConnection implements DatabaseConnection {
  readonly #pglite: PGlite;
  #begun = false;
  constructor(pglite: PGlite) {
    this.#pglite = pglite;
  }
  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { sql } = query;
    if (sql === 'begin') {
      this.#begun = true;
      return { rows: [] };
    }
    const begun = this.#begun;
    this.#begun = false;
    if (begun && (sql === 'commit' || sql === 'rollback')) return { rows: [] };
    if (query.parameters.length === 0) {
      const results = await this.#pglite.exec(begun ? `begin; ${sql}` : sql, { rowMode: 'object' });
      return answerOf<R>(results.at(-1) as Results<R> | undefined);
    }
    if (begun) await this.#pglite.exec('begin');
    return answerOf(await this.#pglite.query<R>(sql, [...query.parameters], { rowMode: 'object' }));
  }
  // biome-ignore lint/correctness/useYield: PGlite has no cursors; the interface wants a generator.
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('PGlite does not stream');
  }
}

const answerOf = <R>(result: Results<R> | undefined): QueryResult<R> => ({
  rows: result?.rows ?? [],
  numAffectedRows: result?.affectedRows == null ? undefined : BigInt(result.affectedRows),
});
