import { Migration } from '@mikro-orm/migrations';

/** What a migration's rehearsal said of the clocks is kept beside what became of them. */
export class ForeseenClocks extends Migration {
  override name = '0103-foreseen-clocks';

  override up(): void {
    this.addSql(`alter table migration_item add column foreseen jsonb not null default '[]'`);
    this.addSql(`update migration_item set foreseen = clocks`);
    // One that was refused while it was carried out has moved no clock.
    this.addSql(`update migration_item set clocks = '[]' where state = 'REFUSED'`);
  }
}
