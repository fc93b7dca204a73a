import { Migration } from '@mikro-orm/migrations';

/** Deployed versions of the process files, with who put them into force and why. */
export class Processes extends Migration {
  override name = '0006-processes';

  override up(): void {
    this.addSql(`create table process_version (
      process_id text not null, version int not null, definition_key text not null, resource text not null, hash text not null,
      xml text not null, deployed_at timestamptz not null, deployed_by text not null, reason text not null,
      primary key (process_id, version))`);
  }
}
