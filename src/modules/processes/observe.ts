import type { Sql } from '../../db/sql.ts';

/** What runs of a process: instances by version, and where something is stuck. */
export interface Running {
  active: number;
  incidents: number;
  byVersion: Map<number, number>;
}

/** Running instances and open incidents of every process. */
export async function runningOf(sql: Sql): Promise<Map<string, Running>> {
  const rows = await sql.query<{ process_id: string; version: number; active: number; incidents: number }>(
    `select p.process_id, p.process_version as version, count(distinct p.key)::int as active, count(i.key)::int as incidents
     from process_instance p left join incident_view i on i.process_instance_key = p.key and i.resolved_at is null
     where p.state = 'ACTIVE' group by 1, 2`,
  );
  const found = new Map<string, Running>();
  for (const row of rows) {
    const known = found.get(row.process_id) ?? { active: 0, incidents: 0, byVersion: new Map() };
    known.active += row.active;
    known.incidents += row.incidents;
    known.byVersion.set(row.version, row.active);
    found.set(row.process_id, known);
  }
  return found;
}

export interface ElementLoad {
  /** Tokens standing there. */
  here: number;
  incidents: number;
}

/** How many tokens stand at each element of a process, over one version or all. */
export async function loadOf(sql: Sql, processId: string, version?: number): Promise<Map<string, ElementLoad>> {
  const rows = await sql.query<{ element_id: string; here: number; incidents: number }>(
    // Incidents are few: each looks up its own visits, and the many visits are only counted.
    `with stuck as (
       select i.element_id, count(distinct i.key)::int as incidents,
         (select count(*)::int from element_visit v where v.process_instance_key = i.process_instance_key
            and v.element_id = i.element_id and v.state = 'ACTIVE') as visits
       from incident_view i join process_instance p on p.key = i.process_instance_key
       where i.resolved_at is null and p.process_id = $1 and ($2::int is null or p.process_version = $2)
       group by i.process_instance_key, i.element_id)
     select element_id, sum(here)::int as here, sum(incidents)::int as incidents from (
       select v.element_id, count(*) as here, 0 as incidents
       from element_visit v join process_instance p on p.key = v.process_instance_key
       where v.state = 'ACTIVE' and p.process_id = $1 and ($2::int is null or p.process_version = $2) group by 1
       union all
       -- Stuck before it has begun: there is an incident and no visit yet.
       select element_id, case when visits = 0 then incidents else 0 end, case when visits = 0 then incidents else visits end
       from stuck) as tokens group by 1`,
    [processId, version ?? null],
  );
  return new Map(rows.map((row) => [row.element_id, { here: row.here, incidents: row.incidents }]));
}

const LATELY = 1000;

/** How often each flow of a process was taken by its last instances. */
export async function flowsTaken(sql: Sql, processId: string): Promise<Map<string, number>> {
  const rows = await sql.query<{ flow_id: string; taken: number }>(
    `select f.flow_id, count(*)::int as taken from flow_visit f join (
       select key from process_instance where process_id = $1 order by key desc limit ${LATELY}) p on p.key = f.process_instance_key
     group by 1`,
    [processId],
  );
  return new Map(rows.map((row) => [row.flow_id, Number(row.taken)]));
}
