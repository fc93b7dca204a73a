import type { Sql } from '../../db/sql.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import type { PaperFacts, PaperKind } from './paper.ts';

/** The number a paper has or will have; a preview of one that has none leaves the place open. */
export const numberText = (kind: PaperKind, year: number, number: number | undefined): string =>
  kind.word ? `${kind.word}〔${year}〕第 ${number ?? '　'} 号` : '';

const keyOf = (kind: PaperKind, facts: PaperFacts) => [facts.demand.id, kind.id, kind.subject?.(facts) ?? ''];

/** The number given before: a reprint keeps it. */
export async function numberGiven(
  sql: Sql,
  kind: PaperKind,
  facts: PaperFacts,
): Promise<{ year: number; number: number } | undefined> {
  const [row] = await sql.query<{ year: number; number: number }>(
    'select year, number from paper_number where demand_id = $1 and kind = $2 and subject = $3',
    keyOf(kind, facts),
  );
  return row;
}

/**
 * Gives the next number of the bureau's kind and year, or answers the one given before. The counter's row is locked until the caller's commit,
 * so two papers never share a number and a print that fails leaves no gap.
 */
export async function giveNumber(sql: Sql, kind: PaperKind, facts: PaperFacts): Promise<string> {
  if (!kind.word) return '';
  const { demand, now, login } = facts;
  const year = Number(shanghaiDate(now).slice(0, 4));
  const counter = [kind.byRegisteringBureau ? demand.orgCode : demand.hostOrgCode, year, kind.id];
  // First the counter, then the look: whoever prints the same paper at the same moment waits here and finds it numbered.
  await sql.query(
    'insert into paper_counter (org_code, year, kind, last) values ($1, $2, $3, 0) on conflict do nothing',
    counter,
  );
  await sql.query('select last from paper_counter where org_code = $1 and year = $2 and kind = $3 for update', counter);
  const known = await numberGiven(sql, kind, facts);
  if (known) return numberText(kind, known.year, known.number);
  const [next] = await sql.query<{ last: number }>(
    'update paper_counter set last = last + 1 where org_code = $1 and year = $2 and kind = $3 returning last',
    counter,
  );
  await sql.query(
    `insert into paper_number (org_code, year, kind, number, demand_id, subject, given_by, given_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [...counter, next!.last, demand.id, kind.subject?.(facts) ?? '', login, now.toISOString()],
  );
  return numberText(kind, year, next!.last);
}
