import type { Sql } from '../../db/sql.ts';
import { type DemandScope, maskName } from '../demands/index.ts';
import { ACKNOWLEDGED_FORMS } from './acknowledge-task.ts';

export interface TaskRow {
  id: string;
  title: string;
  formId: string | null;
  demandId: string | null;
  assignee: string | null;
  candidates: string[];
  /** In whose name the person works on it; null for the own. */
  onBehalfOf: string | null;
  unassignable: boolean;
  clock: string | null;
  status: string;
  revision: number;
  createdAt: Date;
  completedAt: Date | null;
  number: string | null;
  demandTitle: string | null;
  /** Masked. */
  taxpayerName: string;
  urgency: string | null;
  hostDepartment: string | null;
  orgCode: string | null;
  category: string | null;
  registeredAt: Date | null;
  dueAt: Date | null;
  dueDate: string | null;
  provisional: boolean;
  /** Received and not yet acknowledged (待签收). */
  unacknowledged: boolean;
  /** What has happened since the person last looked: 诉求人补充, 退回, 延期结果. */
  news: number;
}

export interface TaskQuery {
  login: string;
  /**
   * mine: open and mine or free to take; for: the same in the name of `principal`; done: completed by me;
   * dept: open in my departments, within `scope`; unassigned: nobody found, for tax service of the bureaus `orgCodes`.
   */
  view: 'mine' | 'for' | 'done' | 'dept' | 'unassigned';
  principal?: string;
  departments?: readonly string[];
  scope?: DemandScope;
  orgCodes?: readonly string[];
  formIds?: readonly string[];
  limit: number;
}

/** Happenings a person at work wants to know of. */
const NEWS = [
  'demand.supplemented',
  'demand.reviewed',
  'demand.rework-started',
  'demand.merged',
  'extension.applied',
  'extension.closed',
];

/** Work items for lists, the clock that ends first on top, then the urgent, then the older. */
export async function listTasks(sql: Sql, query: TaskQuery): Promise<TaskRow[]> {
  // The parameters of the scope come first: its condition counts them from 1.
  const parameters: unknown[] = query.view === 'dept' ? [...(query.scope?.parameters ?? [])] : [];
  const bind = (value: unknown) => {
    parameters.push(value);
    return `$${parameters.length}`;
  };
  const me = bind(query.login);
  const open = `t.status = 'OPEN'`;
  const takable = `${me} = any(t.candidates) and (t.assignee is null or t.assignee = ${me})`;
  const where = {
    mine: () => `${open} and ${takable}`,
    for: () => `${open} and ${takable} and t.via -> ${me} ->> 'onBehalfOf' = ${bind(query.principal ?? '')}`,
    done: () => `t.status = 'COMPLETED' and t.completed_by = ${me}`,
    dept: () =>
      `${open} and t.department_code = any(${bind([...(query.departments ?? [])])}::text[]) and (d.id is null or ${query.scope?.sql ?? 'false'})`,
    unassigned: () =>
      `${open} and t.unassignable and coalesce(t.org_code, '') = any(${bind([...(query.orgCodes ?? [])])}::text[])`,
  }[query.view]();
  const forms = query.formIds ? `and t.form_id = any(${bind([...query.formIds])}::text[])` : '';
  const order =
    query.view === 'done'
      ? 't.completed_at desc'
      : `c.due_at nulls last, case d.urgency when 'CRITICAL' then 0 when 'URGENT' then 1 else 2 end, d.registered_at nulls last, t.created_at`;
  const rows = await sql.query<any>(
    `select t.id, t.title, t.form_id, t.demand_id, t.assignee, t.candidates, t.via -> ${me} ->> 'onBehalfOf' as on_behalf_of, t.unassignable, t.clock, t.status, t.revision,
       t.created_at, t.completed_at, t.completed_on_behalf_of, t.acknowledged_at,
       d.number, case when ${opens(me)} then d.title else '限定可见件' end as demand_title, case when ${opens(me)} then d.taxpayer_name end as taxpayer_name, d.taxpayer_type, d.urgency, d.host_department, d.host_org_code, d.category, d.registered_at,
       c.due_at, c.due_date::text as due_date, c.provisional,
       (select count(*) from history_event e where e.subject_type = 'demand' and e.subject_id = t.demand_id and e.type = any(${bind(NEWS)}::text[])
          and e.occurred_at::timestamptz > coalesce(o.opened_at, t.created_at - interval '1 minute'))::int as news
     from task t left join demand d on d.id = t.demand_id
     left join task_opening o on o.task_id = t.id and o.login = ${me}
     left join lateral (select due_at, due_date, provisional from deadline where subject_type = 'demand' and subject_id = t.demand_id and status = 'OPEN'
       order by (kind = t.clock) desc nulls last, (department_code is not distinct from t.department_code) desc, due_at limit 1) c on true
     where ${where} ${forms} order by ${order} limit ${bind(query.limit)}`,
    parameters,
  );
  return rows.map(readRow);
}

/** How many tasks have come to a person since a moment, for “有 n 件新任务”. */
export async function countNewTasks(sql: Sql, login: string, since: Date): Promise<number> {
  const [row] = await sql.query<{ n: number }>(
    `select count(*)::int as n from task where status = 'OPEN' and $1 = any(candidates) and (assignee is null or assignee = $1) and created_at > $2`,
    [login, since.toISOString()],
  );
  return row!.n;
}

/** What a restricted demand says is for those a task of it opens it to; writing off, assigning and looking on open nothing. */
const opens = (me: string): string =>
  `(not coalesce(d.restricted, false) or (coalesce(t.form_id, '') !~ '^write-off|-supervision$' and (${me} = any(t.candidates) or t.completed_by = ${me})))`;

const date = (value: unknown): Date | null => (value ? new Date(value as string) : null);

const readRow = (row: any): TaskRow => ({
  id: row.id,
  title: row.title,
  formId: row.form_id,
  demandId: row.demand_id,
  assignee: row.assignee,
  candidates: row.candidates,
  onBehalfOf: row.status === 'COMPLETED' ? row.completed_on_behalf_of : row.on_behalf_of,
  unassignable: row.unassignable,
  clock: row.clock,
  status: row.status,
  revision: row.revision,
  createdAt: new Date(row.created_at),
  completedAt: date(row.completed_at),
  number: row.number,
  demandTitle: row.demand_title,
  taxpayerName: row.taxpayer_name ? maskName(row.taxpayer_name, row.taxpayer_type) : '',
  urgency: row.urgency,
  hostDepartment: row.host_department,
  orgCode: row.host_org_code,
  category: row.category,
  registeredAt: date(row.registered_at),
  dueAt: date(row.due_at),
  dueDate: row.due_date,
  provisional: row.provisional ?? false,
  unacknowledged: row.status === 'OPEN' && !row.acknowledged_at && ACKNOWLEDGED_FORMS.includes(row.form_id),
  news: row.news,
});
