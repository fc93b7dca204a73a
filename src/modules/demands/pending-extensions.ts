import type { Sql } from '../../db/sql.ts';

/** How many applications of each person wait for a decision: nobody decides one's own, also not in somebody's place (回避). */
export async function pendingExtensionsBy(sql: Sql, logins: readonly string[]): Promise<Map<string, number>> {
  const rows = await sql.query<{ login: string; n: number }>(
    `select requested_by as login, count(*)::int as n from extension where status = 'PENDING' and requested_by = any($1::text[]) group by 1`,
    [[...logins]],
  );
  return new Map(rows.map((row) => [row.login, row.n]));
}
