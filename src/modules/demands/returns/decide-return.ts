import { FOR_UPDATE } from '../../../db/orm.ts';
import { conflict, forbidden, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { moveStatus } from '../move-status.ts';
import { record, stopClock } from '../trace.ts';
import { type DemandReturn, ReturnEntity } from './entities.ts';
import { raiseIfOld } from './raise-level.ts';

/**
 * Tax service reviews an objection (退单审核): agreed, it dispatches again and the new host has its own limit from its delivery;
 * rejected, the dispatch stands (审定派单), the same host goes on, its clock never stopped, and it cannot object again.
 */
export async function decideReturn(
  work: Work,
  demandId: string,
  input: { returnDecision: string; opinion?: string },
): Promise<DemandReturn> {
  const demand = await lockDemand(work, demandId);
  const pending = await work.em.findOne(ReturnEntity, { demandId, status: 'PENDING' }, FOR_UPDATE);
  if (!pending || demand.status !== 'RETURN_REVIEW')
    throw conflict('这份退单已经审核过，或者随诉求一起收回了，不用再审。', { reason: 'return-closed' });
  if (pending.requestedBy === work.actor.login)
    throw forbidden('这份退单是你提出的，不能由你审核。请由纳服的其他人审核。', { reason: 'self-approval' });
  const agreed = input.returnDecision === 'AGREED';
  if (!agreed && !input.opinion?.trim())
    throw invalid('请填写意见', [
      { pointer: '/opinion', message: '驳回退单的，请写明为什么由这个部门办理（审定派单）。' },
    ]);
  const now = work.clock.now();
  pending.status = agreed ? 'AGREED' : 'REJECTED';
  pending.decidedBy = work.actor.login;
  pending.decidedByName = work.actor.name;
  pending.decidedAt = now;
  pending.opinion = input.opinion?.trim() || null;
  if (agreed) await takeBack(work, demand, now);
  else moveStatus(demand, 'HANDLING');
  await record(work, demand, agreed ? 'demand.return-agreed' : 'demand.return-rejected', {
    returnId: pending.id,
    department: pending.department,
    ...(pending.opinion ? { opinion: pending.opinion } : {}),
  });
  if (agreed) await raiseIfOld(work, demand);
  return pending;
}

/** Nobody hosts it until it is dispatched again (R4: 旧主办清零). */
async function takeBack(work: Work, demand: Demand, now: Date): Promise<void> {
  await stopClock(work, demand, 'HANDLING', now, '退单');
  demand.returnCount += 1;
  demand.hostDepartment = null;
  demand.deliveredAt = null;
  moveStatus(demand, 'AWAITING_DISPATCH');
}

/** After an agreed objection: where it went in the end. */
export async function noteNewHost(work: Work, demand: Demand): Promise<void> {
  const last = await work.em.findOne(
    ReturnEntity,
    { demandId: demand.id, status: 'AGREED', newDepartment: null },
    { orderBy: { requestedAt: 'desc' } },
  );
  if (last) last.newDepartment = demand.hostDepartment ?? null;
}
