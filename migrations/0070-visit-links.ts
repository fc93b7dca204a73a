import { Migration } from '@mikro-orm/migrations';

/** Links by which taxpayers rate the handling, and tries at the public pages. */
export class VisitLinks extends Migration {
  override name = '0070-visit-links';

  override up(): void {
    this.addSql(`create table visit_link (
      id text primary key, demand_id text not null references demand (id), round int not null, created_at timestamptz not null,
      expires_at timestamptz, answers int not null default 0, visit_id text, unique (demand_id, round))`);
    // A link that is sent again gets a token of its own: the first message may have arrived after all.
    this.addSql(
      `create table visit_link_token (hash text primary key, link_id text not null references visit_link (id))`,
    );
    this.addSql(`create table public_try (bucket text not null, at timestamptz not null)`);
    this.addSql(`create index public_try_bucket on public_try (bucket, at)`);
  }
}
