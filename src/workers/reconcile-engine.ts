import { type EntityManager, sqlOf } from '../db/orm.ts';
import type { Sql } from '../db/sql.ts';
import type { EngineRecord, Key } from '../engine/port.ts';
import { CLOSED_STATUSES, startProcess } from '../modules/demands/index.ts';
import { openManualHandling } from '../modules/processes/index.ts';
import { cancelTask } from '../modules/tasks/index.ts';

/** How long ledger, tasks and engine may differ because something is still under way. */
const UNDER_WAY_MS = 120_000;
/** A command that has not been delivered for this long is told to people. */
const STUCK_MS = 300_000;
const AT_ONCE = 500;

export type DiscrepancyKind =
  | 'demand-without-instance'
  | 'demand-without-way'
  | 'task-without-job'
  | 'job-without-task'
  | 'command-stuck';

/** Ledger, tasks and engine do not agree here. */
export interface Discrepancy {
  kind: DiscrepancyKind;
  /** Demand, task, element instance or command. */
  subject: string;
  demandId: string | null;
  since: Date;
  /** What is wrong and what to do, in a sentence. */
  sentence: string;
  /** Put right just now. */
  repaired: boolean;
}

export interface ReconcileReport {
  at: Date;
  tasks: number;
  found: readonly Discrepancy[];
}

export interface ReconcileParts {
  sql: Sql;
  /** Business clock: ledger and tasks are dated by it. */
  now(): Date;
  /** Real clock: commands wait by it. */
  wallNow(): Date;
  openJobsAt(keys: readonly Key[]): Promise<{ open: ReadonlyMap<Key, EngineRecord>; unknown: ReadonlySet<Key> }>;
  /** Whether everything the engines have written has been read: only then is something that is missing really missing. */
  upToDate(): Promise<boolean>;
  transaction<T>(work: (em: EntityManager) => Promise<T>): Promise<T>;
  /** Opens the task of a job, as its record would have. */
  openTaskOf(em: EntityManager, record: EngineRecord): Promise<void>;
}

/**
 * Compares ledger, tasks and engine. With `repair` it puts right what cannot do harm: a start that never reached the engine is sent
 * again under its old message id, a task whose job is gone leaves people's lists, a job nobody was told of gets its task.
 */
export async function reconcileEngine(parts: ReconcileParts, options: { repair: boolean }): Promise<ReconcileReport> {
  const upToDate = await parts.upToDate();
  const repair = options.repair && upToDate;
  const found = [...(await demandsWithoutInstance(parts, repair)), ...(await demandsWithoutWay(parts, repair))];
  const { tasks, lost } = await tasksWithoutJob(parts, repair, upToDate);
  found.push(...lost, ...(await jobsWithoutTask(parts, repair)), ...(await stuckCommands(parts)));
  return { at: parts.now(), tasks, found };
}

const old = (now: Date): string => new Date(now.getTime() - UNDER_WAY_MS).toISOString();

async function demandsWithoutInstance(parts: ReconcileParts, repair: boolean): Promise<Discrepancy[]> {
  const rows = await parts.sql.query<{
    id: string;
    number: string;
    orgCode: string;
    registeringDepartment: string;
    intakeChoice: string;
    registered: string;
  }>(
    `select id, number, org_code as "orgCode", registering_department as "registeringDepartment", intake_choice as "intakeChoice",
            registered_at as registered from demand d
     where process_instance_key is null and voided_at is null and parent_id is null and duplicate_of is null and registered_at < $1
       and not exists (select 1 from engine_outbox o where o.ordering_key = d.id)
       and not exists (select 1 from process_instance p where p.demand_id = d.id)
     order by registered_at limit ${AT_ONCE}`,
    [old(parts.now())],
  );
  const found: Discrepancy[] = [];
  for (const row of rows) {
    if (repair)
      await parts.transaction((em) => startProcess(sqlOf(em), row, Math.floor(parts.wallNow().getTime() / 1000)));
    found.push({
      kind: 'demand-without-instance',
      subject: row.id,
      demandId: row.id,
      since: new Date(row.registered),
      sentence: repair
        ? `诉求 ${row.number} 已登记，流程没有启动；启动指令已重新发出。`
        : `诉求 ${row.number} 已登记，流程没有启动。引擎恢复、记录读完后再核对一次，会自动重新启动。`,
      repaired: repair,
    });
  }
  return found;
}

/** Its process was terminated and nothing runs for it any more: tax service has to say where it goes. */
async function demandsWithoutWay(parts: ReconcileParts, repair: boolean): Promise<Discrepancy[]> {
  const rows = await parts.sql.query<{ id: string; number: string; key: string; ended: string }>(
    `select d.id, d.number, p.key, p.ended_at as ended from process_instance p join demand d on d.process_instance_key = p.key
     where p.state = 'TERMINATED' and p.ended_at < $1::bigint and d.status <> all($2::text[])
       and not exists (select 1 from process_instance o where o.demand_id = d.id and o.ended_at is null)
       and not exists (select 1 from engine_outbox o where o.ordering_key = d.id)
     order by p.ended_at limit ${AT_ONCE}`,
    [parts.now().getTime() - UNDER_WAY_MS, CLOSED_STATUSES],
  );
  for (const row of rows)
    if (repair)
      await parts.transaction((em) =>
        openManualHandling(sqlOf(em), {
          demandId: row.id,
          kind: 'CANCELED',
          groups: ['tax-service'],
          instanceKey: row.key,
          elementInstanceKey: '',
          next: '',
          once: `without-way:${row.key}`,
        }),
      );
  return rows.map((row) => ({
    kind: 'demand-without-way',
    subject: row.id,
    demandId: row.id,
    since: new Date(Number(row.ended)),
    sentence: repair
      ? `诉求 ${row.number} 的流程已终止，没有人在办；已请纳服决定怎么办。`
      : `诉求 ${row.number} 的流程已终止，没有人在办。点“核对并修复”，请纳服决定怎么办。`,
    repaired: repair,
  }));
}

async function tasksWithoutJob(parts: ReconcileParts, repair: boolean, upToDate: boolean) {
  const lost: Discrepancy[] = [];
  let tasks = 0;
  for (let after = ''; ; ) {
    const rows = await parts.sql.query<{
      id: string;
      title: string;
      job_key: string;
      element_instance_key: string;
      demand_id: string | null;
      created_at: string;
    }>(
      `select id, title, job_key, element_instance_key, demand_id, created_at from task
       where status = 'OPEN' and id > $1 order by id limit ${AT_ONCE}`,
      [after],
    );
    if (rows.length === 0) return { tasks, lost };
    after = rows.at(-1)!.id;
    tasks += rows.length;
    // A stream that is behind tells of jobs too few: nothing can be said about tasks.
    if (!upToDate) continue;
    const { open, unknown } = await parts.openJobsAt(rows.map((row) => row.element_instance_key));
    for (const row of rows) {
      if (unknown.has(row.element_instance_key) || open.get(row.element_instance_key)?.key === row.job_key) continue;
      if (repair) await parts.transaction((em) => cancelTask(em, row.job_key, parts.now()));
      lost.push({
        kind: 'task-without-job',
        subject: row.id,
        demandId: row.demand_id,
        since: new Date(row.created_at),
        sentence: repair
          ? `任务“${row.title}”在流程里已经不存在，已从待办中收回。`
          : `任务“${row.title}”在流程里已经不存在，办了也不会继续。点“核对并修复”收回它。`,
        repaired: repair,
      });
    }
  }
}

async function jobsWithoutTask(parts: ReconcileParts, repair: boolean): Promise<Discrepancy[]> {
  const rows = await parts.sql.query<{ key: string; element_id: string; demand_id: string | null; entered_at: string }>(
    `select v.key, v.element_id, p.demand_id, v.entered_at from element_visit v join process_instance p on p.key = v.process_instance_key
     where v.state = 'ACTIVE' and v.element_type = 'USER_TASK' and p.state = 'ACTIVE'
       and not exists (select 1 from task t where t.element_instance_key = v.key) order by v.entered_at limit ${AT_ONCE}`,
  );
  if (rows.length === 0) return [];
  const { open } = await parts.openJobsAt(rows.map((row) => row.key));
  const found: Discrepancy[] = [];
  for (const row of rows) {
    const record = open.get(row.key);
    // Waiting behind an incident: there is no job, and the incident is told elsewhere.
    if (!record) continue;
    if (repair) await parts.transaction((em) => parts.openTaskOf(em, record));
    found.push({
      kind: 'job-without-task',
      subject: row.key,
      demandId: row.demand_id,
      since: new Date(Number(row.entered_at)),
      sentence: repair
        ? `流程停在“${row.element_id}”等人办理，却没有待办；待办已经补上。`
        : `流程停在“${row.element_id}”等人办理，却没有待办。点“核对并修复”补上。`,
      repaired: repair,
    });
  }
  return found;
}

async function stuckCommands(parts: ReconcileParts): Promise<Discrepancy[]> {
  const rows = await parts.sql.query<{
    command_id: string;
    ordering_key: string;
    type: string;
    created_at: string;
    attempts: number;
    demand_id: string | null;
  }>(
    `select o.command_id, o.ordering_key, o.command->>'type' as type, o.created_at, o.attempts, d.id as demand_id
     from engine_outbox o left join demand d on d.id = o.ordering_key
     where o.refused_code is null and o.created_at < $1 order by o.sequence limit ${AT_ONCE}`,
    [new Date(parts.wallNow().getTime() - STUCK_MS).toISOString()],
  );
  return rows.map((row) => ({
    kind: 'command-stuck',
    subject: row.command_id,
    demandId: row.demand_id,
    since: new Date(row.created_at),
    sentence: `指令 ${row.command_id} 试了 ${row.attempts} 次还没有送到引擎，程序会一直重试。请检查引擎是否在运行、能否连上。`,
    repaired: false,
  }));
}
