import type { Sql } from '../../../db/sql.ts';
import type { Facts } from '../rule-set.ts';

/** Different facts that were decided from, each with how often: what is told apart by nothing is looked at once. */
export interface RuleHistory {
  decisions: number;
  /** False when there were more decisions in that time than are looked at; then these are the newest. */
  complete: boolean;
  /** Most frequent first. */
  groups: readonly { facts: Facts; count: number }[];
}

/** A page is drawn with it: enough to weigh findings by, few enough to be read at once. */
const MOST = 20_000;

/** What a rule set was asked in a time, the newest first, for weighing findings by what really happens. */
export async function ruleHistory(sql: Sql, id: string, time: { from: Date; until: Date }): Promise<RuleHistory> {
  const rows = await sql.query<{ facts: string; n: number }>(
    `select facts, count(*)::int as n from (
       select facts::text as facts from rule_evaluation
       where rule_set = $1 and evaluated_at >= $2::timestamptz and evaluated_at < $3::timestamptz
       order by evaluated_at desc, key desc limit ${MOST}) newest
     group by facts order by n desc, facts`,
    [id, time.from.toISOString(), time.until.toISOString()],
  );
  const decisions = rows.reduce((sum, row) => sum + row.n, 0);
  const groups = rows.map((row) => ({ facts: JSON.parse(row.facts) as Facts, count: row.n }));
  return { decisions, complete: decisions < MOST, groups };
}
