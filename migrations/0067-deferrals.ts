import { Migration } from '@mikro-orm/migrations';

/** 挂账 (R19): the applications, what became of them at each review, and clocks that never make a demand overdue. */
export class Deferrals extends Migration {
  override name = '0067-deferrals';

  override up(): void {
    this.addSql(`create table deferral (
      id text primary key,
      demand_id text not null references demand (id),
      status text not null check (status in ('PENDING', 'ACTIVE', 'REFUSED', 'REJECTED', 'RESUMED', 'WITHDRAWN')),
      category text not null,
      reason text not null,
      condition text not null,
      review_date date not null,
      responsible text not null,
      responsible_name text not null,
      interim_answer text not null,
      interim_method text not null,
      interim_at timestamptz not null,
      requested_by text not null,
      requested_by_name text not null,
      requested_at timestamptz not null,
      submitted_before_due boolean not null,
      department text not null,
      org_code text not null,
      approver_role text,
      approver_login text,
      via text,
      reason_code text,
      decision text,
      opinion text,
      decided_by text,
      decided_by_name text,
      decided_at timestamptz,
      deferred_at timestamptz,
      confirm_by date,
      reviews int not null default 0,
      last_progress text,
      reported_to text,
      reported_number text,
      reported_at timestamptz,
      ended_at timestamptz,
      ended_reason text)`);
    this.addSql(`create index deferral_demand on deferral (demand_id, requested_at)`);
    this.addSql(`create unique index deferral_one_open on deferral (demand_id) where status in ('PENDING', 'ACTIVE')`);
    this.addSql(`create index deferral_active on deferral (review_date) where status = 'ACTIVE'`);
    this.addSql(`create table deferral_note (
      id text primary key,
      deferral_id text not null references deferral (id),
      kind text not null check (kind in ('CONTINUED', 'REPORTED', 'CONFIRMED', 'NOT_CONFIRMED', 'RESUMED')),
      content text not null,
      review_date date,
      reported_to text,
      reported_number text,
      by_login text not null,
      by_name text not null,
      at timestamptz not null)`);
    this.addSql(`create index deferral_note_deferral on deferral_note (deferral_id, at)`);
    // The dates of a deferral are no time limits of the demand: it is never due, soon or overdue by them (R19).
    this.addSql(`create or replace function keep_next_due() returns trigger language plpgsql as $$
      begin
        if new.subject_type = 'demand' then
          update demand set next_due_at = (select min(due_at) from deadline
            where subject_type = 'demand' and subject_id = new.subject_id and status = 'OPEN' and kind not like 'DEFERRAL%') where id = new.subject_id;
        end if;
        return null;
      end $$`);
  }
}
