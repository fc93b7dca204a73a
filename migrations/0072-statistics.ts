import { Migration } from '@mikro-orm/migrations';

/**
 * Statistics, frozen reports and the daily reconciliation. Numbers are counted from the ledger and the clocks themselves; what is kept here are
 * definitions, snapshots (never changed) and the results of reconciliation runs.
 */
export class Statistics extends Migration {
  override name = '0072-statistics';

  override up(): void {
    this.addSql(`create index demand_completed on demand (completed_at) where completed_at is not null`);
    this.addSql(`create index demand_fed_back on demand (feedback_at) where feedback_at is not null`);
    this.addSql(`create index demand_dispatched on demand (dispatched_at) where dispatched_at is not null`);
    this.addSql(`create index demand_visited on demand (visited_at) where visited_at is not null`);
    this.addSql(`create index deadline_kind_due on deadline (kind, due_at)`);
    this.addSql(`create index extension_decided on extension (decided_at) where decided_at is not null`);

    // A table of days is handed in as JSON: per day the working seconds before it, the number of working days up to it, and its hours if people work.
    this.addSql(`create function working_seconds(days jsonb, at timestamptz) returns int language sql immutable parallel safe as $$
      select (e ->> 0)::int + case when jsonb_array_length(e) < 6 then 0 else
        greatest(0, least(s, (e ->> 3)::int) - (e ->> 2)::int) + greatest(0, least(s, (e ->> 5)::int) - (e ->> 4)::int) end
      from (select days -> to_char(at at time zone 'Asia/Shanghai', 'YYYY-MM-DD') as e,
        extract(epoch from (at at time zone 'Asia/Shanghai')::time)::int as s) day $$`);
    this.addSql(`create function working_day_number(days jsonb, at timestamptz) returns int language sql immutable parallel safe as $$
      select (days -> to_char(at at time zone 'Asia/Shanghai', 'YYYY-MM-DD') ->> 1)::int $$`);

    this.addSql(`create table indicator_definition (
      version text primary key, effective_from date not null, content jsonb not null, hash text not null, adopted_at timestamptz not null)`);

    this.addSql(`create table report_snapshot (
      id text primary key, kind text not null, org_code text, from_date date not null, to_date date not null, data_at timestamptz not null,
      definition_version text not null, content jsonb not null, hash text not null, made_by text not null, made_by_name text not null)`);
    this.addSql(`create function snapshot_is_frozen() returns trigger language plpgsql as $$
      begin
        raise exception 'a snapshot is frozen: make a new one' using errcode = 'restrict_violation';
      end $$`);
    for (const table of ['report_snapshot', 'indicator_definition']) {
      this.addSql(
        `create trigger ${table}_frozen before update or delete on ${table} for each row execute function snapshot_is_frozen()`,
      );
      this.addSql(
        `create trigger ${table}_kept before truncate on ${table} for each statement execute function snapshot_is_frozen()`,
      );
    }

    this.addSql(`create table reconciliation_run (
      id text primary key, day date not null, made_at timestamptz not null, made_by text not null, made_by_name text not null, breaks int not null, hash text not null)`);
    this.addSql(`create index reconciliation_run_day on reconciliation_run (day, made_at desc)`);
    this.addSql(`create table reconciliation_line (
      run_id text not null references reconciliation_run (id), org_code text not null, registered_today int not null, numbered int not null, registered int not null,
      classes jsonb not null, breaks int not null, primary key (run_id, org_code))`);
    this.addSql(`create table reconciliation_break (
      run_id text not null references reconciliation_run (id), position int not null, org_code text not null, demand_id text, number text not null,
      reason text not null, detail text not null, primary key (run_id, position))`);
    this.addSql(`create index reconciliation_break_demand on reconciliation_break (demand_id)`);
  }
}
