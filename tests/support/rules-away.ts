import type { TestHouse } from './house.ts';

/** Takes a rule set out of the house, so that a step that asks for it fails; answers what puts it back. */
export async function takeRulesAway({ house: { sql } }: TestHouse, ruleSet: string): Promise<() => Promise<void>> {
  // Gone, not renamed: the house looks again only where the number of versions has moved.
  const rows = await sql.query<{ row: unknown }>(
    'with gone as (delete from rule_set_version where rule_set = $1 returning *) select to_jsonb(gone) as row from gone',
    [ruleSet],
  );
  return async () => {
    await sql.query(
      'insert into rule_set_version select (jsonb_populate_record(null::rule_set_version, r)).* from jsonb_array_elements($1::jsonb) as r',
      [JSON.stringify(rows.map(({ row }) => row))],
    );
  };
}
