/**
 * The narrow view of the database that hot paths use: text and parameters in, rows out.
 * The same code runs on PGlite and PostgreSQL; both go through the connection MikroORM holds, so that a
 * statement inside an entity manager's transaction is part of that transaction (`sqlOf(em)`).
 *
 * Parameters are `$1`, `$2`, ...; values are never spliced into the text. Results: bigint as string, numeric as string,
 * date and timestamptz as text (hot paths store instants as bigint milliseconds), json/jsonb as parsed value, arrays as arrays.
 * JSON is passed as text with a cast (`$1::jsonb`); arrays are passed directly (`$1::text[]`).
 *
 * PGlite has one connection: inside `transaction` use only the `tx` handed in, never the outer one.
 */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, parameters?: readonly unknown[]): Promise<Row[]>;
}

export interface Database extends Sql {
  readonly dialect: 'pglite' | 'postgresql';
  /** Runs `work` in one transaction; an error rolls back and is thrown on. */
  transaction<T>(work: (tx: Sql) => Promise<T>): Promise<T>;
}
