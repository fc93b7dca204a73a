import type { Sql } from '../../db/sql.ts';
import { type LocalDate, shanghaiInstant } from '../../kernel/clock.ts';
import { REVEAL_FIELDS, REVEAL_REASONS, type RevealField } from './reveal-contact.ts';

/** Somebody saw personal data in full: who, of which demand, what, why, when, from where. */
export interface LoggedReveal {
  login: string;
  name: string;
  orgCode: string;
  number: string;
  field: string;
  reason: string;
  ip: string | null;
  at: Date;
  /** The person's bureau neither registered nor handles the demand. */
  outside: boolean;
}

export interface RevealFilter {
  /** Name or login. */
  who?: string;
  number?: string;
  from?: LocalDate;
  to?: LocalDate;
  limit: number;
}

/** The log of revealed personal data, newest first. */
export async function listReveals(sql: Sql, filter: RevealFilter): Promise<LoggedReveal[]> {
  const rows = await sql.query<any>(
    `select l.login, l.name, l.org_code as "orgCode", d.number, l.field, l.reason, l.ip, l.at, l.outside_own as outside
     from pii_access_log l join demand d on d.id = l.demand_id
     where ($1::text is null or l.login = lower($1) or l.name = $1) and ($2::text is null or d.number = upper($2))
       and ($3::timestamptz is null or l.at >= $3) and ($4::timestamptz is null or l.at < $4) order by l.at desc, l.id desc limit $5`,
    [filter.who ?? null, filter.number ?? null, startOf(filter.from), endOf(filter.to), filter.limit],
  );
  return rows.map((row) => ({
    ...row,
    // Older lines of the log name the whole contact block.
    field: REVEAL_FIELDS[row.field as RevealField] ?? '联系方式',
    reason: REVEAL_REASONS[row.reason as keyof typeof REVEAL_REASONS] ?? row.reason,
    at: new Date(row.at),
  }));
}

const startOf = (day: LocalDate | undefined) => (day ? shanghaiInstant(day).toISOString() : null);
const endOf = (day: LocalDate | undefined) => (day ? new Date(+shanghaiInstant(day) + 86_400_000).toISOString() : null);

export interface Exposure {
  name: string;
  login: string;
  /** Saw personal data in full, or opened the page with masked data. */
  what: 'REVEALED' | 'OPENED';
  at: Date;
  last: Date;
  times: number;
}

/** Who has seen a demand and when: what has to be known when something has leaked (个人信息保护法 57). */
export async function exposureOf(sql: Sql, demandId: string): Promise<Exposure[]> {
  const rows = await sql.query<any>(
    `select login, max(name) as name, 'REVEALED' as what, min(at) as at, max(at) as last, count(*)::int as times
     from pii_access_log where demand_id = $1 group by login
     union all
     select login, name, 'OPENED', opened_at, seen_at, 1 from demand_opening where demand_id = $1
     order by at`,
    [demandId],
  );
  return rows.map((row) => ({ ...row, at: new Date(row.at), last: new Date(row.last) }));
}
