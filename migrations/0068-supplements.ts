import { Migration } from '@mikro-orm/migrations';

/** 补充材料: what the host asked for and what came, and what somebody adds unasked. */
export class Supplements extends Migration {
  override name = '0068-supplements';

  override up(): void {
    this.addSql(`create table supplement (
      id text primary key,
      demand_id text not null references demand (id),
      status text not null check (status in ('ASKED', 'GIVEN', 'CLOSED')),
      what text,
      purpose text,
      pauses_clock boolean not null default false,
      asked_by text,
      asked_by_name text,
      asked_at timestamptz,
      content text,
      given_by text,
      given_by_name text,
      given_via text,
      given_at timestamptz)`);
    this.addSql(`create index supplement_demand on supplement (demand_id)`);
    this.addSql(`create unique index supplement_one_asked on supplement (demand_id) where status = 'ASKED'`);
  }
}
