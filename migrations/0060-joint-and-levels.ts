import { Migration } from '@mikro-orm/migrations';

/** Joint handling (联合办理, R21, R22), levels (分级办理, R23) and steps at other bodies. */
export class JointAndLevels extends Migration {
  override name = '0060-joint-and-levels';

  override up(): void {
    // Bureaus and departments that had a part in it before and no longer have: they go on seeing it.
    this.addSql(`alter table demand add column involved text[] not null default '{}', add column routing jsonb`);
    this.addSql(`create index demand_involved on demand using gin (involved)`);
    this.addSql(`alter table extension add column copy_superior boolean not null default false`);

    this.addSql(`create table co_handling (
      id text primary key, demand_id text not null references demand (id), sequence int not null, department text not null,
      status text not null check (status in ('OPEN', 'DONE', 'RELEASED', 'CLOSED')), handling_round int not null, host_org_code text not null,
      added_by text not null, added_by_name text not null, added_at timestamptz not null, reason text, internal_days int not null,
      process_instance_key text, clock_round int, delivered_at timestamptz,
      opinion text, basis text, given_by text, given_by_name text, given_at timestamptz,
      ended_at timestamptz, end_reason text, ended_by_name text, unique (demand_id, sequence))`);
    this.addSql(`create unique index co_handling_once on co_handling (demand_id, department) where status = 'OPEN'`);
    this.addSql(
      `create index co_handling_instance on co_handling (process_instance_key) where process_instance_key is not null`,
    );

    this.addSql(`create table co_question (
      id text primary key, co_handling_id text not null references co_handling (id), demand_id text not null, department text not null,
      question text not null, reply_by date not null, asked_by text not null, asked_by_name text not null, asked_at timestamptz not null,
      answer text, answer_basis text, answered_by text, answered_by_name text, answered_at timestamptz)`);
    this.addSql(`create index co_question_demand on co_question (demand_id)`);

    this.addSql(`create table progress_notice (
      id text primary key, demand_id text not null references demand (id), method text not null, told_at timestamptz not null, content text not null,
      recorded_by text not null, recorded_by_name text not null, recorded_at timestamptz not null)`);
    this.addSql(`create index progress_notice_demand on progress_notice (demand_id)`);

    this.addSql(`create table level_shift (
      id text primary key, demand_id text not null references demand (id), sequence int not null,
      direction text not null check (direction in ('UP', 'DOWN', 'BACK')), status text not null check (status in ('REQUESTED', 'APPLIED')),
      from_org_code text not null, from_department text not null, from_co_departments text[] not null default '{}',
      to_org_code text not null, to_department text not null, to_co_departments text[] not null default '{}',
      reason text not null, work_done text not null, guidance text,
      notice_method text, notice_at timestamptz, notice_content text,
      requested_by text not null, requested_by_name text not null, requested_at timestamptz not null,
      delivered_at timestamptz not null, used_days int not null, decide_due_date date not null, late boolean not null, late_reason text,
      applied_at timestamptz, unique (demand_id, sequence))`);
    this.addSql(`create unique index level_shift_once on level_shift (demand_id) where status = 'REQUESTED'`);

    this.addSql(`create table external_step (
      id text primary key, demand_id text not null references demand (id), sequence int not null, unit_name text not null, unit_kind text not null,
      document_number text not null, sent_on date not null, matter text not null, shared_fields text[] not null, follow_up_on date not null,
      status text not null check (status in ('WAITING', 'ANSWERED', 'CLOSED')), paused boolean not null default false,
      process_instance_key text, clock_round int, sent_by text not null, sent_by_name text not null, recorded_at timestamptz not null,
      answered_on date, answer_number text, answer text, note text, closed_by_name text, closed_at timestamptz, unique (demand_id, sequence))`);
    this.addSql(
      `create index external_step_instance on external_step (process_instance_key) where process_instance_key is not null`,
    );
  }
}
