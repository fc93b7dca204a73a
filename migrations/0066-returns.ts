import { Migration } from '@mikro-orm/migrations';

/** 退单、改派、并单、拆单、重新打开: what of a demand's way besides the straight one is kept, and clocks that know why they stopped. */
export class Returns extends Migration {
  override name = '0066-returns';

  override up(): void {
    this.addSql(`alter table demand
      add column return_count int not null default 0,
      add column reopen_count int not null default 0,
      add column merged_at timestamptz,
      add column split_at timestamptz,
      add column raised_at timestamptz,
      add column raised_reason text,
      add column first_contact_at timestamptz`);
    this.addSql(`create index demand_parent on demand (parent_id) where parent_id is not null`);
    this.addSql(`create index demand_duplicate_of on demand (duplicate_of) where duplicate_of is not null`);
    this.addSql(`create index demand_returned on demand (registered_at) where return_count > 0 and raised_at is null`);
    // A clock stopped because the demand went another way is neither on time nor late.
    this.addSql(`alter table deadline add column stop_reason text`);
    this.addSql(`create table demand_return (
      id text primary key,
      demand_id text not null references demand (id),
      kind text not null check (kind in ('RETURN', 'REDIRECT')),
      status text not null check (status in ('PENDING', 'AGREED', 'REJECTED', 'WITHDRAWN')),
      department text not null,
      dispatched_by text,
      dispatch_basis text,
      delivered_at timestamptz not null,
      basis text not null,
      proposed_department text,
      requested_by text not null,
      requested_by_name text not null,
      requested_at timestamptz not null,
      decided_by text,
      decided_by_name text,
      decided_at timestamptz,
      opinion text,
      new_department text)`);
    this.addSql(`create index demand_return_demand on demand_return (demand_id, requested_at)`);
    this.addSql(`create unique index demand_return_one_open on demand_return (demand_id) where status = 'PENDING'`);
  }
}
