import type { Sql } from '../../db/sql.ts';

export interface DuplicateCandidate {
  id: string;
  number: string;
  title: string;
  content: string;
  status: string;
  registeredAt: Date;
  hostDepartment: string | null;
  /** Why it is shown: 同电话, 同名称, 内容相似. */
  reasons: string[];
  /** 0 to 1, by shared character pairs. */
  similarity: number;
}

export interface DuplicateQuery {
  contactPhone?: string | null;
  taxpayerName?: string | null;
  content?: string | null;
  /** Only demands this bureau may see; undefined = all (city). */
  orgCode?: string | undefined;
  since: Date;
}

const SIMILAR = 0.35;
const LOOK_AT = 400;

/**
 * Earlier demands that may be the same matter: same contact, same taxpayer, or similar words, newest first.
 * A suggestion for a person: nothing is merged by it. Restricted demands are never suggested.
 */
export async function findDuplicates(sql: Sql, query: DuplicateQuery): Promise<DuplicateCandidate[]> {
  const phone = normalisePhone(query.contactPhone);
  const rows = await sql.query<any>(
    `select id, number, title, content, status, registered_at, host_department, taxpayer_name, regexp_replace(coalesce(contact_phone, ''), '\\D', '', 'g') as phone
     from demand
     where not restricted and voided_at is null and registered_at >= $1 and ($2::text is null or org_code = $2 or host_org_code = $2)
     order by (regexp_replace(coalesce(contact_phone, ''), '\\D', '', 'g') = $3 and $3 <> '') desc, registered_at desc limit ${LOOK_AT}`,
    [query.since.toISOString(), query.orgCode ?? null, phone],
  );
  const pairs = characterPairs(query.content ?? '');
  return rows
    .map((row): DuplicateCandidate => {
      const similarity = overlap(pairs, characterPairs(row.content));
      const reasons: string[] = [];
      if (phone && row.phone === phone) reasons.push('同电话');
      if (query.taxpayerName && row.taxpayer_name === query.taxpayerName && row.taxpayer_name !== '匿名')
        reasons.push('同名称');
      if (similarity >= SIMILAR) reasons.push('内容相似');
      return {
        id: row.id,
        number: row.number,
        title: row.title,
        content: row.content,
        status: row.status,
        registeredAt: new Date(row.registered_at),
        hostDepartment: row.host_department,
        reasons,
        similarity,
      };
    })
    .filter((candidate) => candidate.reasons.length > 0)
    .sort(
      (a, b) => b.reasons.length - a.reasons.length || b.similarity - a.similarity || +b.registeredAt - +a.registeredAt,
    )
    .slice(0, 5);
}

const normalisePhone = (phone: string | null | undefined) => (phone ?? '').replace(/\D/g, '');

/** Chinese has no spaces, so words are compared by pairs of neighbouring characters. */
function characterPairs(text: string): Set<string> {
  const letters = [...text.replace(/[\s，。、！？；：“”‘’（）《》\p{P}]/gu, '')].slice(0, 2000);
  return new Set(letters.slice(1).map((letter, index) => letters[index]! + letter));
}

function overlap(a: Set<string>, b: Set<string>): number {
  if (a.size === 0 || b.size === 0) return 0;
  let shared = 0;
  for (const pair of a) if (b.has(pair)) shared += 1;
  return shared / Math.min(a.size, b.size);
}
