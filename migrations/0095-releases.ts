import { Migration } from '@mikro-orm/migrations';

/**
 * Releases: designs that are put into force together, with what was checked, who looked, who signed and what became of it.
 * The contents are frozen in the items; what was in force before stays beside them, so that it can be put back.
 */
export class Releases extends Migration {
  override name = '0095-releases';

  override up(): void {
    this.addSql(`create table release (
      id text primary key, title text not null, state text not null, revision int not null default 1,
      reason text not null default '', basis text not null default '', effective_at timestamptz,
      created_by text not null, created_by_name text not null, created_at timestamptz not null,
      report jsonb, report_hash text, checked_content text, checked_at timestamptz, checked_by_name text, explanations jsonb not null default '{}',
      submitted_by text, submitted_by_name text, submitted_at timestamptz, required int, returned jsonb,
      failure text, claim text, claimed_until timestamptz, published_at timestamptz, rolls_back text references release (id),
      rolled_back_by text references release (id), fast boolean not null default false, source text not null default 'browser')`);
    this.addSql('create index release_state on release (state, effective_at)');
    this.addSql(`create table release_item (
      release_id text not null references release (id), position int not null, kind text not null check (kind in ('process', 'rules', 'form', 'calendar')),
      design_id text not null, title text not null, content text not null, examples text, process_id text, based_on int,
      hash text not null, authors text[] not null, published_version int, previous jsonb, primary key (release_id, kind, design_id))`);
    this.addSql(`create table release_signature (
      release_id text not null references release (id), login text not null, name text not null, at timestamptz not null,
      content_hash text not null, primary key (release_id, login))`);
    this.addSql(`create table release_look (
      release_id text not null references release (id), kind text not null, design_id text not null, login text not null,
      hash text not null, at timestamptz not null, primary key (release_id, kind, design_id, login))`);
    // Everybody who ever kept a draft is an author of it: none of them may sign it.
    this.addSql(`alter table design_draft add column authors text[] not null default '{}'`);
    this.addSql(
      'update design_draft set authors = case when created_by = edited_by then array[created_by] else array[created_by, edited_by] end',
    );
  }
}
