import { setTimeout as wait } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { Sql } from '../../src/db/sql.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { backtestRuleSet, backtestRun, type RuleSet, startBacktest } from '../../src/modules/rules/index.ts';
import { withServer } from '../support/postgres-server.ts';
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

/** The same as the page does it: the run is asked for, made in the background by the program, and followed by its progress. */
export async function measureBackgroundRun(
  sql: Sql,
  decisions: number,
  { now, sweep }: { now: Date; sweep: () => Promise<unknown> },
): Promise<Line[]> {
  const id = 'bench-run';
  await startBacktest(
    sql,
    { id, ruleSet: 'bench-backtest', draft: JSON.stringify(draft()), from: null },
    { actor: SYSTEM_ACTOR, now },
  );
  const before = process.memoryUsage().rss;
  let most = before;
  let asked = 0;
  const steps = new Set<number>();
  let over = false;
  const following = (async () => {
    while (!over) {
      const run = await backtestRun(sql, id);
      steps.add(run.done);
      asked += 1;
      most = Math.max(most, process.memoryUsage().rss);
      await wait(50);
    }
  })();
  const spent = await timed(sweep);
  over = true;
  await following;
  const run = await backtestRun(sql, id);
  if (run.state !== 'DONE') throw new Error(`${run.state} ${run.problem}`);
  return [
    {
      what: `回测页：${decisions.toLocaleString('en')} 次决定在后台跑完（进度更新 ${steps.size} 次，期间查询 ${asked} 次都有应答）`,
      measured: `${rounded(spent / 1000)} s，内存最多增加 ${Math.round((most - before) / 2 ** 20)} MB`,
      budget: '百万次 < 10 s',
    },
  ];
}

/** `node tests/bench/backtest.ts 1000000`: on PostgreSQL, alone. */
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const decisions = Number(process.argv[2] ?? 1_000_000);
  await withServer(async (_server, fresh) => {
    const clock = new AdjustableClock('2026-08-20T09:00:00+08:00');
    const composed = await compose(
      readConfig({ NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'silent', DEMO: '1', DATABASE_URL: await fresh() }),
      { clock, quiet: true },
    );
    const { sql } = composed.house;
    const lines = await measureBacktest(sql, decisions);
    lines.push(...(await measureBackgroundRun(sql, decisions, { now: clock.now(), sweep: () => composed.sweep() })));
    for (const line of lines) console.log(`| ${line.what} | ${line.measured} | ${line.budget} |`);
    await composed.stop();
  });
}
