import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { conflict, type FieldProblem, forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { moveStatus } from '../move-status.ts';
import { record } from '../trace.ts';
import { type DemandReturn, ReturnEntity } from './entities.ts';
import { returnOutlook } from './return-outlook.ts';

export interface ReturnInput {
  basis: string;
  proposedDepartment: string;
}

/** The host objects to the dispatch (退单, R17 ④) and names who should have it; tax service reviews it while the clock runs on. */
export async function requestReturn(work: Work, demandId: string, input: ReturnInput): Promise<DemandReturn> {
  const demand = await lockDemand(work, demandId);
  if (!demand.hostDepartment || !work.actor.departments.includes(demand.hostDepartment))
    throw forbidden('退单由主办部门提出。这件诉求的主办不是你所在的部门。', { reason: 'not-host' });
  const outlook = await returnOutlook(work, demand);
  if (outlook.refusal) {
    const refuse = outlook.reason === 'wrong-state' ? illegalTransition : conflict;
    throw refuse(outlook.refusal, { reason: outlook.reason! });
  }
  const problems = problemsOf(work, demand, input);
  if (problems.length > 0) throw invalid('退单有误，没有提交', problems);
  const made = work.em.create(ReturnEntity, {
    ...dispute(work, demand),
    kind: 'RETURN',
    status: 'PENDING',
    basis: input.basis.trim(),
    proposedDepartment: input.proposedDepartment,
    decidedBy: null,
    decidedByName: null,
    decidedAt: null,
    opinion: null,
    newDepartment: null,
  });
  moveStatus(demand, 'RETURN_REVIEW');
  await record(work, demand, 'demand.return-requested', {
    returnId: made.id,
    department: made.department,
    proposedDepartment: made.proposedDepartment,
    basis: made.basis,
  });
  await enqueue(sqlOf(work.em), {
    commandId: `return-requested:${made.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'return-requested',
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: made.id,
      variables: {},
    },
  });
  return made;
}

/** What a dispute keeps of the dispatch it is about. */
export const dispute = (work: Work, demand: Demand) => ({
  id: work.ids.uuid(),
  demandId: demand.id,
  department: demand.hostDepartment!,
  dispatchedBy: demand.dispatchedBy ?? null,
  dispatchBasis: demand.dispatchBasis ?? null,
  deliveredAt: demand.deliveredAt ?? work.clock.now(),
  requestedBy: work.actor.login,
  requestedByName: work.actor.name,
  requestedAt: work.clock.now(),
});

function problemsOf(work: Work, demand: Demand, input: ReturnInput): FieldProblem[] {
  return [
    ...([...input.basis.trim()].length < 4
      ? [{ pointer: '/basis', message: '“依据”至少 4 个字：写明按哪一条职责分工不属本部门。' }]
      : []),
    ...hostProblem(work, demand, input.proposedDepartment, '/proposedDepartment', '建议承办单位'),
  ];
}

/** Whether a department could have the demand instead of its present host. */
export function hostProblem(work: Work, demand: Demand, code: string, pointer: string, label: string): FieldProblem[] {
  const department = work.directory.department(code);
  if (!department?.participates || department.orgCode !== demand.hostOrgCode)
    return [{ pointer, message: `“${label}”要选本单位承办诉求的部门。请从列表中选择。` }];
  if (code === demand.hostDepartment) return [{ pointer, message: `“${label}”就是现在的主办部门。请另选一个部门。` }];
  if (code === demand.reportedDepartment)
    return [{ pointer, message: `${department.name}是被反映的部门，应当回避。请另选一个部门。` }];
  return [];
}
