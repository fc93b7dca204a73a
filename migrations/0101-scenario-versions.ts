import { Migration } from '@mikro-orm/migrations';

/** What a scenario expects has versions, and goes through the publish gate with the designs it speaks of. */
export class ScenarioVersions extends Migration {
  override name = '0101-scenario-versions';

  override up(): void {
    this.addSql('alter table release_item drop constraint release_item_kind_check');
    this.addSql(`alter table release_item add constraint release_item_kind_check
      check (kind in ('process', 'rules', 'form', 'calendar', 'scenario'))`);
    // Why this one item changes, where it has a reason of its own.
    this.addSql('alter table release_item add column note text');
    this.addSql('alter table scenario add column version int not null default 1');
    this.addSql(`create table scenario_version (
      process_id text not null, name text not null, version int not null, content text not null, hash text not null,
      dropped boolean not null default false, process_version int, saved_at timestamptz not null, saved_by text not null,
      reason text not null default '', release_id text references release (id), primary key (process_id, name, version))`);
    this.addSql(`insert into scenario_version (process_id, name, version, content, hash, dropped, process_version, saved_at, saved_by)
      select s.process_id, s.name, 1, s.content, s.hash, s.dropped,
             (select max(p.version) from process_version p where p.process_id = s.process_id), s.saved_at, s.saved_by from scenario s`);
  }
}
