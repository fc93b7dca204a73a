import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import type { Actor } from '../../../kernel/actor.ts';
import { forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { record } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';
import { coDepartmentProblem } from './co-departments.ts';
import { addCoHandling, endPart, openCoHandlingsOf } from './co-handlings.ts';
import type { CoHandling } from './entities.ts';

/** Who may change the co-handling departments: the host department, and the desk of the bureau that hosts or has registered it. */
export const mayChangeCoDepartments = (
  demand: Demand,
  actor: Pick<Actor, 'departments' | 'roles' | 'orgCode'>,
): boolean =>
  (demand.hostDepartment != null && actor.departments.includes(demand.hostDepartment)) ||
  (actor.roles.includes('DEMAND_DESK') && [demand.hostOrgCode, demand.orgCode].includes(actor.orgCode));

function requireMayChange(work: Work, demand: Demand): void {
  if (demand.status !== 'HANDLING')
    throw illegalTransition(
      `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有办理中的诉求可以增减协办。请刷新页面查看最新情况。`,
      { reason: 'not-handling' },
    );
  if (!mayChangeCoDepartments(demand, work.actor))
    throw forbidden('协办由主办部门或纳服专岗增加、解除。', { reason: 'not-host' });
}

/**
 * One more department takes part on the way (增加协办, R21 ③): its own clock, the due date of the whole stays.
 * A demand of one department becomes a joint handling with it.
 */
export async function addCoDepartment(
  work: Work,
  demandId: string,
  input: { department: string; reason: string },
): Promise<CoHandling> {
  const demand = await lockDemand(work, demandId);
  requireMayChange(work, demand);
  const problem = coDepartmentProblem(work.directory, demand, input.department, demand.hostDepartment ?? '');
  const open = await openCoHandlingsOf(work, demand.id);
  const twice = open.some((part) => part.department === input.department)
    ? '这个部门已经在协办，不用再增加。要另问事情的，请用“征询协办”。'
    : null;
  if (problem ?? twice)
    throw invalid('协办部门有误，没有增加。', [{ pointer: '/department', message: (problem ?? twice)! }]);
  demand.coDepartments = [...new Set([...demand.coDepartments, input.department])];
  if (demand.handlingMode !== 'JOINT') {
    demand.handlingMode = 'JOINT';
    if (demand.path === 'SINGLE') demand.path = 'JOINT';
  }
  demand.revision += 1;
  const part = await addCoHandling(work, demand, input.department, input.reason);
  await record(work, demand, 'co-handling.added', { department: input.department, reason: input.reason });
  await enqueue(sqlOf(work.em), {
    commandId: `co-department-added:${part.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'co-department-added',
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: part.id,
      variables: { coHandlingId: part.id, coDepartment: part.department },
    },
  });
  return part;
}

/** A department is not needed any more (解除协办): its clock stops, its task goes, what it has said stays with the demand. */
export async function releaseCoDepartment(
  work: Work,
  demandId: string,
  input: { department: string; reason: string },
): Promise<CoHandling> {
  const demand = await lockDemand(work, demandId);
  requireMayChange(work, demand);
  const part = (await openCoHandlingsOf(work, demand.id)).find((item) => item.department === input.department);
  if (!part)
    throw invalid('没有解除协办。', [
      { pointer: '/department', message: '这个部门没有正在进行的协办：可能已经提交意见，或已由别人解除。' },
    ]);
  await endPart(work, part, 'RELEASED', input.reason);
  demand.coDepartments = demand.coDepartments.filter((code) => code !== input.department);
  const orgCode = work.directory.department(input.department)?.orgCode;
  demand.involved = [...new Set([...demand.involved, input.department, ...(orgCode ? [orgCode] : [])])];
  demand.revision += 1;
  await record(work, demand, 'co-handling.released', { department: input.department, reason: input.reason });
  return part;
}
