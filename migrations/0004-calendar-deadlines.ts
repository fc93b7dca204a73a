import { Migration } from '@mikro-orm/migrations';

/** Calendar tables and the clocks that count on them. */
export class CalendarDeadlines extends Migration {
  override name = '0004-calendar-deadlines';

  override up(): void {
    this.addSql(
      `create table calendar_version (one boolean primary key default true check (one), version int not null)`,
    );
    this.addSql(`create table calendar_year (
      year int primary key, status text not null check (status in ('PROVISIONAL', 'PUBLISHED')), source text not null,
      imported_by text not null, imported_at timestamptz not null default now())`);
    this.addSql(`create table calendar_day (
      date date not null, kind text not null check (kind in ('HOLIDAY', 'MAKEUP_WORKDAY', 'TEMP_CLOSURE')), name text not null, org_code text)`);
    this.addSql(`create unique index calendar_day_once on calendar_day (date, coalesce(org_code, ''))`);
    this.addSql(`create table work_hours (org_code text, from_date date not null, close text not null)`);
    this.addSql(`create table deadline (
      id text primary key,
      subject_type text not null,
      subject_id text not null,
      kind text not null,
      round int not null default 1,
      org_code text not null,
      department_code text,
      starts_at timestamptz not null,
      base_days int not null,
      total_days int not null,
      due_at timestamptz not null,
      due_date date not null,
      calendar_version int not null,
      provisional boolean not null,
      status text not null check (status in ('OPEN', 'PAUSED', 'STOPPED')),
      stopped_at timestamptz,
      overdue boolean,
      overdue_days int,
      paused_at timestamptz,
      pause_reason text,
      paused_days int not null default 0,
      extensions int not null default 0,
      warned_at timestamptz,
      overdue_noticed_at timestamptz,
      parameter_version int,
      unique (subject_type, subject_id, kind, round))`);
    this.addSql(`create index deadline_open_due on deadline (due_at) where status = 'OPEN'`);
    this.addSql(`create index deadline_subject on deadline (subject_type, subject_id)`);
  }
}
