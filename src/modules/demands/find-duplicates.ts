import type { Sql } from '../../db/sql.ts';
import type { DemandScope } from './list-demands.ts';

export interface DuplicateCandidate {
  id: string;
  number: string;
  title: string;
  content: string;
  status: string;
  registeredAt: Date;
  hostDepartment: string | null;
  /** Open clock that ends first. */
  dueAt: Date | null;
  /** The person looking may open it. */
  visible: boolean;
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
  /** Whose eyes: says which candidates may be opened. Its parameters begin at 1. */
  scope?: DemandScope;
}

const SIMILAR = 0.35;
/** Recent demands whose words are compared; those of the same phone or name are found by index, however old. */
const LOOK_AT = 400;

/**
 * Earlier demands that may be the same matter: same contact, same taxpayer, or similar words, best first. A suggestion for a person: nothing is
 * merged by it. Restricted and confidential demands are never suggested.
 */
export async function findDuplicates(sql: Sql, query: DuplicateQuery): Promise<DuplicateCandidate[]> {
  const phone = normalisePhone(query.contactPhone);
  const scope = query.scope ?? { sql: 'true', parameters: [] };
  const n = scope.parameters.length;
  const [since, org, digits, name] = [`$${n + 1}`, `$${n + 2}`, `$${n + 3}`, `$${n + 4}`];
  const rows = await sql.query<any>(
    `with candidates as (
       (select id from demand where ${digits}::text <> '' and contact_phone is not null and phone_digits(contact_phone) = ${digits} order by registered_at desc limit 50)
       union (select id from demand where ${name}::text <> '' and taxpayer_name = ${name} order by registered_at desc limit 50)
       union (${recent('org_code', since, org)})
       union (${recent('host_org_code', since, org)}))
     select d.id, d.number, d.title, d.content, d.status, d.registered_at, d.host_department, d.taxpayer_name, d.next_due_at,
       phone_digits(d.contact_phone) as phone, (${scope.sql}) as visible
     from candidates join demand d using (id)
     where not d.restricted and not d.confidential and d.voided_at is null and d.registered_at >= ${since}::timestamptz
       and (${org}::text is null or d.org_code = ${org} or d.host_org_code = ${org})`,
    [
      ...scope.parameters,
      query.since.toISOString(),
      query.orgCode ?? null,
      phone,
      query.taxpayerName && query.taxpayerName !== '匿名' ? query.taxpayerName : '',
    ],
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
        dueAt: row.next_due_at ? new Date(row.next_due_at) : null,
        visible: row.visible === true,
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

/** The newest demands of a bureau (or of all), each half served by an index of its own. */
const recent = (column: 'org_code' | 'host_org_code', since: string, org: string): string =>
  `select id from demand where (${org}::text is null or ${column} = ${org}) and registered_at >= ${since}::timestamptz
   order by registered_at desc limit ${LOOK_AT}`;

const normalisePhone = (phone: string | null | undefined) => {
  const digits = (phone ?? '').replace(/\D/g, '');
  return digits.length >= 7 ? digits : '';
};

/** Chinese has no spaces, so words are compared by pairs of neighbouring characters. */
function characterPairs(text: string): Set<string> {
  const letters = [...text.replace(/[\s，。、！？；：“”‘’（）《》\p{P}]/gu, '')].slice(0, 2000);
  return new Set(letters.slice(1).map((letter, index) => letters[index]! + letter));
}

function overlap(a: Set<string>, b: Set<string>): number {
  // Two words in common prove nothing.
  if (a.size < 3 || b.size < 3) return 0;
  let shared = 0;
  for (const pair of a) if (b.has(pair)) shared += 1;
  return shared / Math.min(a.size, b.size);
}
