import { shanghaiDate } from '../../kernel/clock.ts';
import type { AccessWork } from './context.ts';

/** What the user administration shows of an account besides what the directory knows. */
export interface Account {
  login: string;
  name: string;
  orgCode: string;
  status: string;
  hasPassword: boolean;
  mustChangePassword: boolean;
  lockedUntil: Date | null;
  lastSignInAt: Date | null;
  /** Not signed in for ninety days: a sign that the account may be left over. */
  dormant: boolean;
}

const DORMANT_DAYS = 90;

/** Accounts of a bureau, or of all, in the order of the organisation. */
export async function listAccounts(
  work: Pick<AccessWork, 'sql' | 'clock'>,
  filter: { orgCode?: string } = {},
): Promise<Account[]> {
  const now = work.clock.now();
  const rows = await work.sql.query<any>(
    `select u.login, u.name, u.org_code, u.status, u.password_hash is not null as has_password, u.must_change_password, u.last_sign_in_at,
       case when f.locked_until > $2::timestamptz then f.locked_until end as locked_until
     from app_user u left join sign_in_failure f on f.login_hash = encode(sha256(convert_to(u.login, 'UTF8')), 'hex')
     where ($1::text is null or u.org_code = $1) order by u.sort, u.login`,
    [filter.orgCode ?? null, now.toISOString()],
  );
  const dormantBefore = shanghaiDate(new Date(+now - DORMANT_DAYS * 86_400_000));
  return rows.map((row) => {
    const lastSignInAt = row.last_sign_in_at ? new Date(row.last_sign_in_at) : null;
    return {
      login: row.login,
      name: row.name,
      orgCode: row.org_code,
      status: row.status,
      hasPassword: row.has_password,
      mustChangePassword: row.must_change_password,
      lockedUntil: row.locked_until ? new Date(row.locked_until) : null,
      lastSignInAt,
      dormant: lastSignInAt !== null && shanghaiDate(lastSignInAt) < dormantBefore,
    };
  });
}
