import type { Sql } from '../../../db/sql.ts';
import type { Previous, ReleaseItem } from './release.ts';

/** The newest published version of a design; null where there is none. A calendar is asked for elsewhere: its days are no file. */
export async function newestVersion(sql: Sql, design: Pick<ReleaseItem, 'kind' | 'id'>): Promise<Previous | null> {
  const question = {
    process: 'select version, xml as content, null as examples from process_version where process_id = $1',
    rules: 'select version, content, examples from rule_set_version where rule_set = $1',
    form: 'select version, content, null as examples from form_version where form_id = $1',
    calendar: undefined,
    scenario:
      "select version, content, null as examples from scenario where process_id || ':' || name = $1 and not dropped",
  }[design.kind];
  if (!question) return null;
  const [row] = await sql.query<{ version: number; content: string; examples: string | null }>(
    `${question} order by version desc limit 1`,
    [design.id],
  );
  return row ?? null;
}
