import type { Sql } from '../../db/sql.ts';

export interface TaskRow {
  id: string;
  title: string;
  formId: string | null;
  demandId: string | null;
  assignee: string | null;
  candidates: string[];
  unassignable: boolean;
  clock: string | null;
  createdAt: Date;
  completedAt: Date | null;
  number: string | null;
  demandTitle: string | null;
  taxpayerName: string | null;
  taxpayerType: string | null;
  urgency: string | null;
  hostDepartment: string | null;
  orgCode: string | null;
  category: string | null;
  dueAt: Date | null;
  dueDate: string | null;
  provisional: boolean;
}

export interface TaskQuery {
  login: string;
  /** mine: open and mine or free to take; done: completed by me; dept: open in my departments; unassigned: nobody found, for tax service of a bureau. */
  view: 'mine' | 'done' | 'dept' | 'unassigned';
  departments?: readonly string[];
  orgCode?: string;
  formIds?: readonly string[];
  limit: number;
}

/** Work items for lists, the clock that ends first on top. */
export async function listTasks(sql: Sql, query: TaskQuery): Promise<TaskRow[]> {
  const parameters: unknown[] = [
    query.login,
    [...(query.departments ?? [])],
    query.orgCode ?? null,
    query.formIds ? [...query.formIds] : null,
    query.limit,
  ];
  const where = {
    mine: `t.status = 'OPEN' and $1 = any(t.candidates) and (t.assignee is null or t.assignee = $1)`,
    done: `t.status = 'COMPLETED' and t.completed_by = $1`,
    dept: `t.status = 'OPEN' and t.department_code = any($2::text[])`,
    unassigned: `t.status = 'OPEN' and t.unassignable and t.org_code = $3`,
  }[query.view];
  const rows = await sql.query<any>(
    `select t.id, t.title, t.form_id, t.demand_id, t.assignee, t.candidates, t.unassignable, t.clock, t.created_at, t.completed_at,
       d.number, d.title as demand_title, d.taxpayer_name, d.taxpayer_type, d.urgency, d.host_department, d.host_org_code, d.category,
       c.due_at, c.due_date::text as due_date, c.provisional
     from task t left join demand d on d.id = t.demand_id
     left join lateral (select due_at, due_date, provisional from deadline where subject_type = 'demand' and subject_id = t.demand_id and status = 'OPEN'
       order by (kind = t.clock) desc, due_at limit 1) c on true
     where ${where} and $1::text is not null and ($2::text[] is null or true) and ($3::text is null or true) and ($4::text[] is null or t.form_id = any($4))
     order by ${query.view === 'done' ? 't.completed_at desc' : `c.due_at nulls last, case d.urgency when 'CRITICAL' then 0 when 'URGENT' then 1 else 2 end, t.created_at`} limit $5`,
    parameters,
  );
  return rows.map((row) => ({
    id: row.id,
    title: row.title,
    formId: row.form_id,
    demandId: row.demand_id,
    assignee: row.assignee,
    candidates: row.candidates,
    unassignable: row.unassignable,
    clock: row.clock,
    createdAt: new Date(row.created_at),
    completedAt: row.completed_at ? new Date(row.completed_at) : null,
    number: row.number,
    demandTitle: row.demand_title,
    taxpayerName: row.taxpayer_name,
    taxpayerType: row.taxpayer_type,
    urgency: row.urgency,
    hostDepartment: row.host_department,
    orgCode: row.host_org_code,
    category: row.category,
    dueAt: row.due_at ? new Date(row.due_at) : null,
    dueDate: row.due_date,
    provisional: row.provisional ?? false,
  }));
}
