import { Migration } from '@mikro-orm/migrations';

/** Messages that leave the house, the templates they are made from, and how each person wants to be reminded. */
export class Messages extends Migration {
  override name = '0069-messages';

  override up(): void {
    this.addSql(`create table notification_preference (
      login text primary key references app_user (login), email text, phone text, channels text[] not null default '{}', hours text,
      digest boolean not null default false, updated_at timestamptz not null)`);
    this.addSql(`create table message_template (
      template text not null, version int not null, subject text not null, body text not null, published_at timestamptz not null,
      published_by text not null, published_by_name text not null, reason text not null, restored_from int, primary key (template, version))`);
    // No address, no code and no link is kept here: they are looked up when the message leaves.
    this.addSql(`create table message (
      id text primary key, channel text not null, audience text not null check (audience in ('STAFF', 'TAXPAYER')), recipient text not null,
      demand_id text, org_code text, kind text not null, template text not null, template_version int, values jsonb not null,
      status text not null check (status in ('WAITING', 'DIGEST', 'SENT', 'LOGGED', 'SKIPPED', 'GIVEN_UP', 'DROPPED')),
      attempts int not null default 0, next_at timestamptz not null, claimed_until timestamptz, created_at timestamptz not null,
      settled_at timestamptz, sent_to text, last_error text, reference text, digest_id text)`);
    this.addSql(`create index message_due on message (next_at) where status = 'WAITING'`);
    this.addSql(`create index message_digest on message (recipient) where status = 'DIGEST'`);
    this.addSql(`create index message_given_up on message (settled_at) where status = 'GIVEN_UP'`);
    this.addSql(`create index message_demand on message (demand_id) where demand_id is not null`);
  }
}
