import type { Sql } from '../../../db/sql.ts';
import { addDays, instantsOf, weekPeriod } from '../period.ts';
import type { TopicFacts } from './find-topics.ts';

export interface Topic {
  id: string;
  orgCode: string;
  kind: 'TAG' | 'TEXT';
  title: string;
  tag: string | null;
  status: 'OPEN' | 'CLOSED';
  level: string;
  ruleVersion: number;
  ruleReason: string;
  facts: TopicFacts;
  foundAt: Date;
  leadDepartment: string | null;
  leadNote: string | null;
  leadSetAt: Date | null;
  measures: string | null;
  measuresByName: string | null;
  measuresAt: Date | null;
  closedAt: Date | null;
  closedByName: string | null;
  closeReason: string | null;
  revision: number;
  /** Demands that belong to it, and those of them still being worked on. */
  members: number;
  open: number;
}

const COLUMNS = `g.*, (select count(*)::int from common_demand_member m where m.common_demand_id = g.id) as members,
  (select count(*)::int from common_demand_member m join demand d on d.id = m.demand_id
    where m.common_demand_id = g.id and d.completed_at is null and d.withdrawn_at is null and d.voided_at is null) as open`;

/** Groups of a bureau or, for the city, of all; open ones first, newest first. */
export async function listTopics(sql: Sql, asked: { orgCode?: string; status?: 'OPEN' | 'CLOSED' }): Promise<Topic[]> {
  const rows = await sql.query(
    `select ${COLUMNS} from common_demand g where ($1::text is null or g.org_code = $1::text) and ($2::text is null or g.status = $2::text)
     order by g.found_at desc, g.id desc limit 200`,
    [asked.orgCode ?? null, asked.status ?? null],
  );
  return rows.map(asTopic);
}

export async function findTopic(sql: Sql, id: string): Promise<Topic | undefined> {
  const [row] = await sql.query(`select ${COLUMNS} from common_demand g where g.id = $1`, [id]);
  return row && asTopic(row);
}

const time = (value: unknown): Date | null => (value ? new Date(value as string) : null);

const asTopic = (row: any): Topic => ({
  id: row.id,
  orgCode: row.org_code,
  kind: row.kind,
  title: row.title,
  tag: row.tag,
  status: row.status,
  level: row.level,
  ruleVersion: row.rule_version,
  ruleReason: row.rule_reason,
  facts: row.facts,
  foundAt: new Date(row.found_at),
  leadDepartment: row.lead_department,
  leadNote: row.lead_note,
  leadSetAt: time(row.lead_set_at),
  measures: row.measures,
  measuresByName: row.measures_by_name,
  measuresAt: time(row.measures_at),
  closedAt: time(row.closed_at),
  closedByName: row.closed_by_name,
  closeReason: row.close_reason,
  revision: row.revision,
  members: row.members,
  open: row.open,
});

const WEEKS = 12;

/** Members by week of registration, for each of the groups; the last week is that of `day`. */
export async function weeksOfTopics(
  sql: Sql,
  ids: readonly string[],
  day: string,
): Promise<Map<string, { from: string; n: number }[]>> {
  const last = weekPeriod(day);
  const first = addDays(last.from, -7 * (WEEKS - 1));
  const rows = await sql.query<{ id: string; week: number; n: number }>(
    `select m.common_demand_id as id, floor(extract(epoch from d.registered_at - $2::timestamptz) / 604800)::int as week, count(*)::int as n
     from common_demand_member m join demand d on d.id = m.demand_id
     where m.common_demand_id = any($1::text[]) and d.registered_at >= $2::timestamptz group by 1, 2`,
    [ids, instantsOf({ from: first, to: last.to }).from.toISOString()],
  );
  return new Map(
    ids.map((id) => [
      id,
      Array.from({ length: WEEKS }, (_, n) => ({
        from: addDays(first, 7 * n),
        n: rows.find((row) => row.id === id && row.week === n)?.n ?? 0,
      })),
    ]),
  );
}

/** Members by the bureau that registered them. */
export const bureausOfTopic = (sql: Sql, id: string): Promise<{ orgCode: string; n: number; open: number }[]> =>
  sql.query(
    `select d.org_code as "orgCode", count(*)::int as n, (count(*) filter (where d.completed_at is null and d.withdrawn_at is null and d.voided_at is null))::int as open
     from common_demand_member m join demand d on d.id = m.demand_id where m.common_demand_id = $1 group by 1 order by 1`,
    [id],
  );

/** The members, as a condition over `demand d`. */
export const behindTopic = (id: string, parameters: unknown[]): string =>
  `d.id in (select m.demand_id from common_demand_member m where m.common_demand_id = $${parameters.push(id)})`;
