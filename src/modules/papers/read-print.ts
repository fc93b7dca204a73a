import type { Sql } from '../../db/sql.ts';
import { type Demand, maskName, maskPhone, shownFields } from '../demands/index.ts';
import type { Block } from './paper.ts';

export interface Print {
  id: string;
  demandId: string;
  kind: string;
  numberText: string | null;
  blocks: Block[];
  fullNames: boolean;
  printedBy: string;
  printedByName: string;
  printedAt: Date;
  /** First eight figures of the head of the demand's history when it was printed. */
  code: string;
}

const COLUMNS = `id, demand_id as "demandId", kind, number_text as "numberText", blocks, full_names as "fullNames", printed_by as "printedBy",
  printed_by_name as "printedByName", printed_at as "printedAt", code`;

export async function findPrint(sql: Sql, demandId: string, id: string): Promise<Print | undefined> {
  const [row] = await sql.query<any>(`select ${COLUMNS} from paper_print where demand_id = $1 and id = $2`, [
    demandId,
    id,
  ]);
  return row && { ...row, printedAt: new Date(row.printedAt) };
}

/** Prints of a demand, newest first. */
export async function printsOf(sql: Sql, demandId: string): Promise<Print[]> {
  const rows = await sql.query<any>(
    `select ${COLUMNS} from paper_print where demand_id = $1 order by printed_at desc, id limit 50`,
    [demandId],
  );
  return rows.map((row) => ({ ...row, printedAt: new Date(row.printedAt) }));
}

/** Personal data of a paper as this person may see them now: masked, or in full while a reveal of theirs lasts. */
export async function personalData(
  sql: Sql,
  demand: Demand,
  who: { login: string; now: Date; full: boolean },
): Promise<{ name: string; phone: string; full: boolean }> {
  const shown = who.full ? await shownFields(sql, demand.id, who.login, who.now) : new Map();
  return {
    name: shown.has('taxpayerName') ? demand.taxpayerName : maskName(demand.taxpayerName, demand.taxpayerType),
    phone: shown.has('contactPhone') ? (demand.contactPhone ?? '无') : maskPhone(demand.contactPhone) || '无',
    full: shown.size > 0,
  };
}

/** The blocks with names and numbers in their places. */
export function fillPersonal(blocks: readonly Block[], personal: { name: string; phone: string }): Block[] {
  const fill = (value: unknown): unknown => {
    if (typeof value === 'string')
      return value.replaceAll('⟦name⟧', personal.name).replaceAll('⟦phone⟧', personal.phone);
    if (Array.isArray(value)) return value.map(fill);
    return value && typeof value === 'object'
      ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, fill(item)]))
      : value;
  };
  return fill(blocks) as Block[];
}
