import { Migration } from '@mikro-orm/migrations';

/** Versions of the task forms, so that they are edited and published like diagrams and rules; and the drafts of all three. */
export class FormVersions extends Migration {
  override name = '0090-form-versions';

  override up(): void {
    this.addSql(`create table form_version (
      form_id text not null, version int not null, process_id text not null, content text not null, hash text not null,
      published_at timestamptz not null, published_by text not null, reason text not null, primary key (form_id, version))`);
    this.addSql(`create table design_draft (
      kind text not null check (kind in ('process', 'rules', 'form')), id text not null, content text not null, examples text,
      process_id text, based_on int, revision int not null, created_by text not null, created_at timestamptz not null,
      edited_by text not null, edited_at timestamptz not null, primary key (kind, id))`);
  }
}
