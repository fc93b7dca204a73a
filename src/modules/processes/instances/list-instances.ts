import type { Sql } from '../../../db/sql.ts';

export const INSTANCE_STATES = {
  ACTIVE: '在办',
  INCIDENT: '有异常',
  COMPLETED: '已办完',
  TERMINATED: '已终止',
} as const;
export type InstanceFilterState = keyof typeof INSTANCE_STATES;

export interface InstanceFilter {
  processId?: string;
  version?: number;
  elementId?: string;
  state: InstanceFilterState;
  /** Begun at this moment or before, epoch milliseconds. */
  startedBefore?: number;
}

/** Where the next page begins: behind this instance. */
export interface InstanceCursor {
  startedAt: number;
  key: string;
}

export interface InstanceRow {
  key: string;
  processId: string;
  version: number;
  state: string;
  startedAt: number;
  endedAt: number | null;
  parentKey: string | null;
  demandNumber: string | null;
  incidents: number;
  /** Where its tokens stand, longest first. */
  places: { elementId: string; since: number }[];
}

/** The number of a demand as a process administrator sees it: day and running number. */
export const shortNumber = (number: string | null): string => (number ? `…${number.slice(-9)}` : '—');

/** Running or ended instances, oldest first, a page at a time. */
export async function listInstances(
  sql: Sql,
  filter: InstanceFilter,
  page: { after?: InstanceCursor; limit: number },
): Promise<{ rows: InstanceRow[]; next: InstanceCursor | null }> {
  const { where, values } = conditions(filter);
  if (page.after) {
    values.push(page.after.startedAt, page.after.key);
    where.push(`(p.started_at, p.key) > ($${values.length - 1}::bigint, $${values.length})`);
  }
  values.push(page.limit + 1);
  const found = await sql.query<any>(
    `select p.key, p.process_id, p.process_version, p.state, p.started_at, p.ended_at, p.parent_key, d.number,
       (select count(*)::int from incident_view i where i.process_instance_key = p.key and i.resolved_at is null) as incidents
     from process_instance p left join demand d on d.id = p.demand_id
     where ${where.join(' and ')} order by p.started_at, p.key limit $${values.length}`,
    values,
  );
  const shown = found.slice(0, page.limit);
  const places = await placesOf(
    sql,
    shown.map((row) => row.key),
  );
  const rows = shown.map(
    (row): InstanceRow => ({
      key: row.key,
      processId: row.process_id,
      version: row.process_version,
      state: row.state,
      startedAt: Number(row.started_at),
      endedAt: row.ended_at === null ? null : Number(row.ended_at),
      parentKey: row.parent_key,
      demandNumber: row.number,
      incidents: row.incidents,
      places: places.get(row.key) ?? [],
    }),
  );
  const last = rows.at(-1);
  return { rows, next: found.length > page.limit && last ? { startedAt: last.startedAt, key: last.key } : null };
}

/** How many instances a filter finds. */
export async function countInstances(sql: Sql, filter: InstanceFilter): Promise<number> {
  const { where, values } = conditions(filter);
  const [row] = await sql.query<{ n: number }>(
    `select count(*)::int as n from process_instance p where ${where.join(' and ')}`,
    values,
  );
  return row!.n;
}

/** The keys of all running instances of a version, at one element or anywhere. */
export async function runningKeys(
  sql: Sql,
  of: { processId: string; version: number; elementId?: string },
): Promise<string[]> {
  const { where, values } = conditions({ ...of, state: 'ACTIVE' });
  const rows = await sql.query<{ key: string }>(
    `select p.key from process_instance p where ${where.join(' and ')} order by p.started_at, p.key`,
    values,
  );
  return rows.map((row) => row.key);
}

function conditions(filter: InstanceFilter): { where: string[]; values: unknown[] } {
  const where: string[] = [];
  const values: unknown[] = [];
  const add = (condition: (n: string) => string, value: unknown) => {
    values.push(value);
    where.push(condition(`$${values.length}`));
  };
  if (filter.state === 'INCIDENT') {
    where.push(`p.state = 'ACTIVE'`);
    where.push('exists (select 1 from incident_view i where i.process_instance_key = p.key and i.resolved_at is null)');
  } else if (filter.state === 'ACTIVE') where.push(`p.state = 'ACTIVE'`);
  else add((n) => `p.state = ${n}`, filter.state);
  if (filter.processId) add((n) => `p.process_id = ${n}`, filter.processId);
  if (filter.version) add((n) => `p.process_version = ${n}::int`, filter.version);
  if (filter.startedBefore !== undefined) add((n) => `p.started_at <= ${n}::bigint`, filter.startedBefore);
  if (filter.elementId)
    add(
      (
        n,
      ) => `(exists (select 1 from element_visit v where v.element_id = ${n} and v.state = 'ACTIVE' and v.process_instance_key = p.key)
        or exists (select 1 from incident_view i where i.process_instance_key = p.key and i.element_id = ${n} and i.resolved_at is null))`,
      filter.elementId,
    );
  return { where, values };
}

async function placesOf(sql: Sql, keys: readonly string[]): Promise<Map<string, InstanceRow['places']>> {
  const rows = await sql.query<{ key: string; element_id: string; since: string }>(
    `select process_instance_key as key, element_id, min(entered_at) as since from element_visit
       where process_instance_key = any($1) and state = 'ACTIVE' group by 1, 2
     union select process_instance_key, element_id, min(created_at) from incident_view i
       where process_instance_key = any($1) and resolved_at is null and not exists (select 1 from element_visit v
         where v.process_instance_key = i.process_instance_key and v.element_id = i.element_id and v.state = 'ACTIVE') group by 1, 2
     order by 3`,
    [[...keys]],
  );
  const places = new Map<string, InstanceRow['places']>();
  for (const row of rows)
    places.set(row.key, [...(places.get(row.key) ?? []), { elementId: row.element_id, since: Number(row.since) }]);
  return places;
}
