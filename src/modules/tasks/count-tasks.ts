import type { Sql } from '../../db/sql.ts';

/** How many open work items wait for a person, by form; for the numbers beside the menu. */
export async function countTasks(sql: Sql, login: string): Promise<Map<string, number>> {
  const rows = await sql.query<{ form: string | null; n: string }>(
    `select form_id as form, count(*) as n from task
     where status = 'OPEN' and $1 = any(candidates) and (assignee is null or assignee = $1) group by form_id`,
    [login],
  );
  return new Map(rows.map((row) => [row.form ?? '', Number(row.n)]));
}

/** Open tasks that are drawn by a form. */
export async function countOpenByForm(sql: Sql, formId: string): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::int as count from task where status = 'OPEN' and form_id = $1`,
    [formId],
  );
  return row!.count;
}
