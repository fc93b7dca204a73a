import { invalid } from '../../kernel/errors.ts';
import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { coDepartmentProblem } from './joint/co-departments.ts';
import { legalHindrance } from './legal/answer-questions.ts';
import { dispatchableAbove, noteDispatchUp } from './levels/dispatch-up.ts';
import { lockDemand } from './load-demand.ts';
import { moveStatus } from './move-status.ts';
import { noteNewHost } from './returns/decide-return.ts';
import { raiseIfOld } from './returns/raise-level.ts';
import { record } from './trace.ts';

export interface DispatchInput {
  hostDepartment: string;
  /** Departments that co-handle it; with any it is handled jointly (R21). */
  coDepartments?: readonly string[];
  /** Department the rules suggested, to see whether a reason is owed. */
  suggested?: string;
  reason?: string;
}

/** Tax service gives the demand to its host department (派单, R15, P4.1.2). Exactly one host at any time (R4). */
export async function dispatchDemand(work: Work, demandId: string, input: DispatchInput): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  const department = work.directory.department(input.hostDepartment);
  if (!department?.participates)
    throw invalid('请重新选择主办部门', [
      { pointer: '/hostDepartment', message: '没有这个部门，或者它不承办诉求。请从列表中选择。' },
    ]);
  const goesUp = dispatchableAbove(work.directory, demand).some((above) => above.code === department.code);
  // After a shift the level that has it dispatches among its own (退单后重新派单).
  if (department.orgCode !== demand.hostOrgCode && !goesUp) {
    throw invalid('请重新选择主办部门', [
      {
        pointer: '/hostDepartment',
        message: '只能派给本单位的部门；需要上级或下级办理的，请用“上报上级”或“转交下级”。',
      },
    ]);
  }
  if (demand.reportedDepartment === department.code) {
    throw invalid('请重新选择主办部门', [
      { pointer: '/hostDepartment', message: `${department.name}是被反映的部门，应当回避，不能作为主办。` },
    ]);
  }
  if (input.suggested && input.suggested !== department.code && !input.reason) {
    throw invalid('另选部门请写理由', [
      { pointer: '/dispatchReason', message: '没有采纳建议的主办部门，请写明理由。' },
    ]);
  }
  const coDepartments = [...new Set(input.coDepartments ?? [])];
  for (const code of coDepartments) {
    const problem = coDepartmentProblem(work.directory, demand, code, department.code);
    if (problem) throw invalid('请重新选择协办部门', [{ pointer: '/coDepartments', message: problem }]);
  }
  const hindrance = await legalHindrance(work, demand);
  if (hindrance)
    throw invalid('还不能派单', [{ pointer: '/hostDepartment', message: hindrance }], {
      reason: 'legal-questions-open',
    });
  const shifted = demand.hostOrgCode !== demand.orgCode;
  demand.hostDepartment = department.code;
  demand.hostOrgCode = department.orgCode;
  demand.coDepartments = coDepartments;
  demand.handlingMode = coDepartments.length > 0 ? 'JOINT' : 'SINGLE';
  if (!shifted) demand.path = goesUp ? 'LEVEL_UP' : demand.handlingMode;
  demand.dispatchedAt = work.clock.now();
  demand.dispatchedBy = work.actor.login;
  demand.dispatchBasis = input.suggested === department.code ? 'RULE' : 'MANUAL';
  moveStatus(demand, 'AWAITING_HANDLING');
  await record(work, demand, 'demand.dispatched', {
    hostDepartment: department.code,
    ...(coDepartments.length > 0 ? { coDepartments } : {}),
    basis: demand.dispatchBasis,
    ...(input.reason ? { reason: input.reason } : {}),
  });
  if (goesUp) await noteDispatchUp(work, demand, department, input.reason);
  if (demand.returnCount > 0) {
    await noteNewHost(work, demand);
    await raiseIfOld(work, demand);
  }
  return demand;
}

/** A part of a demand that was split has its host from the split (拆单时定主办); it is delivered at once. */
export async function assignSplit(work: Work, demandId: string): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  demand.handlingMode = 'SINGLE';
  demand.path = 'SINGLE';
  moveStatus(demand, 'AWAITING_HANDLING');
  await record(work, demand, 'demand.dispatched', { hostDepartment: demand.hostDepartment, basis: 'SPLIT' });
  return demand;
}

/** The registering department has the duty itself and handles directly (直接办理, R15 “谁可直接办理”). */
export async function assignSelf(work: Work, demandId: string): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  demand.hostDepartment = demand.registeringDepartment;
  demand.hostOrgCode = demand.orgCode;
  demand.handlingMode = 'SINGLE';
  demand.path = 'SINGLE';
  demand.dispatchBasis = 'SELF';
  moveStatus(demand, 'AWAITING_HANDLING');
  await record(work, demand, 'demand.self-handled', { hostDepartment: demand.hostDepartment });
  return demand;
}
