import type { Sql } from '../../db/sql.ts';
import type { RuleSet } from './rule-set.ts';
import { listRuleSetVersions } from './store-rules.ts';

export interface ParameterValue {
  version: number;
  value: unknown;
  effectiveFrom: string;
  publishedBy: string;
  reason: string;
}

/** Every value a parameter has had, newest first: a version that left it as it was is not mentioned. */
export async function parameterHistory(sql: Sql, id: string): Promise<Map<string, ParameterValue[]>> {
  const history = new Map<string, ParameterValue[]>();
  const versions = (await listRuleSetVersions(sql, id)).reverse();
  for (const item of versions) {
    const { outcome } = (JSON.parse(item.content) as RuleSet).default;
    for (const [name, value] of Object.entries(outcome)) {
      const known = history.get(name) ?? [];
      if (known[0] && known[0].value === value) continue;
      const { version, effectiveFrom, publishedBy, reason } = item;
      history.set(name, [{ version, value, effectiveFrom, publishedBy, reason }, ...known]);
    }
  }
  return history;
}
