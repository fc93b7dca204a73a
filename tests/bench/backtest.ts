import type { Sql } from '../../src/db/sql.ts';
import { backtestRuleSet, type RuleSet } from '../../src/modules/rules/index.ts';
import { type Line, rounded, timed } from './measure.ts';

const TAGS = 200;

/** A hundred rules, one per tag and amount. */
const draft = (): RuleSet => ({
  id: 'bench-backtest',
  title: '回测',
  version: 1,
  effectiveFrom: '2026-01-01',
  basis: [],
  facts: { tag: { type: 'string', title: '标签', required: true }, amount: { type: 'number', title: '税额' } },
  strategy: 'first',
  outcomeSchema: { host: { type: 'string', title: '主办', required: true } },
  default: { outcome: { host: 'TPS' }, reason: '其余' },
  rules: Array.from({ length: 100 }, (_, n) => ({
    id: `r${n}`,
    title: `第 ${n} 条`,
    priority: 100 - n,
    conditions: {
      all: [
        { fact: 'tag', operator: 'in', value: [`t${n}`, `t${n + 100}`] },
        { fact: 'amount', operator: 'greaterThan', value: n * 10 },
      ],
    },
    event: { type: 'route', params: { host: `D${n}` } },
  })),
});

/** So many recorded decisions, no two from the same facts, decided again by a draft of a hundred rules. */
export async function measureBacktest(sql: Sql, decisions: number): Promise<Line[]> {
  const AT_ONCE = 50_000;
  for (let from = 1; from <= decisions; from += AT_ONCE)
    await sql.query(
      `insert into rule_evaluation (key, rule_set, version, subject_type, subject_id, facts, outcome, explanation, evaluated_at)
       select 'bench-' || n, 'bench-backtest', 1, 'demand', 'd' || n, jsonb_build_object('tag', 't' || n % ${TAGS}, 'amount', n),
         '{"host":"TPS"}', '{}', timestamptz '2022-01-01T00:00:00+08:00' + n * interval '1 minute'
       from generate_series($1::int, $2::int) n`,
      [from, Math.min(decisions, from + AT_ONCE - 1)],
    );
  await sql.query('analyze rule_evaluation');
  let report = { decisions: 0, changed: 0 };
  const spent = await timed(async () => {
    report = await backtestRuleSet(sql, { draft: draft() });
  });
  return [
    {
      what: `回测：${report.decisions.toLocaleString('en')} 次决定 × 100 条规则（改变 ${report.changed.toLocaleString('en')} 次）`,
      measured: `${rounded(spent / 1000)} s`,
      budget: '百万次 < 10 s',
    },
  ];
}
