import { Migration } from '@mikro-orm/migrations';

/** Statutory routes: which one a demand has gone, the follow-up ledger, and reviews of unreasonable demands. */
export class LegalRoutes extends Migration {
  override name = '0063-legal-routes';

  override up(): void {
    this.addSql(`alter table demand add column legal_route text`);
    this.addSql(
      `alter table deadline add column unit text not null default 'WORKING' check (unit in ('WORKING', 'CALENDAR'))`,
    );
    this.addSql(`create table legal_follow_up (
      id text primary key,
      demand_id text not null references demand (id),
      route text not null,
      status text not null check (status in ('REQUESTED', 'AWAITING_CONFIRMATION', 'HANDED_OVER', 'ACKNOWLEDGED', 'CLOSED', 'RETURNED', 'DISMISSED')),
      source text not null,
      requested_by text, requested_by_name text, request_reason text,
      opened_at timestamptz not null,
      rule_id text,
      split_suggested boolean not null default false,
      confirm_department text, confirm_role text,
      receiving_department text, receiving_role text, receiving_name text,
      confirmed_by text, confirmed_by_name text, confirmed_at timestamptz, decision_reason text,
      notice_method text, notice_at timestamptz, notice_content text,
      voucher text,
      original_received_at timestamptz, original_hash text, transcript text,
      apply_from date, apply_counted date, apply_last_day date,
      handed_over_at timestamptz,
      acknowledged_by text, acknowledged_by_name text, acknowledged_at timestamptz, receipt_number text,
      kind text, examination text, examined_at timestamptz, accepted_at timestamptz, decision_extended boolean not null default false,
      result_number text, result_kind text, result_at date,
      returned_at timestamptz, return_reason text,
      closed_at timestamptz,
      revision int not null default 1)`);
    this.addSql(`create index legal_follow_up_demand on legal_follow_up (demand_id, opened_at)`);
    this.addSql(
      `create index legal_follow_up_open on legal_follow_up (opened_at desc) where status not in ('CLOSED', 'DISMISSED')`,
    );
    this.addSql(`create table unreasonable_review (
      id text primary key,
      demand_id text not null references demand (id),
      status text not null check (status in ('PENDING', 'UPHELD', 'REFUSED', 'APPEALED', 'CONFIRMED', 'OVERTURNED')),
      basis text not null, explanation text not null,
      proposed_by text not null, proposed_by_name text not null, proposed_department text, proposed_at timestamptz not null,
      approver_login text,
      decided_by text, decided_by_name text, decided_at timestamptz, opinion text,
      told_method text, told_at timestamptz, told_content text,
      appeal_reason text, appealed_at timestamptz, appeal_noted_by text,
      appeal_approver text, appeal_decided_by text, appeal_decided_by_name text, appeal_decided_at timestamptz, appeal_opinion text,
      revision int not null default 1)`);
    this.addSql(
      `create unique index unreasonable_review_pending on unreasonable_review (demand_id) where status in ('PENDING', 'APPEALED')`,
    );
    this.addSql(`create index unreasonable_review_demand on unreasonable_review (demand_id, proposed_at)`);
  }
}
