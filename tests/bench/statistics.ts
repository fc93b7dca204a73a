/** `node tests/bench/statistics.ts 200000` measures the statistics alone, on PostgreSQL; `npm run bench` measures them with everything else. */
import { pathToFileURL } from 'node:url';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import type { Sql } from '../../src/db/sql.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import {
  findTopics,
  makeReport,
  monthPeriod,
  type Period,
  reconcile,
  yearPeriod,
} from '../../src/modules/statistics/index.ts';
import { stageOn } from '../../src/tryout/stage.ts';
import type { House } from '../../src/web/house.ts';
import { withServer } from '../support/postgres-server.ts';
import { DEMAND } from '../support/walk.ts';
import { fillLedger } from './ledger.ts';
import { type Line, quantile, rounded, timed } from './measure.ts';

/** Gives the copied demands a life: dispatched, completed, fed back, visited, with the clocks that go with it; one in ten late. */
export async function fillStatistics(sql: Sql): Promise<void> {
  await sql.query(`update demand d set received_at = registered_at - interval '1 hour', dispatched_at = registered_at + interval '1 hour',
      delivered_at = registered_at + interval '1 hour', transferred_at = registered_at + interval '10 minutes',
      completed_at = case when status in ('WRITTEN_OFF', 'AWAITING_VISIT') then registered_at + (1 + abs(hashtext(id)) % 9) * interval '1 day' end,
      feedback_at = case when status in ('WRITTEN_OFF', 'AWAITING_VISIT') then registered_at + (1 + abs(hashtext(id)) % 9) * interval '1 day' + interval '2 hours' end,
      pushed_at = case when status in ('WRITTEN_OFF', 'AWAITING_VISIT') then registered_at + (1 + abs(hashtext(id)) % 9) * interval '1 day' + interval '2 hours' end,
      visited_at = case when status = 'WRITTEN_OFF' then registered_at + interval '12 days' end,
      satisfaction = case when status = 'WRITTEN_OFF' and abs(hashtext(id)) % 3 = 0 then (array['VERY_SATISFIED', 'SATISFIED', 'DISSATISFIED'])[1 + abs(hashtext(id)) % 7 % 3] end,
      tags = array[(array['契税', '留抵退税', '房产税', '个税汇算', '养老'])[1 + abs(hashtext(id)) % 5]], path = 'SINGLE'
    where id like 'bench-%'`);
  const columns = await sql.query<{ name: string }>(
    `select column_name as name from information_schema.columns where table_name = 'deadline' and is_generated = 'NEVER' order by ordinal_position`,
  );
  // Without a word of history, or nobody at work, every demand would be out of balance.
  await sql.query(`insert into history_event (subject_type, subject_id, sequence, type, occurred_at, actor, actor_name, payload, previous_hash, hash)
    select 'demand', id, 1, 'demand.registered', '2026-01-01T00:00:00.000Z', 'bench', 'bench', jsonb_build_object('status', status), '', '' from demand where id like 'bench-%'`);
  await sql.query(`insert into process_instance (key, process_id, process_version, root_key, demand_id, state, started_at)
    select id, 'fast-response', 1, id, id, 'ACTIVE', 0 from demand where id like 'bench-%' and status in ('HANDLING', 'AWAITING_VISIT')`);
  await sql.query(`update demand set visit_required = false where id like 'bench-%'`);
  // What the trigger would do for each of the rows is done once for all of them.
  await sql.query('alter table deadline disable trigger deadline_next_due');
  for (const [kind, starts, ends, days] of [
    ['TRANSFER', 'd.registered_at', 'd.transferred_at', 1],
    ['HANDLING', 'd.delivered_at', 'd.completed_at', 7],
    ['FEEDBACK', 'd.completed_at', 'd.feedback_at', 1],
  ] as const) {
    const due = `(${starts} + interval '${days} days')`;
    const other: Record<string, string> = {
      id: `'stats-${kind}-' || d.id`,
      subject_id: 'd.id',
      kind: `'${kind}'`,
      round: '1',
      org_code: 'd.host_org_code',
      department_code: 'd.host_department',
      starts_at: starts,
      due_at: due,
      due_date: `${due}::date`,
      status: `case when ${ends} is null then 'OPEN' else 'STOPPED' end`,
      stopped_at: ends,
      overdue: `${ends} > ${due}`,
      overdue_days: '0',
      stop_reason: 'null',
      overdue_noticed_at: 'now()',
      warned_at: 'now()',
      warn_at: 'null',
    };
    await sql.query(
      `insert into deadline (${columns.map(({ name }) => name).join(', ')})
       select ${columns.map(({ name }) => other[name] ?? `c.${name}`).join(', ')}
       from demand d, (select * from deadline where id not like 'stats-%' limit 1) c where d.id like 'bench-%' and ${starts} is not null`,
    );
  }
  await sql.query('alter table deadline enable trigger deadline_next_due');
  await sql.query(`update demand d set next_due_at = c.due from (select subject_id, min(due_at) as due from deadline
    where subject_type = 'demand' and status = 'OPEN' group by subject_id) c where c.subject_id = d.id and d.id like 'bench-%'`);
  await sql.query('analyze');
}

/** Indicators as the page asks for them, the daily balance, the search for common demands. */
export async function measureStatistics(house: House, demands: number): Promise<Line[]> {
  const lines: Line[] = [];
  const calendar = await house.calendar();
  const times = async (rounds: number, work: () => Promise<unknown>) => {
    const values: number[] = [];
    for (let round = 0; round < rounds; round += 1) values.push(await timed(work));
    return `${rounded(quantile(values, 0.5))} / ${rounded(quantile(values, 0.95))} ms`;
  };
  const report = (period: Period, orgCode?: string) => () =>
    makeReport(house.sql, calendar, {
      period,
      now: house.clock.now(),
      compare: false,
      withRestricted: true,
      ...(orgCode ? { orgCode } : {}),
    });
  const named = `台账 ${demands.toLocaleString('en')} 件`;
  for (const [what, period, orgCode] of [
    ['指标，全市一个月', monthPeriod(2026, 7), undefined],
    ['指标，一个县一个月', monthPeriod(2026, 7), '341523'],
    ['指标，全市一年', yearPeriod(2025), undefined],
  ] as const)
    lines.push({
      what: `${named}：${what}（p50 / p95）`,
      measured: await times(8, report(period, orgCode)),
      budget: period.kind === 'MONTH' ? 'p95 < 500 ms' : '—',
    });
  lines.push({
    what: `${named}：每日对账，全部单位（p50 / p95）`,
    measured: await times(2, () =>
      house.transaction(SYSTEM_ACTOR, (unit) => reconcile({ ...unit, sql: house.sql }, '2026-11-22')),
    ),
    budget: '—',
  });
  lines.push({
    what: `${named}：查找共性诉求（p50 / p95）`,
    measured: await times(2, () => house.transaction(SYSTEM_ACTOR, (unit) => findTopics(unit))),
    budget: '—',
  });
  return lines;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const demands = Number(process.argv[2] ?? 200_000);
  await withServer(async (_server, fresh) => {
    const clock = new AdjustableClock('2026-08-20T09:00:00+08:00');
    const composed = await compose(
      readConfig({ NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'silent', DEMO: '1', DATABASE_URL: await fresh() }),
      { clock, quiet: true },
    );
    const address = await composed.listen();
    const stage = await stageOn(composed, address, async () => {});
    await (await stage.api('pengqingming')).post('/demands', DEMAND);
    await fillLedger(composed.house.sql, demands);
    await fillStatistics(composed.house.sql);
    for (const line of await measureStatistics(composed.house, demands))
      console.log(`| ${line.what} | ${line.measured} | ${line.budget} |`);
    await composed.stop();
  });
}
