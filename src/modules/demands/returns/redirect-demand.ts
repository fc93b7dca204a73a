import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import { type Demand, ExtensionEntity } from '../entities.ts';
import { openCoHandlingsOf } from '../joint/co-handlings.ts';
import { lockDemand } from '../load-demand.ts';
import { moveStatus } from '../move-status.ts';
import { record, stopClock } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';
import { ReturnEntity } from './entities.ts';
import { raiseIfOld } from './raise-level.ts';
import { dispute, hostProblem } from './request-return.ts';

const NOT_OWN = '改派由主办单位的纳服办理。这件诉求的主办不在你所在的单位。';

/** Why tax service cannot send the demand to another department now; null when it can. */
export async function redirectRefusal(work: Work, demand: Demand): Promise<string | null> {
  if (demand.hostOrgCode !== work.actor.orgCode) return NOT_OWN;
  if (demand.status !== 'HANDLING' || demand.withdrawalReason)
    return `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有办理中的件可以改派。`;
  if (await work.em.findOne(ExtensionEntity, { demandId: demand.id, status: 'PENDING' }))
    return '主办部门申请了延期，正在审批。请等审批结果，再决定要不要改派。';
  return null;
}

/** Tax service corrects its own dispatch (改派): another department hosts, with a limit of its own from the new delivery (R17 ④). */
export async function redirectDemand(
  work: Work,
  demandId: string,
  input: { hostDepartment: string; reason: string },
): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  if (demand.hostOrgCode !== work.actor.orgCode) throw forbidden(NOT_OWN, { reason: 'not-own-bureau' });
  const refusal = await redirectRefusal(work, demand);
  if (refusal) throw illegalTransition(refusal, { reason: 'redirect-refused' });
  const problems = [
    ...hostProblem(work, demand, input.hostDepartment, '/hostDepartment', '主办部门'),
    ...((await openCoHandlingsOf(work, demand.id)).some((part) => part.department === input.hostDepartment)
      ? [{ pointer: '/hostDepartment', message: '这个部门正在协办此件，不能同时主办。请先“解除协办”，再改派给它。' }]
      : []),
    ...([...input.reason.trim()].length < 4
      ? [{ pointer: '/reason', message: '“改派理由”至少 4 个字，写明为什么换部门。' }]
      : []),
  ];
  if (problems.length > 0) throw invalid('改派有误，没有提交', problems);
  const now = work.clock.now();
  const from = demand.hostDepartment!;
  const made = work.em.create(ReturnEntity, {
    ...dispute(work, demand),
    kind: 'REDIRECT',
    status: 'AGREED',
    basis: input.reason.trim(),
    proposedDepartment: input.hostDepartment,
    decidedBy: work.actor.login,
    decidedByName: work.actor.name,
    decidedAt: now,
    opinion: null,
    newDepartment: input.hostDepartment,
  });
  await stopClock(work, demand, 'HANDLING', now, '改派');
  demand.returnCount += 1;
  demand.hostDepartment = input.hostDepartment;
  // What it said as a co-department stays with the demand; it does not co-handle with itself.
  demand.coDepartments = demand.coDepartments.filter((code) => code !== input.hostDepartment);
  demand.dispatchedAt = now;
  demand.dispatchedBy = work.actor.login;
  demand.dispatchBasis = 'MANUAL';
  moveStatus(demand, 'AWAITING_HANDLING');
  await record(work, demand, 'demand.redirected', {
    from,
    hostDepartment: input.hostDepartment,
    reason: made.basis,
  });
  await raiseIfOld(work, demand);
  await enqueue(sqlOf(work.em), {
    commandId: `demand-redirected:${made.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'demand-redirected',
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: made.id,
      variables: {},
    },
  });
  return demand;
}
