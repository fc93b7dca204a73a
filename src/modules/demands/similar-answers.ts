import type { Sql } from '../../db/sql.ts';
import { maskText } from './mask.ts';

export interface SimilarAnswer {
  number: string;
  title: string;
  answer: string;
  policyBasis: string | null;
}

/**
 * Answers given to demands of the same category with a common tag (同类答复), newest first: own bureau before others.
 * Never from restricted or confidential demands, and masked: an answer is a text for one taxpayer.
 */
export async function similarAnswers(
  sql: Sql,
  demand: { id: string; category: string; tags: readonly string[]; hostOrgCode: string },
  limit = 3,
): Promise<SimilarAnswer[]> {
  if (demand.tags.length === 0) return [];
  const rows = await sql.query<any>(
    `select number, title, public_answer, policy_basis from demand
     where id <> $1 and category = $2 and tags && $3::text[] and completed_at is not null and conclusion in ('RESOLVED', 'EXPLAINED') and public_answer is not null
       and not restricted and not confidential and voided_at is null
     order by (host_org_code = $4) desc, completed_at desc limit $5`,
    [demand.id, demand.category, [...demand.tags], demand.hostOrgCode, limit],
  );
  return rows.map((row) => ({
    number: row.number,
    title: row.title,
    answer: maskText(row.public_answer),
    policyBasis: row.policy_basis,
  }));
}
