import { Migration } from '@mikro-orm/migrations';

/** The ledger, its tasks, the outbox to the engine, and what the projector keeps of the record stream. */
export class DemandsTasks extends Migration {
  override name = '0007-demands-tasks';

  override up(): void {
    this.addSql(`create table engine_outbox (
      sequence bigint generated always as identity primary key,
      command_id text not null unique,
      ordering_key text not null,
      command jsonb not null,
      created_at timestamptz not null default now(),
      leased_until bigint not null default 0,
      retry_at bigint not null default 0,
      attempts int not null default 0,
      refused_code text,
      refused_message text)`);
    this.addSql(
      `create index engine_outbox_order on engine_outbox (ordering_key, sequence) where refused_code is null`,
    );

    this.addSql(
      `create table demand_number (org_code text not null, day date not null, last int not null, primary key (org_code, day))`,
    );
    this.addSql(`create table demand (
      id text primary key,
      number text not null unique,
      tracking_code text not null unique,
      status text not null,
      path text,
      handling_mode text,
      org_code text not null,
      host_org_code text not null,
      registering_department text not null,
      receiving_officer text not null,
      receiving_officer_name text not null,
      channel text not null,
      sub_channel text,
      external_number text,
      external_due_at timestamptz,
      received_at timestamptz not null,
      registered_at timestamptz not null,
      taxpayer_name text not null,
      taxpayer_type text not null,
      credit_code text,
      contact_person text,
      contact_phone text,
      other_contact text,
      preferred_contact_time text,
      anonymous boolean not null default false,
      anonymous_reason text,
      confidential boolean not null default false,
      special_group boolean not null default false,
      agent boolean not null default false,
      category text not null,
      title text not null,
      content text not null,
      tags text[] not null default '{}',
      urgency text not null default 'NORMAL',
      impact text not null default 'SINGLE',
      reported_department text,
      recused_logins text[] not null default '{}',
      legal_intent text,
      intake jsonb not null default '{}',
      intake_choice text not null,
      answer_content text,
      answer_basis text,
      notice_method text,
      notice_at timestamptz,
      notice_content text,
      transferred_at timestamptz,
      dispatched_at timestamptz,
      dispatched_by text,
      dispatch_basis text,
      host_department text,
      co_departments text[] not null default '{}',
      delivered_at timestamptz,
      handled_by text,
      measures text,
      conclusion text,
      policy_basis text,
      public_answer text,
      completed_at timestamptz,
      reviewed_by text,
      feedback_by text,
      feedback_method text,
      feedback_at timestamptz,
      feedback_content text,
      feedback_result text,
      pushed_at timestamptz,
      visit_required boolean,
      visited_at timestamptz,
      satisfaction text,
      rework_count int not null default 0,
      withdrawn_at timestamptz,
      withdrawal_reason text,
      written_off_at timestamptz,
      written_off_by text,
      archive_number text,
      voided_at timestamptz,
      void_reason text,
      restricted boolean not null default false,
      parent_id text,
      duplicate_of text,
      process_instance_key text,
      revision int not null default 1)`);
    this.addSql(`create index demand_org_registered on demand (host_org_code, registered_at desc)`);
    this.addSql(`create index demand_registering on demand (org_code, registered_at desc)`);
    this.addSql(`create index demand_status on demand (status, registered_at desc)`);
    this.addSql(`create index demand_phone on demand (contact_phone) where contact_phone is not null`);
    this.addSql(`create index demand_host on demand (host_department, status)`);

    this.addSql(`create table extension (
      id text primary key,
      demand_id text not null references demand (id),
      status text not null,
      requested_by text not null,
      requested_by_name text not null,
      requested_at timestamptz not null,
      submitted_before_due boolean not null,
      current_total_working_days int not null,
      requested_total_working_days int not null,
      current_due_at timestamptz not null,
      requested_due_date date not null,
      reason_type text,
      reason text not null,
      explained_method text,
      explained_at timestamptz,
      explained_content text,
      approver_role text,
      approver_login text,
      via text,
      reason_code text,
      cap int,
      decided_by text,
      decided_by_name text,
      decided_at timestamptz,
      decision text,
      opinion text)`);
    this.addSql(`create index extension_demand on extension (demand_id, requested_at)`);
    this.addSql(`create unique index extension_one_open on extension (demand_id) where status = 'PENDING'`);

    this.addSql(`create table return_visit (
      id text primary key,
      demand_id text not null references demand (id),
      round int not null,
      attempt int not null,
      visited_by text not null,
      visited_by_name text not null,
      visited_at timestamptz not null,
      method text not null,
      reached boolean not null,
      feedback_received boolean,
      resolved text,
      satisfaction text,
      dissatisfaction_reason text,
      remark text,
      judgement text,
      judgement_reason text,
      judged_by text)`);
    this.addSql(`create index return_visit_demand on return_visit (demand_id, visited_at)`);

    this.addSql(`create table pii_access_log (
      id bigint generated always as identity primary key,
      login text not null, name text not null, role text not null, org_code text not null,
      demand_id text not null, field text not null, reason text not null, ip text, at timestamptz not null)`);
    this.addSql(`create index pii_access_demand on pii_access_log (demand_id, at)`);
    this.addSql(`create index pii_access_login on pii_access_log (login, at)`);

    this.addSql(`create table registration_key (
      key text not null, login text not null, request_hash text not null, demand_id text not null, created_at timestamptz not null,
      primary key (login, key))`);

    this.addSql(`create table task (
      id text primary key,
      job_key text not null unique,
      process_instance_key text not null,
      process_id text not null,
      process_version int not null,
      element_id text not null,
      element_instance_key text not null,
      title text not null,
      form_id text,
      demand_id text,
      org_code text,
      department_code text,
      candidate_groups text[] not null default '{}',
      candidates text[] not null default '{}',
      assignee text,
      why text,
      via jsonb not null default '{}',
      unassignable boolean not null default false,
      clock text,
      result_names text[] not null default '{}',
      status text not null,
      created_at timestamptz not null,
      claimed_at timestamptz,
      completed_at timestamptz,
      completed_by text,
      completed_on_behalf_of text,
      values jsonb,
      revision int not null default 1)`);
    this.addSql(`create index task_open on task (status, assignee) where status = 'OPEN'`);
    this.addSql(`create index task_candidates on task using gin (candidates) where status = 'OPEN'`);
    this.addSql(`create index task_demand on task (demand_id, created_at)`);

    this.addSql(`create table draft (
      login text not null, form_key text not null, subject text not null, draft_id text not null,
      title text not null, values jsonb not null, saved_at timestamptz not null,
      primary key (login, form_key, subject, draft_id))`);
    this.addSql(`create table submission_once (
      token text primary key, login text not null, location text, message text, created_at timestamptz not null)`);

    this.addSql(`create table process_instance (
      key text primary key, process_id text not null, process_version int not null, parent_key text, root_key text not null,
      demand_id text, state text not null, started_at bigint not null, ended_at bigint)`);
    this.addSql(`create index process_instance_demand on process_instance (demand_id)`);
    this.addSql(`create table element_visit (
      key text primary key, process_instance_key text not null, element_id text not null, element_type text not null,
      state text not null, entered_at bigint not null, left_at bigint)`);
    this.addSql(`create index element_visit_instance on element_visit (process_instance_key)`);
    this.addSql(
      `create table flow_visit (process_instance_key text not null, flow_id text not null, times int not null, primary key (process_instance_key, flow_id))`,
    );
    this.addSql(`create table incident_view (
      key text primary key, process_instance_key text not null, element_id text not null, job_key text, error_type text not null, error_message text not null,
      demand_id text, created_at bigint not null, resolved_at bigint)`);
    this.addSql(
      `create table projector_position (engine text not null, partition int not null, position bigint not null, primary key (engine, partition))`,
    );
    this.addSql(
      `create table job_effect (job_key text primary key, variables jsonb not null, done_at timestamptz not null default now())`,
    );
    this.addSql(`create table notification (
      id text primary key, recipient text not null, kind text not null, title text not null, body text not null, link text,
      demand_id text, created_at timestamptz not null, read_at timestamptz)`);
    this.addSql(`create index notification_recipient on notification (recipient, created_at desc)`);
  }
}
