import type { Sql } from '../../db/sql.ts';

/** Open tasks nobody was found for, by bureau: they must be seen and never lost. */
export async function countUnassignable(sql: Sql): Promise<Map<string, number>> {
  const rows = await sql.query<{ org: string; n: number }>(
    `select coalesce(org_code, '') as org, count(*)::int as n from task where status = 'OPEN' and unassignable group by 1`,
  );
  return new Map(rows.map((row) => [row.org, row.n]));
}

/** The same one by one, with why nobody was found; no word of the demand but its number. */
export function listUnassignable(
  sql: Sql,
  limit = 200,
): Promise<
  { id: string; title: string; why: string | null; orgCode: string | null; number: string | null; createdAt: string }[]
> {
  return sql.query(
    `select t.id, t.title, t.why, t.org_code as "orgCode", d.number, t.created_at as "createdAt" from task t left join demand d on d.id = t.demand_id
     where t.status = 'OPEN' and t.unassignable order by t.created_at limit $1`,
    [limit],
  );
}
