import { Migration } from '@mikro-orm/migrations';

/** Working hours become entries people can see and take back; sweeps find what they have not told yet without passing over what they have. */
export class CalendarAdministration extends Migration {
  override name = '0022-calendar-administration';

  override up(): void {
    this.addSql(`alter table work_hours
      add column id bigint generated always as identity primary key,
      add column name text not null default '统一作息',
      add column opens text,
      add column lunch_from text,
      add column lunch_to text,
      add column created_by text not null default 'seed'`);
    this.addSql(`create unique index work_hours_once on work_hours (coalesce(org_code, ''), from_date)`);
    // A closure stands beside the arrangement of its day, so that taking it back brings the make-up workday back.
    this.addSql('drop index calendar_day_once');
    this.addSql(
      `create unique index calendar_day_once on calendar_day (date, coalesce(org_code, ''), (kind = 'TEMP_CLOSURE'))`,
    );
    this.addSql(`create index deadline_to_warn on deadline (due_at) where status = 'OPEN' and warned_at is null`);
    this.addSql(
      `create index deadline_to_tell_overdue on deadline (due_at) where status = 'OPEN' and overdue_noticed_at is null`,
    );
    this.addSql(`create index deadline_open_id on deadline (id) where status = 'OPEN'`);
  }
}
