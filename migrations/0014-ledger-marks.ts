import { Migration } from '@mikro-orm/migrations';

/** Indexes measured at a million demands: what is due first, marks that few demands carry, numbers by their beginning. */
export class LedgerMarks extends Migration {
  override name = '0014-ledger-marks';

  override up(): void {
    // Whole and not partial: it also serves `order by next_due_at nulls last`.
    this.addSql(`drop index demand_due`);
    this.addSql(`create index demand_due on demand (next_due_at, number)`);
    this.addSql(`create index demand_number_begins on demand (number text_pattern_ops)`);
    this.addSql(`create index demand_joint on demand (registered_at desc) where handling_mode = 'JOINT'`);
    this.addSql(`create index demand_rework on demand (registered_at desc) where rework_count > 0`);
    this.addSql(`create index demand_restricted on demand (registered_at desc) where restricted`);
    this.addSql(`create index demand_duplicate on demand (registered_at desc) where duplicate_of is not null`);
    this.addSql(`create index deadline_extended on deadline (subject_id) where extensions > 0`);
    this.addSql(`create index deadline_provisional on deadline (subject_id) where provisional and status = 'OPEN'`);
  }
}
