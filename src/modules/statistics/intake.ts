import type { Sql } from '../../db/sql.ts';
import { UNRESTRICTED } from './count-indicators.ts';
import { addDays, instantsOf, type Period, weekPeriod } from './period.ts';

/** What came in: how much, through which channel, of which kind. */
export interface Intake {
  registered: number;
  direct: number;
  dispatched: number;
  channels: Record<string, number>;
  categories: Record<string, number>;
}

const NOT_VOIDED = 'd.voided_at is null';
/** Of whom the numbers are, and whether restricted demands are in them. */
export interface CountedFor {
  orgCode?: string;
  withRestricted: boolean;
}
const counted = (whom: CountedFor): string => `${NOT_VOIDED}${whom.withRestricted ? '' : UNRESTRICTED}`;

export async function intakeOf(sql: Sql, period: Pick<Period, 'from' | 'to'>, whom: CountedFor): Promise<Intake> {
  const { from, until } = instantsOf(period);
  const rows = await sql.query<{ channel: string; category: string; n: number; direct: number; dispatched: number }>(
    `select d.channel, d.category, count(*)::int as n,
       (count(*) filter (where d.path = 'ON_THE_SPOT' or d.dispatch_basis = 'SELF'))::int as direct,
       (count(*) filter (where d.dispatched_at is not null))::int as dispatched
     from demand d where d.registered_at >= $1::timestamptz and d.registered_at < $2::timestamptz and ${counted(whom)}
       and ($3::text is null or d.org_code = $3::text) group by d.channel, d.category`,
    [from.toISOString(), until.toISOString(), whom.orgCode ?? null],
  );
  const intake: Intake = { registered: 0, direct: 0, dispatched: 0, channels: {}, categories: {} };
  for (const row of rows) {
    intake.registered += row.n;
    intake.direct += row.direct;
    intake.dispatched += row.dispatched;
    intake.channels[row.channel] = (intake.channels[row.channel] ?? 0) + row.n;
    intake.categories[row.category] = (intake.categories[row.category] ?? 0) + row.n;
  }
  return intake;
}

/** Registrations per week, the last of them the week of `day`. */
export async function weeklyIntake(
  sql: Sql,
  day: string,
  weeks: number,
  whom: CountedFor,
): Promise<{ from: string; to: string; registered: number }[]> {
  const last = weekPeriod(day);
  const first = addDays(last.from, -7 * (weeks - 1));
  const { from, until } = instantsOf({ from: first, to: last.to });
  const rows = await sql.query<{ week: number; n: number }>(
    `select floor(extract(epoch from d.registered_at - $1::timestamptz) / 604800)::int as week, count(*)::int as n
     from demand d where d.registered_at >= $1::timestamptz and d.registered_at < $2::timestamptz and ${counted(whom)}
       and ($3::text is null or d.org_code = $3::text) group by 1`,
    [from.toISOString(), until.toISOString(), whom.orgCode ?? null],
  );
  const counts = new Map(rows.map((row) => [row.week, row.n]));
  return Array.from({ length: weeks }, (_, n) => ({
    from: addDays(first, 7 * n),
    to: addDays(first, 7 * n + 6),
    registered: counts.get(n) ?? 0,
  }));
}

/** Tags by how often they came, with the number of the period before; restricted and confidential demands lend no tag. */
export async function tagCounts(
  sql: Sql,
  period: Pick<Period, 'from' | 'to'>,
  before: Pick<Period, 'from' | 'to'>,
  options: { orgCode?: string; limit: number },
): Promise<{ tag: string; registered: number; before: number }[]> {
  const [now, then] = [instantsOf(period), instantsOf(before)];
  const rows = await sql.query<{ tag: string; n: number; before: number }>(
    `select tag, (count(*) filter (where d.registered_at >= $1::timestamptz and d.registered_at < $2::timestamptz))::int as n,
       (count(*) filter (where d.registered_at >= $3::timestamptz and d.registered_at < $4::timestamptz))::int as before
     from demand d cross join lateral unnest(d.tags) tag
     where (d.registered_at >= $1::timestamptz and d.registered_at < $2::timestamptz or d.registered_at >= $3::timestamptz and d.registered_at < $4::timestamptz)
       and ${NOT_VOIDED} and not d.restricted and not d.confidential and ($5::text is null or d.org_code = $5::text)
     group by tag having count(*) filter (where d.registered_at >= $1::timestamptz and d.registered_at < $2::timestamptz) > 0
     order by n desc, tag collate "C" limit $6`,
    [
      now.from.toISOString(),
      now.until.toISOString(),
      then.from.toISOString(),
      then.until.toISOString(),
      options.orgCode ?? null,
      options.limit,
    ],
  );
  return rows.map((row) => ({ tag: row.tag, registered: row.n, before: row.before }));
}

/** Demands registered in the period that were handed over to a legal route (分流件数，按途径). */
export async function divertedByRoute(
  sql: Sql,
  period: Pick<Period, 'from' | 'to'>,
  whom: CountedFor,
): Promise<Record<string, number>> {
  const { from, until } = instantsOf(period);
  const rows = await sql.query<{ route: string; n: number }>(
    `select l.route, count(distinct d.id)::int as n from demand d join legal_follow_up l on l.demand_id = d.id and l.status in ('HANDED_OVER', 'ACKNOWLEDGED', 'CLOSED')
     where d.registered_at >= $1::timestamptz and d.registered_at < $2::timestamptz and ${counted(whom)}
       and ($3::text is null or d.org_code = $3::text) group by l.route`,
    [from.toISOString(), until.toISOString(), whom.orgCode ?? null],
  );
  return Object.fromEntries(rows.map((row) => [row.route, row.n]));
}
