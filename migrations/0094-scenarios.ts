import { Migration } from '@mikro-orm/migrations';

/** Recorded trials of processes, replayed before each publication. */
export class Scenarios extends Migration {
  override name = '0094-scenarios';

  override up(): void {
    this.addSql(`create table scenario (
      process_id text not null, name text not null, content text not null, hash text not null, saved_at timestamptz not null,
      saved_by text not null, dropped boolean not null default false, primary key (process_id, name))`);
  }
}
