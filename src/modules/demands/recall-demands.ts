import type { Sql } from '../../db/sql.ts';
import type { DemandScope } from './list-demands.ts';

/** What the ledger remembers while somebody registers: who called before, and how like questions were answered. */

export interface CallerHistory {
  total: number;
  latest: { number: string; title: string; status: string; registeredAt: Date; visible: boolean }[];
}

/** Earlier demands of a phone number in the person's bureau; the caller is on the line, so restricted ones stay out. */
export async function callerHistory(
  sql: Sql,
  scope: DemandScope,
  query: { contactPhone: string; orgCode?: string | undefined },
): Promise<CallerHistory> {
  const digits = query.contactPhone.replace(/\D/g, '');
  if (digits.length < 7) return { total: 0, latest: [] };
  const n = scope.parameters.length;
  const rows = await sql.query<any>(
    `select d.number, d.title, d.status, d.registered_at, (${scope.sql}) as visible, (count(*) over ())::int as total
     from demand d where d.contact_phone is not null and phone_digits(d.contact_phone) = $${n + 1} and not d.restricted and not d.confidential
       and d.voided_at is null and ($${n + 2}::text is null or d.org_code = $${n + 2} or d.host_org_code = $${n + 2})
     order by d.registered_at desc limit 3`,
    [...scope.parameters, digits, query.orgCode ?? null],
  );
  return {
    total: rows[0]?.total ?? 0,
    latest: rows.map((row) => ({
      number: row.number,
      title: row.title,
      status: row.status,
      registeredAt: new Date(row.registered_at),
      visible: row.visible === true,
    })),
  };
}

export interface AnswerReference {
  number: string;
  title: string;
  answer: string;
  basis: string | null;
  completedAt: Date;
}

/** How the newest demands of the same category and tags were answered, for the officer to build on. */
export async function answerReferences(
  sql: Sql,
  scope: DemandScope,
  query: { category: string; tags: readonly string[] },
): Promise<AnswerReference[]> {
  if (query.tags.length === 0) return [];
  const n = scope.parameters.length;
  const rows = await sql.query<any>(
    `select d.number, d.title, coalesce(d.public_answer, d.answer_content) as answer, coalesce(d.policy_basis, d.answer_basis) as basis, d.completed_at
     from demand d where d.category = $${n + 1} and d.tags && $${n + 2}::text[] and d.completed_at is not null
       and coalesce(d.public_answer, d.answer_content, '') <> '' and not d.restricted and not d.confidential and d.voided_at is null
       and (${scope.sql})
     order by d.completed_at desc limit 3`,
    [...scope.parameters, query.category, [...query.tags]],
  );
  return rows.map((row) => ({
    number: row.number,
    title: row.title,
    answer: row.answer,
    basis: row.basis,
    completedAt: new Date(row.completed_at),
  }));
}
