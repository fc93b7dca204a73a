import type { Sql } from '../../db/sql.ts';
import { hashPassword } from './passwords.ts';

/** Gives everybody without a password the same one (demo accounts); passwords already set stay. */
export async function seedPassword(sql: Sql, password: string): Promise<void> {
  const [missing] = await sql.query<{ n: string }>('select count(*) as n from app_user where password_hash is null');
  if (Number(missing!.n) === 0) return;
  await sql.query('update app_user set password_hash = $1 where password_hash is null', [await hashPassword(password)]);
}

/** Gives named people their first password; a password already set stays. Answers the logins that got one. */
export async function seedPasswords(
  sql: Sql,
  accounts: readonly { login: string; password: string }[],
): Promise<string[]> {
  const given: string[] = [];
  for (const { login, password } of accounts) {
    const rows = await sql.query(
      'update app_user set password_hash = $2 where login = $1 and password_hash is null returning login',
      [login, await hashPassword(password)],
    );
    if (rows.length > 0) given.push(login);
  }
  return given;
}
