import { Migration } from '@mikro-orm/migrations';

/** Failed sign-ins are counted by what was typed, so that names without an account behave like those with one. */
export class SignIn extends Migration {
  override name = '0008-sign-in';

  override up(): void {
    this.addSql(`create table sign_in_failure (
      login_hash text primary key, failures int not null, last_at timestamptz not null, locked_until timestamptz)`);
    this.addSql(`create index sign_in_failure_last on sign_in_failure (last_at)`);
    this.addSql(`alter table app_user drop column failed_attempts, drop column locked_until`);
    this.addSql(`create index access_token_login on access_token (login)`);
    this.addSql(`create index delegation_principal on delegation (principal) where revoked_at is null`);
  }
}
