import type { Sql } from '../db/sql.ts';

/** Key of a process instance of a demand, as the record stream has told; every instance of a demand lives on the same engine. */
export async function instanceOfDemand(sql: Sql, demandId: string): Promise<string | undefined> {
  const [row] = await sql.query<{ key: string }>('select key from process_instance where demand_id = $1 limit 1', [
    demandId,
  ]);
  return row?.key;
}
