import { Migration } from '@mikro-orm/migrations';

/** Backtests of drafts: what was tried, how far it is, what came out, and who has looked at it. */
export class BacktestRuns extends Migration {
  override name = '0093-backtest-runs';

  override up(): void {
    this.addSql(`create table backtest_run (
      id text primary key, rule_set text not null, draft text not null, draft_hash text not null,
      since timestamptz, until timestamptz not null, state text not null check (state in ('WAITING', 'RUNNING', 'DONE', 'CANCELLED', 'FAILED')),
      done int not null default 0, total int not null, report jsonb, problem text, begun_by text not null, begun_at timestamptz not null,
      touched_at timestamptz not null, finished_at timestamptz)`);
    this.addSql(`create index backtest_run_set on backtest_run (rule_set, begun_at desc)`);
    this.addSql(`create index backtest_run_open on backtest_run (begun_at) where state in ('WAITING', 'RUNNING')`);
    this.addSql(`create table backtest_seen (
      run text not null references backtest_run (id), login text not null, seen_at timestamptz not null, primary key (run, login))`);
  }
}
