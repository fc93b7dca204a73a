import type { Sql } from './sql.ts';

/** One table to copy: all of it, or what `where` leaves; `without` names columns that arrive empty. */
export interface CopiedTable {
  table: string;
  where?: string;
  without?: readonly string[];
}

/** Copies rows from one database into an empty one of the same schema, keys and all. `to` is a transaction; references are checked by nobody. */
export async function copyRows(from: Sql, to: Sql, tables: readonly CopiedTable[]): Promise<void> {
  await to.query('set local session_replication_role = replica');
  for (const { table, where = 'true', without = [] } of tables) {
    const [row] = await from.query<{ rows: string }>(
      `select coalesce(jsonb_agg(to_jsonb(t) - $1::text[]), '[]')::text as rows from ${table} t where ${where}`,
      [[...without]],
    );
    await to.query(
      `insert into ${table} overriding system value select * from jsonb_populate_recordset(null::${table}, $1::jsonb)`,
      [row!.rows],
    );
  }
}
