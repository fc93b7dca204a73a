import type { Sql } from '../../src/db/sql.ts';
import type { Actor } from '../../src/kernel/actor.ts';
import { demandScopeSql } from '../../src/modules/access/index.ts';
import { type DemandFilter, listDemands } from '../../src/modules/demands/index.ts';
import { type Line, quantile, rounded, timed } from './measure.ts';

/** Copies the first demand so many times, spread over bureaus, departments, months, states and words. */
export async function fillLedger(sql: Sql, demands: number): Promise<void> {
  const columns = await sql.query<{ name: string }>(
    `select column_name as name from information_schema.columns where table_name = 'demand' and is_generated = 'NEVER' order by ordinal_position`,
  );
  const orgs = `(array['341500','341502','341503','341504','341522','341523','341524','341525','341571'])[1 + n % 9]`;
  const other: Record<string, string> = {
    id: `'bench-' || n`,
    number: `'LASQ-' || ${orgs} || '-' || to_char(timestamp '2022-01-01' + (n % 1700) * interval '1 day', 'YYYYMMDD') || '-' || lpad((n / 1700)::text, 6, '0')`,
    tracking_code: `'b' || n`,
    org_code: orgs,
    host_org_code: orgs,
    host_department: `${orgs} || (array['-TPS','-COL','-REV','-TAX1','-TAX2'])[1 + n % 5]`,
    status: `(array['WRITTEN_OFF','WRITTEN_OFF','WRITTEN_OFF','HANDLING','AWAITING_VISIT'])[1 + n % 5]`,
    category: `(array['POLICY','ENFORCEMENT','SERVICE','INFORMATION','OTHER'])[1 + n % 5]`,
    registered_at: `timestamptz '2022-01-01T09:00:00+08:00' + (n % 1700) * interval '1 day' + (n % 480) * interval '1 minute'`,
    content: `'纳税人反映' || (array['契税','留抵退税','房产税','个税汇算','社保缴费'])[1 + n % 5] || '办理第' || n || '号事项，一直没有结果，请尽快核实。'`,
    taxpayer_name: `'六安市第' || n % 5000 || '商贸有限公司'`,
    contact_phone: `'199' || lpad((n % 100000000)::text, 8, '0')`,
    process_instance_key: 'null',
  };
  const AT_ONCE = 20_000;
  for (let from = 1; from <= demands; from += AT_ONCE)
    await sql.query(
      `insert into demand (${columns.map(({ name }) => name).join(', ')})
       select ${columns.map(({ name }) => other[name] ?? `d.${name}`).join(', ')}
       from (select * from demand where id not like 'bench-%' limit 1) d, generate_series($1::int, $2::int) n`,
      [from, Math.min(demands, from + AT_ONCE - 1)],
    );
  await sql.query('analyze');
}

const FILTERS: [string, DemandFilter][] = [
  ['最近登记', {}],
  ['单位、类别、状态', { orgCode: '341523', category: 'SERVICE', status: 'HANDLING' }],
  ['全文检索', { q: '第4711号事项' }],
  ['检索加筛选', { q: '留抵退税', state: 'open', from: '2026-01-01' }],
  ['电话后四位', { q: '4711' }],
  ['部门在办', { hostDepartment: '341523-TAX2', state: 'open' }],
];

/** The ledger as a person asks for it, in the database. */
export async function measureLedger(sql: Sql, people: readonly Actor[], demands: number, now: Date): Promise<Line[]> {
  const lines: Line[] = [];
  for (const [name, filter] of FILTERS) {
    const values: number[] = [];
    for (let round = 0; round < 20; round += 1)
      for (const actor of people)
        values.push(
          await timed(() => listDemands(sql, demandScopeSql(actor, 1), filter, { limit: 50, offset: 0, now })),
        );
    lines.push({
      what: `台账 ${demands.toLocaleString('en')} 件：${name}（p50 / p95）`,
      measured: `${rounded(quantile(values, 0.5))} / ${rounded(quantile(values, 0.95))} ms`,
      budget: 'p95 < 50 ms',
    });
  }
  return lines;
}

/** So many clocks of running demands fall due at once. */
export async function fillDeadlines(sql: Sql, clocks: number, dueAt: Date): Promise<void> {
  const columns = await sql.query<{ name: string }>(
    `select column_name as name from information_schema.columns where table_name = 'deadline' and is_generated = 'NEVER' order by ordinal_position`,
  );
  const other: Record<string, string> = {
    id: `'bench-' || n`,
    subject_id: `'bench-' || n`,
    // The clocks the statistics have made are of earlier rounds.
    round: '9',
    status: `'OPEN'`,
    due_at: `$3::timestamptz`,
    stopped_at: 'null',
    overdue: 'null',
    overdue_days: 'null',
    warned_at: 'null',
    overdue_noticed_at: 'null',
  };
  const AT_ONCE = 10_000;
  for (let from = 1; from <= clocks; from += AT_ONCE)
    await sql.query(
      `insert into deadline (${columns.map(({ name }) => name).join(', ')})
       select ${columns.map(({ name }) => other[name] ?? `d.${name}`).join(', ')}
       from (select * from deadline where id not like 'bench-%' limit 1) d, generate_series($1::int, $2::int) n`,
      [from, Math.min(clocks, from + AT_ONCE - 1), dueAt.toISOString()],
    );
  await sql.query('analyze deadline');
}
