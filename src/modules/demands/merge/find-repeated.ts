import type { Sql } from '../../../db/sql.ts';
import { OPEN_STATUSES } from '../vocabulary.ts';

/**
 * Which of some demands the same person has probably brought before, by phone or name, and the earlier ones they could be merged into.
 * One statement for a whole board; what may be merged in the end is decided when it is asked for.
 */
export async function repeatedAmong(sql: Sql, ids: readonly string[], since: Date): Promise<Map<string, string[]>> {
  if (ids.length === 0) return new Map();
  const fits = `b.id <> a.id and b.org_code = a.org_code and b.registered_at between $2::timestamptz and a.registered_at
    and b.merged_at is null and b.status = any($3::text[]) and not b.restricted and not b.confidential
    and b.category <> 'LEGAL_REMEDY' and b.legal_intent is null`;
  const own = `a.id = any($1::text[]) and not a.restricted and not a.confidential and a.category <> 'LEGAL_REMEDY' and a.legal_intent is null`;
  const rows = await sql.query<{ id: string; number: string }>(
    `select a.id, b.number from demand a join demand b on phone_digits(b.contact_phone) = phone_digits(a.contact_phone) and b.contact_phone is not null
       where ${own} and length(phone_digits(a.contact_phone)) >= 7 and ${fits}
     union select a.id, b.number from demand a join demand b on b.taxpayer_name = a.taxpayer_name and not b.anonymous
       where ${own} and not a.anonymous and ${fits} order by 1, 2 limit 500`,
    [[...ids], since.toISOString(), OPEN_STATUSES],
  );
  const found = new Map<string, string[]>();
  for (const row of rows) found.set(row.id, [...(found.get(row.id) ?? []), row.number]);
  return found;
}
