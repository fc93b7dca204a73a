import { type EntityManager, sqlOf } from '../db/orm.ts';
import type { Sql } from '../db/sql.ts';
import type { EngineRecord, RecordReceiver } from '../engine/port.ts';
import type { Work } from '../modules/demands/index.ts';
import { diagramOf, elementOf } from '../modules/processes/index.ts';
import { cancelTask, followMigration, openTask, type Task, TaskEntity, type TaskWork } from '../modules/tasks/index.ts';
import { tellNewTask } from './tell-new-task.ts';

const USER_TASK = 'io.camunda.zeebe:userTask';

export interface ProjectorParts {
  engine: string;
  /** One transaction of the program itself. */
  transaction<T>(work: (em: EntityManager) => Promise<T>): Promise<T>;
  read(): Sql;
  taskWork(em: EntityManager): Promise<Work & TaskWork>;
  /** Told after the commit: demands of which a task has been opened, or whose instance has ended. */
  reached?(demandIds: ReadonlySet<string>): void;
}

/**
 * Reads the record stream into tasks, the path of the diagram and the incident list.
 * The position is stored with the effects, and every effect is idempotent by key, so a batch may come twice.
 */
export function recordProjector(parts: ProjectorParts): RecordReceiver {
  /** How far this node has come itself, by partition: as long as nobody else projects, the row need not be read. */
  const positions = new Map<number, number>();
  return {
    async fromPosition(partition) {
      const [row] = await parts
        .read()
        .query<{ position: string }>('select position from projector_position where engine = $1 and partition = $2', [
          parts.engine,
          partition,
        ]);
      return Number(row?.position ?? 0);
    },
    async receive(records) {
      if (records.length === 0) return;
      const reached = new Set<string>();
      const { partition, position: last } = records[records.length - 1]!;
      await parts
        .transaction(async (em) => {
          const sql = sqlOf(em);
          const fresh = (await goesOn(sql, parts.engine, positions.get(partition), last, partition))
            ? records
            : await onlyNew(sql, parts.engine, records);
          if (fresh.length === 0) return;
          await projectInstances(sql, fresh, reached);
          await projectVisits(sql, fresh);
          await projectMigrations(sql, fresh);
          await followTasks(em, () => parts.taskWork(em), fresh);
          await projectIncidents(sql, fresh);
          await projectTasks(em, () => parts.taskWork(em), fresh, reached);
        })
        .catch((error: unknown) => {
          positions.delete(partition);
          throw error;
        });
      positions.set(partition, last);
      parts.reached?.(reached);
    },
  };
}

/** Moves the position on from where this node left it; false when it was never here or somebody else has been there since. */
async function goesOn(
  sql: Sql,
  engine: string,
  from: number | undefined,
  to: number,
  partition: number,
): Promise<boolean> {
  if (from === undefined) return false;
  const moved = await sql.query(
    'update projector_position set position = $4 where engine = $1 and partition = $2 and position = $3 returning 1',
    [engine, partition, from, to],
  );
  return moved.length > 0;
}

/** Another node may have projected some of these already: the position row is locked, read again and moved on. */
async function onlyNew(sql: Sql, engine: string, records: readonly EngineRecord[]): Promise<EngineRecord[]> {
  const { partition, position: last } = records[records.length - 1]!;
  // Makes the row where there is none, locks it where there is one, and answers what it holds.
  const [row] = await sql.query<{ position: string }>(
    `insert into projector_position (engine, partition, position) values ($1, $2, 0)
     on conflict (engine, partition) do update set position = projector_position.position returning position`,
    [engine, partition],
  );
  const known = Number(row!.position);
  if (last > known)
    await sql.query('update projector_position set position = $3 where engine = $1 and partition = $2', [
      engine,
      partition,
      last,
    ]);
  return records.filter((record) => record.position > known);
}

const text = (record: EngineRecord, name: string): string => String(record.value[name] ?? '');
const rowsOf = (rows: unknown[]) => JSON.stringify(rows);

/** Which instance belongs to which demand: the variable `demandId` at the root of each process says it. */
async function projectInstances(sql: Sql, records: readonly EngineRecord[], reached: Set<string>): Promise<void> {
  const instances = records.filter(
    (r) => r.valueType === 'PROCESS_INSTANCE' && text(r, 'bpmnElementType') === 'PROCESS',
  );
  const started = instances.filter((r) => r.intent === 'ELEMENT_ACTIVATED');
  const ended = instances.filter((r) => r.intent === 'ELEMENT_COMPLETED' || r.intent === 'ELEMENT_TERMINATED');
  const named = namedDemands(records);
  const made = new Set(started.map((r) => r.key));
  if (started.length > 0) {
    await sql.query(
      `insert into process_instance (key, process_id, process_version, parent_key, root_key, state, started_at, demand_id)
       select key, process_id, process_version, nullif(parent_key, '-1'), key, 'ACTIVE', started_at, demand_id
       from jsonb_to_recordset($1::jsonb) as r(key text, process_id text, process_version int, parent_key text, started_at bigint, demand_id text)
       on conflict (key) do nothing`,
      [
        rowsOf(
          started.map((r) => ({
            demand_id: named.get(r.key) ?? null,
            key: r.key,
            process_id: text(r, 'bpmnProcessId'),
            process_version: Number(r.value.version),
            parent_key: String(r.value.parentProcessInstanceKey ?? '-1'),
            started_at: r.timestamp,
          })),
        ),
      ],
    );
  }
  const called = new Set(started.filter((r) => !isRoot(r)).map((r) => r.key));
  for (const [key, demandId] of named) {
    if (!made.has(key)) await sql.query('update process_instance set demand_id = $2 where key = $1', [key, demandId]);
    if (!called.has(key))
      await sql.query(
        `update demand set process_instance_key = $2 where id = $1 and process_instance_key is null
         and exists (select 1 from process_instance where key = $2 and parent_key is null)`,
        [demandId, key],
      );
  }
  // The variables of a called instance are told before the instance itself, perhaps in an earlier batch: it is about what its caller is about.
  for (const record of started.filter((r) => called.has(r.key) && !named.has(r.key))) {
    await sql.query(
      `update process_instance called set demand_id = caller.demand_id from process_instance caller
       where called.key = $1 and called.demand_id is null and caller.key = called.parent_key`,
      [record.key],
    );
  }
  if (ended.length > 0) {
    const done = await sql.query<{ demand_id: string | null }>(
      `update process_instance p set state = r.state, ended_at = r.ended_at
       from jsonb_to_recordset($1::jsonb) as r(key text, state text, ended_at bigint) where p.key = r.key
       returning case when p.parent_key is null then p.demand_id end as demand_id`,
      [
        rowsOf(
          ended.map((r) => ({
            key: r.key,
            state: r.intent === 'ELEMENT_COMPLETED' ? 'COMPLETED' : 'TERMINATED',
            ended_at: r.timestamp,
          })),
        ),
      ],
    );
    for (const { demand_id } of done) if (demand_id) reached.add(demand_id);
  }
}

/** By instance, the demand its variable names; said twice, the later word counts. */
function namedDemands(records: readonly EngineRecord[]): Map<string, string> {
  const named = new Map<string, string>();
  for (const record of records) {
    if (record.valueType !== 'VARIABLE' || text(record, 'name') !== 'demandId') continue;
    if (text(record, 'scopeKey') !== record.processInstanceKey) continue;
    const demandId = parseText(text(record, 'value'));
    if (demandId) named.set(record.processInstanceKey, demandId);
  }
  return named;
}

const isRoot = (record: EngineRecord): boolean => Number(record.value.parentProcessInstanceKey ?? -1) < 0;

function parseText(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Where the tokens are and have been, for the diagram and the path in words. */
async function projectVisits(sql: Sql, records: readonly EngineRecord[]): Promise<void> {
  const steps = records.filter((r) => r.valueType === 'PROCESS_INSTANCE' && text(r, 'bpmnElementType') !== 'PROCESS');
  const entered = steps.filter((r) => r.intent === 'ELEMENT_ACTIVATED');
  const left = steps.filter((r) => r.intent === 'ELEMENT_COMPLETED' || r.intent === 'ELEMENT_TERMINATED');
  const flows = new Map<string, { process_instance_key: string; flow_id: string; times: number }>();
  for (const r of steps.filter((step) => step.intent === 'SEQUENCE_FLOW_TAKEN')) {
    const key = `${r.processInstanceKey} ${r.elementId}`;
    const known = flows.get(key);
    if (known) known.times += 1;
    else flows.set(key, { process_instance_key: r.processInstanceKey, flow_id: r.elementId, times: 1 });
  }
  const ends = new Map(
    left.map((r) => [
      r.key,
      { state: r.intent === 'ELEMENT_COMPLETED' ? 'COMPLETED' : 'TERMINATED', left_at: r.timestamp },
    ]),
  );
  // Most elements are entered and left within one batch; only the others have a row to change.
  const known = new Set(entered.map((r) => r.key));
  const later = [...ends].filter(([key]) => !known.has(key));
  if (entered.length + later.length + flows.size === 0) return;
  // One round trip: the three parts touch different rows.
  await sql.query(
    `with entered as (
       insert into element_visit (key, process_instance_key, element_id, element_type, state, entered_at, left_at)
       select key, process_instance_key, element_id, element_type, coalesce(state, 'ACTIVE'), entered_at, left_at
       from jsonb_to_recordset($1::jsonb) as r(key text, process_instance_key text, element_id text, element_type text, entered_at bigint,
         state text, left_at bigint)
       on conflict (key) do nothing),
     ended as (
       update element_visit v set state = r.state, left_at = r.left_at
       from jsonb_to_recordset($2::jsonb) as r(key text, state text, left_at bigint) where v.key = r.key)
     insert into flow_visit (process_instance_key, flow_id, times)
     select process_instance_key, flow_id, times from jsonb_to_recordset($3::jsonb) as r(process_instance_key text, flow_id text, times int)
     on conflict (process_instance_key, flow_id) do update set times = flow_visit.times + excluded.times`,
    [
      rowsOf(
        entered.map((r) => ({
          key: r.key,
          process_instance_key: r.processInstanceKey,
          element_id: r.elementId,
          element_type: text(r, 'bpmnElementType'),
          entered_at: r.timestamp,
          ...ends.get(r.key),
        })),
      ),
      rowsOf(later.map(([key, end]) => ({ key, ...end }))),
      rowsOf([...flows.values()]),
    ],
  );
}

/** A migrated instance goes on under another version; its elements and open tasks may have other ids there. */
async function projectMigrations(sql: Sql, records: readonly EngineRecord[]): Promise<void> {
  for (const record of records) {
    if (record.valueType === 'PROCESS_INSTANCE' && record.intent === 'ELEMENT_MIGRATED') {
      if (text(record, 'bpmnElementType') === 'PROCESS')
        await sql.query('update process_instance set process_id = $2, process_version = $3 where key = $1', [
          record.key,
          text(record, 'bpmnProcessId'),
          Number(record.value.version),
        ]);
      else {
        await sql.query('update element_visit set element_id = $2 where key = $1', [record.key, record.elementId]);
        await sql.query(
          'update incident_view set element_id = $2 where element_instance_key = $1 and resolved_at is null',
          [record.key, record.elementId],
        );
      }
    }
  }
}

/** An open task of a migrated instance is from now on what the other version says: its name, form, candidates, clock and results. */
async function followTasks(
  em: EntityManager,
  workOf: () => Promise<Work & TaskWork>,
  records: readonly EngineRecord[],
): Promise<void> {
  const migrated = records.filter(
    (r) => r.valueType === 'JOB' && r.intent === 'MIGRATED' && text(r, 'type') === USER_TASK,
  );
  if (migrated.length === 0) return;
  const work = await workOf();
  for (const record of migrated) {
    const task = await em.findOne(TaskEntity, { jobKey: record.key, status: 'OPEN' });
    if (!task) continue;
    const processId = text(record, 'bpmnProcessId');
    const version = Number(record.value.processDefinitionVersion);
    const element = elementOf(await diagramOf(sqlOf(em), processId, version), record.elementId);
    await followMigration(work, task, {
      processId,
      processVersion: version,
      elementId: record.elementId,
      ...(element
        ? {
            title: element.name,
            formId: element.formId ?? null,
            clock: element.headers.clock ?? null,
            results: element.headers.results ?? '',
            // An expression was worked out by the engine when the job was made, and stays.
            ...(element.candidateGroups.some((group) => group.startsWith('='))
              ? {}
              : { groups: element.candidateGroups }),
          }
        : {}),
    });
  }
}

async function projectIncidents(sql: Sql, records: readonly EngineRecord[]): Promise<void> {
  for (const record of records.filter((r) => r.valueType === 'INCIDENT')) {
    if (record.intent === 'CREATED') {
      await sql.query(
        `insert into incident_view (key, process_instance_key, element_id, job_key, error_type, error_message, demand_id, created_at, element_instance_key)
         values ($1, $2, $3, $4, $5, $6, (select demand_id from process_instance where key = $2), $7, $8) on conflict (key) do nothing`,
        [
          record.key,
          record.processInstanceKey,
          record.elementId,
          text(record, 'jobKey') || null,
          text(record, 'errorType'),
          text(record, 'errorMessage'),
          record.timestamp,
          text(record, 'elementInstanceKey') || null,
        ],
      );
    } else if (record.intent === 'RESOLVED') {
      await sql.query('update incident_view set resolved_at = $2 where key = $1', [record.key, record.timestamp]);
    }
  }
}

/** User tasks are learned from the stream, so a withdrawn task disappears from people's lists in both engines. */
async function projectTasks(
  em: EntityManager,
  workOf: () => Promise<Work & TaskWork>,
  records: readonly EngineRecord[],
  reached: Set<string>,
): Promise<void> {
  let work: (Work & TaskWork) | undefined;
  for (const record of records) {
    if (record.valueType !== 'JOB' || text(record, 'type') !== USER_TASK) continue;
    if (record.intent === 'CREATED') {
      work ??= await workOf();
      const { demandId } = await openTaskOf(em, work, record);
      if (demandId) reached.add(demandId);
    } else if (record.intent === 'CANCELED') {
      await cancelTask(em, record.key, new Date(record.timestamp));
    }
  }
}

/** Opens the task of a created user-task job and tells the people it waits for. */
export async function openTaskOf(em: EntityManager, work: Work & TaskWork, record: EngineRecord): Promise<Task> {
  const sql = sqlOf(em);
  const [instance] = await sql.query<{ demand_id: string | null }>(
    'select demand_id from process_instance where key = $1',
    [record.processInstanceKey],
  );
  const headers = (record.value.customHeaders ?? {}) as Record<string, string>;
  const task = await openTask(work, {
    jobKey: record.key,
    processInstanceKey: record.processInstanceKey,
    processId: text(record, 'bpmnProcessId'),
    processVersion: Number(record.value.processDefinitionVersion),
    elementId: record.elementId,
    elementInstanceKey: text(record, 'elementInstanceKey'),
    headers,
    ...(instance?.demand_id ? { demandId: instance.demand_id } : {}),
    createdAt: new Date(record.timestamp),
  });
  await em.flush();
  await tellNewTask(work, task);
  return task;
}
