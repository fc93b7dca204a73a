import type { Work } from '../context.ts';
import { DeferralEntity } from '../deferral/entities.ts';
import { type Demand, ExtensionEntity } from '../entities.ts';
import { closeCoHandlings } from '../joint/co-handlings.ts';
import { closeExternalSteps } from '../levels/external-steps.ts';
import { SupplementEntity } from '../supplement/entities.ts';
import { ReturnEntity } from './entities.ts';

/**
 * What was asked for and is now overtaken: the demand is finished, passed to another level, withdrawn, voided, merged or split, and its process has taken the
 * approvals back. An open application must not stand in the way of the next one.
 */
export async function closeApplications(work: Work, demand: Demand, why: string): Promise<void> {
  await closeCoHandlings(work, demand, why);
  await closeExternalSteps(work, demand, why);
  const now = work.clock.now();
  await work.em.nativeUpdate(ExtensionEntity, { demandId: demand.id, status: 'PENDING' }, { status: 'LAPSED' });
  await work.em.nativeUpdate(ReturnEntity, { demandId: demand.id, status: 'PENDING' }, { status: 'WITHDRAWN' });
  await work.em.nativeUpdate(
    DeferralEntity,
    { demandId: demand.id, status: { $in: ['PENDING', 'ACTIVE'] } },
    { status: 'WITHDRAWN', endedAt: now, endedReason: why },
  );
  await work.em.nativeUpdate(SupplementEntity, { demandId: demand.id, status: 'ASKED' }, { status: 'CLOSED' });
}
