import { Migration } from '@mikro-orm/migrations';

/** Roles take effect from a day and keep their history, like posts do. */
export class RolesFromADate extends Migration {
  override name = '0023-roles-from-a-date';

  override up(): void {
    this.addSql(`create table role_change (
      id bigint generated always as identity primary key, login text not null references app_user (login), roles text[] not null,
      from_date date not null, reason text not null, changed_by text not null, changed_at timestamptz not null)`);
    this.addSql(`create unique index role_change_once on role_change (login, from_date)`);
  }
}
