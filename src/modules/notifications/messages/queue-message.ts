import type { Sql } from '../../../db/sql.ts';
import { templateDeclaration } from '../templates/catalogue.ts';

export interface TaxpayerMessage {
  /** One message per cause: repeating it is harmless. */
  cause: string;
  template: string;
  demandId: string;
  orgCode: string;
  /** What the template says besides its secrets (codes, links), which are looked up when it leaves. */
  values: Readonly<Record<string, string>>;
  at: Date;
}

/** Puts a short message to a taxpayer into the queue, in the transaction of what it is about. False when this cause was told before. */
export async function queueForTaxpayer(sql: Sql, message: TaxpayerMessage): Promise<boolean> {
  const declaration = templateDeclaration(message.template);
  if (declaration?.audience !== 'TAXPAYER') throw new Error(`no template for taxpayers: ${message.template}`);
  const kept = Object.keys(message.values).filter((key) => declaration.placeholders[key]?.secret);
  if (kept.length > 0) throw new Error(`secrets are not queued: ${kept.join(', ')}`);
  const made = await sql.query(
    `insert into message (id, channel, audience, recipient, demand_id, org_code, kind, template, values, status, next_at, created_at)
     values ($1, 'SMS', 'TAXPAYER', $2, $2, $3, 'NOTICE', $4, $5::jsonb, 'WAITING', $6, $6) on conflict (id) do nothing returning id`,
    [
      message.cause,
      message.demandId,
      message.orgCode,
      message.template,
      JSON.stringify(message.values),
      message.at.toISOString(),
    ],
  );
  return made.length > 0;
}
