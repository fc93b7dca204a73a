import { Migration } from '@mikro-orm/migrations';

/** What somebody had typed when the session ended: encrypted, for the same person, for half an hour. */
export class ParkedForms extends Migration {
  override name = '0010-parked-forms';

  override up(): void {
    this.addSql(`create table parked_form (
      id text primary key, login text not null references app_user (login), action text not null, reason text not null,
      sealed text not null, parked_at timestamptz not null, expires_at timestamptz not null)`);
    this.addSql(`create index parked_form_expires on parked_form (expires_at)`);
    this.addSql(`create index session_login_created on session (login, created_at desc)`);
  }
}
