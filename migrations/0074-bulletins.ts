import { Migration } from '@mikro-orm/migrations';

/** Bulletins (通报): written from a frozen snapshot, signed by somebody else, published to bureaus, never changed afterwards. */
export class Bulletins extends Migration {
  override name = '0074-bulletins';

  override up(): void {
    this.addSql(`create table bulletin (
      id text primary key, org_code text not null, kind text not null check (kind in ('WEEKLY', 'MONTHLY', 'QUARTERLY', 'YEARLY')),
      period_key text not null, period_title text not null, from_date date not null, to_date date not null,
      title text not null, document_number text, version int not null default 1, corrects text references bulletin (id), correction_reason text,
      status text not null check (status in ('DRAFT', 'IN_REVIEW', 'SIGNED', 'PUBLISHED', 'ARCHIVED')),
      snapshot_id text not null references report_snapshot (id), edits jsonb not null default '{}', copies_to text,
      author text not null, author_name text not null, created_at timestamptz not null, submitted_at timestamptz,
      opinion text, signer text, signer_name text, signed_at timestamptz,
      published_to text[] not null default '{}', published_at timestamptz, published_by text, published_by_name text,
      archived_at timestamptz, text_hash text, revision int not null default 1,
      unique (org_code, kind, period_key, version))`);
    this.addSql(`create index bulletin_org on bulletin (org_code, created_at desc)`);
    this.addSql(`create index bulletin_published on bulletin using gin (published_to)`);
    this.addSql(`create unique index bulletin_one_correction on bulletin (corrects) where corrects is not null`);
    this.addSql(`create function bulletin_is_signed() returns trigger language plpgsql as $$
      begin
        if tg_op = 'DELETE' or old.status in ('SIGNED', 'PUBLISHED', 'ARCHIVED') and
          (old.snapshot_id, old.edits, old.title, old.period_key, old.version, old.signer, old.text_hash)
            is distinct from (new.snapshot_id, new.edits, new.title, new.period_key, new.version, new.signer, new.text_hash) then
          raise exception 'a signed bulletin is not changed: correct it with a new version' using errcode = 'restrict_violation';
        end if;
        return new;
      end $$`);
    this.addSql(
      `create trigger bulletin_signed before update or delete on bulletin for each row execute function bulletin_is_signed()`,
    );
  }
}
