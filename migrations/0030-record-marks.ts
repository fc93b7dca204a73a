import { Migration } from '@mikro-orm/migrations';

/** How far the record stream had come on each day, so that old records can be let go. */
export class RecordMarks extends Migration {
  override name = '0030-record-marks';

  override up(): void {
    this.addSql('create table engine_record_mark (day int primary key, position bigint not null)');
  }
}
