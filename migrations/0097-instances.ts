import { Migration } from '@mikro-orm/migrations';

/** Running instances are looked for by process, version, element and incident; they are migrated in batches that survive a restart. */
export class Instances extends Migration {
  override name = '0097-instances';

  override up(): void {
    this.addSql(
      `create index process_instance_place on process_instance (process_id, process_version, started_at, key)`,
    );
    this.addSql(`create index process_instance_active on process_instance (started_at, key) where state = 'ACTIVE'`);
    this.addSql(
      `create index element_visit_active on element_visit (element_id, process_instance_key) where state = 'ACTIVE'`,
    );
    this.addSql(
      `create index incident_view_open on incident_view (process_instance_key, element_id) where resolved_at is null`,
    );
    this.addSql(`create index zeebe_job_instance on zeebe_job (process_instance_key)`);
    // A step that is stuck before it has begun has no visit: the incident itself says which element instance it holds.
    this.addSql(`alter table incident_view add column element_instance_key text`);

    this.addSql(`create table migration (
      id text primary key, process_id text not null, from_version int not null, to_version int not null,
      chosen jsonb not null, mapping jsonb not null default '[]', clocks text not null, reason text not null,
      state text not null, revision int not null default 1,
      made_by text not null, made_by_name text not null, made_at timestamptz not null,
      rehearsed_at timestamptz, started_by text, started_at timestamptz, finished_at timestamptz,
      revert_reason text, reverted_by text, reverted_at timestamptz)`);
    this.addSql(`create index migration_made on migration (made_at desc)`);
    this.addSql(`create index migration_running on migration (id) where state in ('RUNNING', 'REVERTING')`);
    this.addSql(`create table migration_item (
      migration_id text not null references migration (id), instance_key text not null, demand_id text,
      state text not null, reason text, elements text[] not null default '{}', clocks jsonb not null default '[]', done_at timestamptz,
      primary key (migration_id, instance_key))`);
    this.addSql(`create index migration_item_state on migration_item (migration_id, state, instance_key)`);
    this.addSql(`create index migration_item_instance on migration_item (instance_key)`);
  }
}
