import type { Sql } from '../../db/sql.ts';
import type { DemandScope } from './list-demands.ts';
import { maskText } from './mask.ts';

export interface SimilarAnswer {
  number: string;
  title: string;
  answer: string;
  policyBasis: string | null;
}

/**
 * Answers given to demands of the same category with a common tag (同类答复), newest first: own bureau before others,
 * as far as the scope of the reader reaches. * Never from restricted or confidential demands, and masked: an answer is a text for one taxpayer.
 */
export async function similarAnswers(
  sql: Sql,
  scope: DemandScope,
  demand: { id: string; category: string; tags: readonly string[]; hostOrgCode: string },
  limit = 3,
): Promise<SimilarAnswer[]> {
  if (demand.tags.length === 0) return [];
  const at = (index: number) => `$${scope.parameters.length + index}`;
  const rows = await sql.query<any>(
    `select d.number, d.title, d.public_answer, d.policy_basis from demand d
     where ${scope.sql} and d.id <> ${at(1)} and d.category = ${at(2)} and d.tags && ${at(3)}::text[] and d.completed_at is not null
       and d.conclusion in ('RESOLVED', 'EXPLAINED') and d.public_answer is not null and not d.restricted and not d.confidential and d.voided_at is null
     order by (d.host_org_code = ${at(4)}) desc, d.completed_at desc limit ${at(5)}`,
    [...scope.parameters, demand.id, demand.category, [...demand.tags], demand.hostOrgCode, limit],
  );
  return rows.map((row) => ({
    number: row.number,
    title: row.title,
    answer: maskText(row.public_answer),
    policyBasis: row.policy_basis,
  }));
}
