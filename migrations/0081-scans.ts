import { Migration } from '@mikro-orm/migrations';

/** Attachments are looked through for viruses where a scanner is set: held back until it has answered. */
export class Scans extends Migration {
  override name = '0081-scans';

  override up(): void {
    this.addSql(
      `alter table attachment add column scan text not null default 'NONE' check (scan in ('NONE', 'WAITING', 'CLEAN', 'FOUND'))`,
    );
    this.addSql(`alter table attachment add column scan_found text`);
    this.addSql(`alter table attachment add column scanned_at timestamptz`);
    this.addSql(`create index attachment_waiting on attachment (uploaded_at) where scan = 'WAITING'`);
  }
}
