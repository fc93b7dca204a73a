import { createHash, randomBytes } from 'node:crypto';
import { sqlOf } from '../../db/orm.ts';
import type { Sql } from '../../db/sql.ts';
import { type Demand, lockDemand, roundOf, type Work } from '../demands/index.ts';
import { tellTaxpayer } from './tell-taxpayer.ts';

/** 短信评价 (R25): a link of its own for each round of a demand, sent to everybody who can be reached. */
export async function sendVisitLink(work: Work, demandId: string): Promise<boolean> {
  const demand = await lockDemand(work, demandId);
  const round = roundOf(demand);
  const id = visitLinkId(demand, round);
  const days = (await work.parameters({ orgCode: demand.hostOrgCode })).number('visit.link_days');
  const queued = await tellTaxpayer(work, demand, {
    cause: id,
    template: 'visit-link',
    values: { days: String(days) },
  });
  if (queued)
    await sqlOf(work.em).query(
      'insert into visit_link (id, demand_id, round, created_at) values ($1, $2, $3, $4) on conflict do nothing',
      [id, demandId, round, work.clock.now().toISOString()],
    );
  return queued;
}

const visitLinkId = (demand: Pick<Demand, 'id'>, round: number): string => `visit-link:${demand.id}:${round}`;

const DAY_MS = 86_400_000;

/** Makes the token of a link at the moment it leaves: only its hash is kept, and the days count from the first sending. */
export async function makeVisitToken(sql: Sql, linkId: string, now: Date, days: number): Promise<string | undefined> {
  const found = await sql.query(
    'update visit_link set expires_at = coalesce(expires_at, $2) where id = $1 returning id',
    [linkId, new Date(+now + days * DAY_MS).toISOString()],
  );
  if (found.length === 0) return undefined;
  const token = randomBytes(18).toString('base64url');
  await sql.query('insert into visit_link_token (hash, link_id) values ($1, $2)', [hashOf(token), linkId]);
  return token;
}

export const hashOf = (token: string): string => createHash('sha256').update(token).digest('hex');
