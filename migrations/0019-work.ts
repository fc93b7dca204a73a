import { Migration } from '@mikro-orm/migrations';

/** Work items: acknowledged, looked at by whom; attempts to reach a taxpayer; messages that wait for working hours. */
export class Work extends Migration {
  override name = '0019-work';

  override up(): void {
    this.addSql(`alter table task add column acknowledged_at timestamptz`);
    this.addSql(`alter table task add column acknowledged_by text`);
    this.addSql(`create index task_department on task (department_code) where status = 'OPEN'`);
    this.addSql(`create index task_done on task (completed_by, completed_at desc) where status = 'COMPLETED'`);
    this.addSql(`create table task_opening (
      task_id text not null references task (id), login text not null, name text not null, opened_at timestamptz not null,
      primary key (task_id, login))`);

    this.addSql(`create table contact_attempt (
      id text primary key,
      demand_id text not null references demand (id),
      round int not null,
      attempted_at timestamptz not null,
      half_day text not null,
      method text not null,
      outcome text not null,
      note text,
      attempted_by text not null,
      attempted_by_name text not null,
      recorded_at timestamptz not null)`);
    this.addSql(`create index contact_attempt_demand on contact_attempt (demand_id, round, attempted_at)`);

    this.addSql(`alter table notification add column visible_at timestamptz`);
    this.addSql(`update notification set visible_at = created_at`);
    this.addSql(`alter table notification alter column visible_at set not null`);
    this.addSql(`create index notification_visible on notification (recipient, visible_at desc)`);

    this.addSql(`alter table submission_once add column report jsonb`);
  }
}
