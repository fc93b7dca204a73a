import { sqlOf } from '../../db/orm.ts';
import type { Sql } from '../../db/sql.ts';
import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import type { Work } from './context.ts';
import {
  countDemands,
  type DemandFilter,
  type DemandRow,
  type DemandScope,
  listDemands,
  type PageOptions,
} from './list-demands.ts';

/** Columns of an export. `personal` ones are off by default, need a reason each, and leave a record for every demand (个人信息保护法 51). */
export const EXPORT_FIELDS = {
  number: { title: '编号' },
  title: { title: '标题' },
  category: { title: '类别' },
  channel: { title: '渠道' },
  taxpayer: { title: '纳税人（脱敏）' },
  received: { title: '来件时间' },
  registered: { title: '受理时间' },
  org: { title: '受理单位' },
  officer: { title: '受理人' },
  host: { title: '主办部门' },
  status: { title: '状态' },
  clock: { title: '期限' },
  due: { title: '到期' },
  marks: { title: '标记' },
  further: { title: '登记时的其他回答' },
  fullName: { title: '纳税人全名', personal: true },
  phone: { title: '联系电话（完整）', personal: true },
} as const satisfies Record<string, { title: string; personal?: boolean }>;
export type ExportField = keyof typeof EXPORT_FIELDS;

/** More would be a copy of the ledger and not an answer to a question. */
export const LARGEST_EXPORT = 10_000;

export interface ExportOrder {
  fields: readonly string[];
  purpose: string;
  /** Login of the leader who has agreed; needed when personal fields leave the system. */
  approver?: string;
  /** Reason per personal field. */
  reasons: Readonly<Record<string, string>>;
  kind: string;
}

export interface ExportedRow extends DemandRow {
  contactPhone: string | null;
  /** Answers of the registration form without a column of their own; null for what is restricted. */
  answers: FurtherAnswers | null;
}

export interface FurtherAnswers {
  category: string;
  agent: boolean;
  legalIntent: string | null;
  intake: Record<string, unknown>;
}

const isPersonal = (field: string): boolean => 'personal' in EXPORT_FIELDS[field as ExportField];

/**
 * Reads the rows of an export and writes down who took what for which purpose. Personal fields need a reason each and a leader's agreement; each demand
 * whose contact leaves the system is noted like a reveal. Restricted demands go out with their number only.
 */
export async function exportLedger(
  work: Work,
  scope: DemandScope,
  filter: DemandFilter,
  order: ExportOrder,
  page: Pick<PageOptions, 'now' | 'soon'>,
): Promise<{ rows: ExportedRow[]; fields: ExportField[] }> {
  const sql = sqlOf(work.em);
  const fields = (Object.keys(EXPORT_FIELDS) as ExportField[]).filter((field) => order.fields.includes(field));
  const problems = problemsOf(work, order, fields);
  const { more } = await countDemands(sql, scope, filter, { ...page, upTo: LARGEST_EXPORT });
  if (more)
    problems.push({
      pointer: '/purpose',
      message: `符合条件的超过一次导出上限 ${LARGEST_EXPORT.toLocaleString('en')} 件。请回到台账加条件，例如按月分几次导出。`,
    });
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，修改后才能导出`, problems);
  const { rows } = await listDemands(sql, scope, filter, { ...page, limit: LARGEST_EXPORT, offset: 0 });
  const personal = fields.filter(isPersonal);
  const open = rows.filter((row) => !row.restricted);
  const phones = new Map<string, string | null>();
  if (personal.length > 0) {
    const ids = open.map((row) => row.id);
    for (const row of await sql.query<any>('select id, contact_phone from demand where id = any($1::text[])', [ids]))
      phones.set(row.id, row.contact_phone);
    await sql.query(
      `insert into pii_access_log (login, name, role, org_code, demand_id, field, reason, ip, at)
       select $1, $2, $3, $4, id, $5, 'EXPORT', $6, $7::timestamptz from unnest($8::text[]) as id`,
      [
        work.actor.login,
        work.actor.name,
        work.actor.roles.join(','),
        work.actor.orgCode,
        personal.join(','),
        work.actor.ip ?? null,
        work.clock.now().toISOString(),
        ids,
      ],
    );
  }
  const answers = await answersOf(sql, fields.includes('further') ? open.map((row) => row.id) : []);
  await appendEvent(sql, {
    subjectType: 'export',
    subjectId: work.actor.login,
    type: 'ledger.exported',
    occurredAt: work.clock.now(),
    actor: work.actor,
    payload: {
      kind: order.kind,
      filter: { ...filter, ...(filter.behind ? { behind: filter.behind.key } : {}) },
      fields,
      purpose: order.purpose.trim(),
      ...(personal.length > 0
        ? {
            approver: order.approver,
            reasons: Object.fromEntries(personal.map((field) => [field, order.reasons[field]!.trim()])),
          }
        : {}),
      rows: rows.length,
    },
  });
  return {
    rows: rows.map((row) => ({
      ...row,
      contactPhone: phones.get(row.id) ?? null,
      answers: answers.get(row.id) ?? null,
    })),
    fields,
  };
}

async function answersOf(sql: Sql, ids: readonly string[]): Promise<Map<string, FurtherAnswers>> {
  if (ids.length === 0) return new Map();
  const rows = await sql.query<FurtherAnswers & { id: string }>(
    'select id, category, agent, legal_intent as "legalIntent", intake from demand where id = any($1::text[])',
    [ids],
  );
  return new Map(rows.map(({ id, ...answers }) => [id, answers]));
}

function problemsOf(work: Work, order: ExportOrder, fields: readonly ExportField[]): FieldProblem[] {
  const problems: FieldProblem[] = [];
  if (!['xlsx', 'csv'].includes(order.kind))
    problems.push({ pointer: '/kind', message: '请选文件格式：Excel 或 CSV。' });
  if (fields.length === 0) problems.push({ pointer: '/fields', message: '还没选要导出的字段。' });
  if ([...order.purpose.trim()].length < 4)
    problems.push({ pointer: '/purpose', message: '请写明用途，至少 4 个字，例如“11月例会情况通报”。' });
  const personal = fields.filter(isPersonal);
  for (const field of personal)
    if ([...(order.reasons[field] ?? '').trim()].length < 4)
      problems.push({
        pointer: `/reason.${field}`,
        message: `“${EXPORT_FIELDS[field].title}”是个人信息，请写明为什么需要，至少 4 个字。`,
      });
  if (personal.length > 0 && !approversOf(work).some((leader) => leader.login === order.approver))
    problems.push({ pointer: '/approver', message: '导出个人信息要有本单位领导同意，请选批准人（不能是自己）。' });
  return problems;
}

/** Leaders of the bureau who can agree to personal data leaving the system; never oneself. */
export function approversOf(work: Pick<Work, 'directory' | 'actor'>): { login: string; name: string }[] {
  const leaders = ['CHIEF', 'DEPUTY_IN_CHARGE'].flatMap((role) =>
    work.directory.usersWithRole(work.actor.orgCode, role),
  );
  const others = new Map(
    leaders.filter(({ login }) => login !== work.actor.login).map((user) => [user.login, user.name]),
  );
  return [...others].map(([login, name]) => ({ login, name }));
}
