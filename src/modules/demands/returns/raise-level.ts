import type { Sql } from '../../../db/sql.ts';
import type { Work } from '../context.ts';
import { type Demand, DemandEntity } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { record } from '../trace.ts';
import { OPEN_STATUSES } from '../vocabulary.ts';

/** Why a demand was raised a level (提级): supervision takes it from there. */
export const RAISE_REASONS = {
  RETURNED_TOO_OLD: '退单改派后总时长超过上限',
  DISSATISFIED_AGAIN: '重办后仍不满意',
} as const;
export type RaiseReason = keyof typeof RAISE_REASONS;

/** Working days since the registration, whoever has had it: 自首次受理累计. */
export const totalAge = (work: Pick<Work, 'calendar' | 'clock'>, demand: Demand): number =>
  work.calendar.countWorkingDays(demand.registeredAt, work.clock.now(), demand.hostOrgCode);

/** Marks a demand for supervision, once; a second reason finds it raised already. */
export async function raiseLevel(work: Work, demand: Demand, reason: RaiseReason): Promise<void> {
  if (demand.raisedAt) return;
  demand.raisedAt = work.clock.now();
  demand.raisedReason = reason;
  await record(work, demand, 'demand.raised', { reason, totalAge: totalAge(work, demand) });
}

/** Handed from department to department for longer than `return.raise_after` working days in all: it is raised (R17 ④). */
export async function raiseIfOld(work: Work, demand: Demand): Promise<void> {
  if (demand.returnCount === 0 || demand.raisedAt) return;
  const after = (await work.parameters(parameterFacts(demand))).number('return.raise_after');
  if (totalAge(work, demand) > after) await raiseLevel(work, demand, 'RETURNED_TOO_OLD');
}

/** Ids of demands that were handed on and have not been raised yet; few. */
export async function handedOn(sql: Sql): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(
    `select id from demand where return_count > 0 and raised_at is null and status = any($1::text[]) order by registered_at limit 500`,
    [OPEN_STATUSES],
  );
  return rows.map((row) => row.id);
}

/** The sweep looks at one of them again. */
export async function raiseOldDemand(work: Work, demandId: string): Promise<void> {
  const seen = await work.em.findOneOrFail(DemandEntity, { id: demandId });
  const after = (await work.parameters(parameterFacts(seen))).number('return.raise_after');
  if (totalAge(work, seen) <= after) return;
  const demand = await lockDemand(work, demandId);
  if (!demand.raisedAt) await raiseLevel(work, demand, 'RETURNED_TOO_OLD');
}
