import { Migration } from '@mikro-orm/migrations';

/** Files of demands and tasks. The bytes lie outside the database under their SHA-256; a row says whose they are. */
export class Attachments extends Migration {
  override name = '0009-attachments';

  override up(): void {
    this.addSql(`create table attachment (
      id text primary key,
      status text not null check (status in ('PENDING', 'ATTACHED', 'REMOVED')),
      subject_type text, subject_id text, task_id text, field text,
      name text not null, media_type text not null, size int not null, sha256 text not null,
      sensitive boolean not null default false,
      uploaded_by text not null, uploaded_by_name text not null, uploaded_at timestamptz not null,
      attached_at timestamptz,
      check ((status = 'ATTACHED') = (subject_id is not null)))`);
    this.addSql(`create index attachment_subject on attachment (subject_type, subject_id) where status = 'ATTACHED'`);
    this.addSql(`create index attachment_pending on attachment (uploaded_at) where status = 'PENDING'`);
    this.addSql(`create index attachment_content on attachment (sha256)`);
  }
}
