import { Migration } from '@mikro-orm/migrations';

/** Common demands (共性诉求): groups, who belongs to them, what was done about them. Reconciliation runs in the order they were made. */
export class CommonDemands extends Migration {
  override name = '0073-common-demands';

  override up(): void {
    this.addSql(`alter table reconciliation_run add column sequence bigint generated always as identity`);
    this.addSql(`create index reconciliation_run_newest on reconciliation_run (sequence desc)`);
    // What is done once per calendar day, by whichever node comes first.
    this.addSql(`create table statistics_done (kind text not null, day date not null, primary key (kind, day))`);

    this.addSql(`create table common_demand (
      id text primary key, org_code text not null, kind text not null check (kind in ('TAG', 'TEXT')), title text not null, tag text,
      status text not null check (status in ('OPEN', 'CLOSED')), level text not null,
      rule_id text, rule_version int not null, rule_reason text not null, facts jsonb not null, found_at timestamptz not null,
      lead_department text, lead_note text, lead_set_by text, lead_set_at timestamptz,
      measures text, measures_by text, measures_by_name text, measures_at timestamptz,
      closed_at timestamptz, closed_by text, closed_by_name text, close_reason text, revision int not null default 1)`);
    this.addSql(
      `create unique index common_demand_one_open on common_demand (org_code, tag) where status = 'OPEN' and tag is not null`,
    );
    this.addSql(`create index common_demand_org on common_demand (org_code, found_at desc)`);
    this.addSql(`create table common_demand_member (
      common_demand_id text not null references common_demand (id), demand_id text not null references demand (id),
      similarity real, joined_at timestamptz not null, primary key (common_demand_id, demand_id))`);
    this.addSql(`create index common_demand_member_demand on common_demand_member (demand_id)`);
  }
}
