/**
 * `node tests/bench/instances.ts 100000`: the administrator's pages with so many running instances on PostgreSQL, asked for over HTTP as a browser does.
 */
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { Sql } from '../../src/db/sql.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { stageOn } from '../../src/tryout/stage.ts';
import { withServer } from '../support/postgres-server.ts';
import { Visitor } from '../support/visitor.ts';
import { DEMAND } from '../support/walk.ts';
import { fillLedger } from './ledger.ts';
import { type Line, quantile, rounded, timed } from './measure.ts';

const STEPS = ['register-demand', 'dispatch-demand', 'handle-demand', 'give-feedback', 'conduct-return-visit'];

/** Running instances of the main process over all its steps, with six steps behind each and one in two hundred stuck. */
async function fillInstances(sql: Sql, instances: number): Promise<void> {
  await sql.query(
    `insert into process_instance (key, process_id, process_version, root_key, demand_id, state, started_at)
     select (7000000000000 + n)::text, 'fast-response', 1, (7000000000000 + n)::text, 'bench-' || n, 'ACTIVE',
       extract(epoch from timestamptz '2026-02-01T09:00:00+08:00')::bigint * 1000 + n * 170000
     from generate_series(1, $1::int) n`,
    [instances],
  );
  await sql.query(
    `insert into element_visit (key, process_instance_key, element_id, element_type, state, entered_at, left_at)
     select 'b' || n || '-' || s, (7000000000000 + n)::text, ($2::text[])[1 + (n + s) % $3::int], 'USER_TASK',
       case when s = 0 then 'ACTIVE' else 'COMPLETED' end, 1770000000000 + n * 170000::bigint + s * 1000, case when s = 0 then null else 1770000000000 + n * 170000::bigint + s * 2000 end
     from generate_series(1, $1::int) n, generate_series(0, 6) s`,
    [instances, STEPS, STEPS.length],
  );
  await sql.query(
    `insert into incident_view (key, process_instance_key, element_id, error_type, error_message, demand_id, created_at)
     select 'bi' || n, (7000000000000 + n)::text, ($2::text[])[1 + n % $3::int], 'JOB_NO_RETRIES', 'bench', 'bench-' || n, 1770000000000 + n * 170000::bigint
     from generate_series(200, $1::int, 200) n`,
    [instances, STEPS, STEPS.length],
  );
  await sql.query('analyze');
}

const PAGES: [string, string][] = [
  ['全部', '/instances'],
  ['一个流程，各步件数', '/instances?process=fast-response'],
  ['一版，各步件数', '/instances?process=fast-response&version=1'],
  ['停在一步的', '/instances?process=fast-response&version=1&element=handle-demand'],
  ['有异常的', '/instances?state=INCIDENT'],
  ['10 天以前开始的', '/instances?age=10'],
  ['翻到中间', '/instances?after=1778000000000.7000000050000'],
  ['异常', '/incidents'],
];

async function measure(visitor: Visitor, instances: number): Promise<Line[]> {
  const lines: Line[] = [];
  for (const [name, path] of PAGES) {
    const values: number[] = [];
    for (let round = 0; round < 20; round += 1) {
      let status = 0;
      values.push(
        await timed(async () => {
          ({ status } = await visitor.get(path));
        }),
      );
      if (status !== 200) throw new Error(`${path}: ${status}`);
    }
    lines.push({
      what: `在办实例 ${instances.toLocaleString('en')} 个：${name}（p50 / p95）`,
      measured: `${rounded(quantile(values, 0.5))} / ${rounded(quantile(values, 0.95))} ms`,
      budget: 'p95 < 200 ms',
    });
  }
  return lines;
}

const instances = Number(process.argv[2] ?? 100_000);
await withServer(async (_server, fresh) => {
  const clock = new AdjustableClock('2026-08-20T09:00:00+08:00');
  const composed = await compose(
    readConfig({ NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'silent', DEMO: '1', DATABASE_URL: await fresh() }),
    { clock, quiet: true },
  );
  const address = await composed.listen();
  const stage = await stageOn(composed, address, async () => {});
  await (await stage.api('pengqingming')).post('/demands', DEMAND);
  await composed.settle();
  await fillLedger(composed.house.sql, instances);
  await fillInstances(composed.house.sql, instances);
  for (const line of await measure(await Visitor.signIn(address, 'jinqingming'), instances))
    console.log(`| ${line.what} | ${line.measured} | ${line.budget} |`);
  await composed.stop();
});
