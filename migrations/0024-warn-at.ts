import { Migration } from '@mikro-orm/migrations';

/** When a clock is warned about is kept with the clock: it follows the bureau's own days off and the urgency of its demand. */
export class WarnAt extends Migration {
  override name = '0024-warn-at';

  override up(): void {
    this.addSql(`alter table deadline add column warn_before int, add column warn_at timestamptz`);
    // Every index is written when a clock is marked: only what a sweep looks for is kept.
    this.addSql('drop index deadline_open_id');
    this.addSql('drop index deadline_to_warn');
    this.addSql(
      `create index deadline_to_warn on deadline (due_at) where status = 'OPEN' and warned_at is null and warn_at is null`,
    );
    this.addSql(
      `create index deadline_warn_at on deadline (warn_at) where status = 'OPEN' and warned_at is null and warn_at is not null`,
    );
  }
}
