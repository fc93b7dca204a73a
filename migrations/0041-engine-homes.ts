import { Migration } from '@mikro-orm/migrations';

/** With two engines at once: which engine a subject lives on, and what number the house gives to a version an engine has made. */
export class EngineHomes extends Migration {
  override name = '0041-engine-homes';

  override up(): void {
    this.addSql(
      `create table engine_home (correlation_key text primary key, engine text not null, since bigint not null)`,
    );
    this.addSql(`create table engine_version (
      engine text not null, process_id text not null, engine_version int not null, version int not null,
      definition_key text not null, hash text not null, primary key (engine, process_id, engine_version))`);
    this.addSql(`insert into engine_version (engine, process_id, engine_version, version, definition_key, hash)
      select 'embedded', process_id, version, version, definition_key, hash from process_version`);
    this.addSql(`create index engine_version_house on engine_version (process_id, version)`);
  }
}
