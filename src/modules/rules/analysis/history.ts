import type { Sql } from '../../../db/sql.ts';
import type { Facts } from '../rule-set.ts';

/** Different facts that were decided from, each with how often: what is told apart by nothing is looked at once. */
export interface RuleHistory {
  decisions: number;
  from: Date;
  until: Date;
  /** Most frequent first; fewer than there were when `complete` is false. */
  groups: readonly { facts: Facts; count: number }[];
  complete: boolean;
}

const MOST_GROUPS = 20_000;

/** What a rule set was asked in a time, for weighing findings by what really happens. */
export async function ruleHistory(sql: Sql, id: string, time: { from: Date; until: Date }): Promise<RuleHistory> {
  const bounds = [id, time.from.toISOString(), time.until.toISOString()];
  const rows = await sql.query<{ facts: string; n: number }>(
    `select facts::text as facts, count(*)::int as n from rule_evaluation
     where rule_set = $1 and evaluated_at >= $2::timestamptz and evaluated_at < $3::timestamptz
     group by facts::text order by n desc, facts::text limit ${MOST_GROUPS + 1}`,
    bounds,
  );
  const groups = rows.slice(0, MOST_GROUPS).map((row) => ({ facts: JSON.parse(row.facts) as Facts, count: row.n }));
  return {
    ...time,
    groups,
    decisions: groups.reduce((sum, group) => sum + group.count, 0),
    complete: rows.length <= MOST_GROUPS,
  };
}
