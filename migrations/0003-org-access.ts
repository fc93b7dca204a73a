import { Migration } from '@mikro-orm/migrations';

/** The organisation with its history in time, sign-in, sessions and tokens. */
export class OrgAccess extends Migration {
  override name = '0003-org-access';

  override up(): void {
    this.addSql(`create table org_version (one boolean primary key default true check (one), version int not null)`);
    this.addSql(`create table bureau (
      code text primary key, name text not null, short_name text not null, level text not null, parent text, sort int not null)`);
    this.addSql(`create table org_function (code text primary key, name text not null)`);
    this.addSql(`create table department (
      code text primary key, org_code text not null references bureau (code), name text not null, kind text not null,
      functions text[] not null, parent text, participates boolean not null, sort int not null)`);
    this.addSql(`create table app_user (
      login text primary key, name text not null, org_code text not null references bureau (code),
      department_code text not null references department (code), roles text[] not null, status text not null,
      password_hash text, must_change_password boolean not null default false,
      failed_attempts int not null default 0, locked_until timestamptz, last_sign_in_at timestamptz, last_sign_in_ip text, sort int not null)`);
    this.addSql(`create table post (
      code text primary key, org_code text not null references bureau (code), department_code text not null references department (code),
      type text not null, name text not null, sort int not null)`);
    this.addSql(`create table post_holding (
      id bigint generated always as identity primary key, post_code text not null references post (code),
      login text not null references app_user (login), from_date date not null, to_date date)`);
    this.addSql(`create index post_holding_post on post_holding (post_code)`);
    this.addSql(
      `create table post_vacancy (post_code text primary key references post (code), since date not null, covered_by text not null)`,
    );
    this.addSql(`create table leader_assignment (
      id bigint generated always as identity primary key, org_code text not null references bureau (code), post_code text not null references post (code),
      department_code text not null references department (code), role text not null check (role in ('CHIEF', 'DEPUTY')), from_date date not null, to_date date)`);
    this.addSql(
      `create table chief_post (org_code text primary key references bureau (code), post_code text not null references post (code))`,
    );
    this.addSql(`create table delegation (
      id text primary key, principal_post text, principal text not null references app_user (login), delegate text not null references app_user (login),
      mode text not null, scope text[] not null, from_date date not null, to_date date not null, reason text not null,
      created_by text not null, created_at timestamptz not null default now(), revoked_at timestamptz, revoked_by text)`);
    this.addSql(`create table session (
      token_hash text primary key, login text not null references app_user (login), created_at timestamptz not null, seen_at timestamptz not null,
      expires_at timestamptz not null, ip text, user_agent text, revoked_at timestamptz)`);
    this.addSql(`create index session_login on session (login)`);
    this.addSql(`create table access_token (
      id text primary key, token_hash text not null unique, login text not null references app_user (login), name text not null, scopes text[] not null,
      created_at timestamptz not null, expires_at timestamptz not null, last_used_at timestamptz, revoked_at timestamptz)`);
  }
}
