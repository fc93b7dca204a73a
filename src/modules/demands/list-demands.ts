import type { Sql } from '../../db/sql.ts';

/** A condition over `demand d` that says what somebody may see; its parameters come first. */
export interface DemandScope {
  sql: string;
  parameters: unknown[];
}

export interface DemandFilter {
  q?: string;
  orgCode?: string;
  channel?: string;
  category?: string;
  status?: string;
  hostDepartment?: string;
  /** `YYYY-MM-DD`, both included. */
  from?: string;
  to?: string;
  /** overdue, today, soon. */
  time?: string;
  /** open or closed. */
  state?: string;
  tag?: string;
}

export interface DemandRow {
  id: string;
  number: string;
  title: string;
  category: string;
  channel: string;
  status: string;
  taxpayerName: string;
  taxpayerType: string;
  orgCode: string;
  hostOrgCode: string;
  hostDepartment: string | null;
  registeringDepartment: string;
  receivingOfficerName: string;
  receivedAt: Date;
  registeredAt: Date;
  restricted: boolean;
  reworkCount: number;
  clockKind: string | null;
  dueAt: Date | null;
  dueDate: string | null;
  provisional: boolean;
  extensions: number;
  total: number;
}

/** Rows of the ledger (台账) a person may see, newest first, with the clock that ends first. `parameterOffset` of the scope is 1. */
export async function listDemands(
  sql: Sql,
  scope: DemandScope,
  filter: DemandFilter,
  page: { limit: number; offset: number; now: Date },
): Promise<{ rows: DemandRow[]; total: number }> {
  const parameters = [...scope.parameters];
  const where = [scope.sql];
  const add = (value: unknown, condition: (name: string) => string) => {
    parameters.push(value);
    where.push(condition(`$${parameters.length}`));
  };
  if (filter.orgCode) add(filter.orgCode, (p) => `(d.org_code = ${p} or d.host_org_code = ${p})`);
  if (filter.channel) add(filter.channel, (p) => `d.channel = ${p}`);
  if (filter.category) add(filter.category, (p) => `d.category = ${p}`);
  if (filter.status) add(filter.status, (p) => `d.status = ${p}`);
  if (filter.hostDepartment) add(filter.hostDepartment, (p) => `d.host_department = ${p}`);
  if (filter.from) add(`${filter.from}T00:00:00+08:00`, (p) => `d.registered_at >= ${p}::timestamptz`);
  if (filter.to) add(`${filter.to}T00:00:00+08:00`, (p) => `d.registered_at < ${p}::timestamptz + interval '1 day'`);
  if (filter.tag) add(filter.tag, (p) => `${p} = any(d.tags)`);
  if (filter.state === 'open') where.push(`d.status not in ('WRITTEN_OFF', 'VOIDED')`);
  if (filter.state === 'closed') where.push(`d.status in ('WRITTEN_OFF', 'VOIDED')`);
  if (filter.q) {
    parameters.push(`%${filter.q.replace(/[\\%_]/g, (sign) => `\\${sign}`)}%`, filter.q.replace(/\D/g, ''));
    const [like, digits] = [`$${parameters.length - 1}`, `$${parameters.length}`];
    where.push(
      `(d.number ilike ${like} or d.title ilike ${like} or d.content ilike ${like} or d.taxpayer_name ilike ${like} or d.external_number ilike ${like}
        or (length(${digits}::text) >= 4 and regexp_replace(coalesce(d.contact_phone, ''), '\\D', '', 'g') like '%' || ${digits}))`,
    );
  }
  const now = () => {
    parameters.push(page.now.toISOString());
    return `$${parameters.length}::timestamptz`;
  };
  if (filter.time === 'overdue') where.push(`c.due_at < ${now()}`);
  if (filter.time === 'today')
    where.push(`(c.due_at at time zone 'Asia/Shanghai')::date = (${now()} at time zone 'Asia/Shanghai')::date`);
  if (filter.time === 'soon') {
    const at = now();
    where.push(`c.due_at >= ${at} and c.due_at < ${at} + interval '4 days'`);
  }
  parameters.push(page.limit, page.offset);
  const rows = await sql.query<any>(
    `select d.id, d.number, d.title, d.category, d.channel, d.status, d.taxpayer_name, d.taxpayer_type, d.org_code, d.host_org_code, d.host_department,
       d.registering_department, d.receiving_officer_name, d.received_at, d.registered_at, d.restricted, d.rework_count,
       c.kind as clock_kind, c.due_at, c.due_date::text as due_date, c.provisional,
       (select coalesce(sum(x.extensions), 0)::int from deadline x where x.subject_type = 'demand' and x.subject_id = d.id) as extensions,
       (count(*) over ())::int as total
     from demand d
     left join lateral (select kind, due_at, due_date, provisional from deadline where subject_type = 'demand' and subject_id = d.id and status = 'OPEN' order by due_at limit 1) c on true
     where ${where.join(' and ')} order by d.registered_at desc, d.number desc limit $${parameters.length - 1} offset $${parameters.length}`,
    parameters,
  );
  return {
    total: rows[0]?.total ?? 0,
    rows: rows.map((row) => ({
      id: row.id,
      number: row.number,
      title: row.title,
      category: row.category,
      channel: row.channel,
      status: row.status,
      taxpayerName: row.taxpayer_name,
      taxpayerType: row.taxpayer_type,
      orgCode: row.org_code,
      hostOrgCode: row.host_org_code,
      hostDepartment: row.host_department,
      registeringDepartment: row.registering_department,
      receivingOfficerName: row.receiving_officer_name,
      receivedAt: new Date(row.received_at),
      registeredAt: new Date(row.registered_at),
      restricted: row.restricted,
      reworkCount: row.rework_count,
      clockKind: row.clock_kind,
      dueAt: row.due_at ? new Date(row.due_at) : null,
      dueDate: row.due_date,
      provisional: row.provisional ?? false,
      extensions: row.extensions,
      total: row.total,
    })),
  };
}
