import { randomInt } from 'node:crypto';
import type { Sql } from '../../db/sql.ts';
import type { LocalDate } from '../../kernel/clock.ts';

/** The next number of a bureau on a day, `LASQ-341500-20261123-0001`. Gapless: the counter row is part of the registering transaction. */
export async function nextDemandNumber(tx: Sql, orgCode: string, day: LocalDate): Promise<string> {
  const [row] = await tx.query<{ last: number }>(
    `insert into demand_number (org_code, day, last) values ($1, $2::date, 1)
     on conflict (org_code, day) do update set last = demand_number.last + 1 returning last`,
    [orgCode, day],
  );
  return `LASQ-${orgCode}-${day.replaceAll('-', '')}-${String(row!.last).padStart(4, '0')}`;
}

/** Letters and digits that cannot be misheard or misread on the phone. */
const ALPHABET = '23456789ABCDEFGHJKMNPQRSTUVWXYZ';

/** The code with which a taxpayer asks for progress, `K7MX-9P4R-2WHD`: 59 bits, unguessable. */
export function newTrackingCode(): string {
  const letters = Array.from({ length: 12 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
  return letters.replace(/(.{4})(?=.)/g, '$1-');
}
