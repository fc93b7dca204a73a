import { conflict, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { startAgain } from '../reopen/reopen-demand.ts';
import { hostProblem } from '../returns/request-return.ts';
import { record } from '../trace.ts';
import { isClosed, statusTitle } from '../vocabulary.ts';
import { voidDemand } from '../withdraw-demand.ts';

export interface CanceledDecision {
  canceledDecision: 'RESTART' | 'WRITE_OFF' | 'VOID';
  hostDepartment?: string;
  canceledReason: string;
}

/**
 * The process of a demand was terminated by an administrator: tax service says where the demand goes, so that the ledger holds none
 * without a way on. Its clocks have never stopped.
 */
export async function settleCanceled(work: Work, demandId: string, input: CanceledDecision): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  if (isClosed(demand))
    throw conflict(`诉求 ${demand.number} 已经是“${statusTitle(demand.status)}”，不用再决定。`, { reason: 'closed' });
  const once = `${demand.id}:canceled:${demand.revision}`;
  // Whatever starts now is the demand's process; the terminated one stays on its page.
  demand.processInstanceKey = null;
  if (input.canceledDecision === 'VOID') return voidDemand(work, demandId, input.canceledReason);
  if (input.canceledDecision === 'WRITE_OFF') {
    if (!demand.feedbackAt)
      throw invalid('没有提交', [
        { pointer: '/canceledDecision', message: '此件还没有反馈诉求人，不能转待销号。请选“重新交主办部门办理”。' },
      ]);
    moveOn(demand, 'AWAITING_WRITE_OFF');
  } else {
    const problems = hostProblem(
      work,
      { ...demand, hostDepartment: null } as Demand,
      input.hostDepartment ?? '',
      '/hostDepartment',
      '主办部门',
    );
    if (problems.length > 0) throw invalid('没有提交', problems);
    demand.hostDepartment = input.hostDepartment!;
    demand.handlingMode = 'SINGLE';
    demand.dispatchedAt = work.clock.now();
    demand.dispatchedBy = work.actor.login;
    moveOn(demand, 'AWAITING_HANDLING');
  }
  await record(work, demand, 'demand.process-restarted', {
    decision: input.canceledDecision === 'WRITE_OFF' ? '转待销号' : '重新交主办部门办理',
    ...(input.canceledDecision === 'RESTART' ? { hostDepartment: input.hostDepartment } : {}),
    reason: input.canceledReason.trim(),
  });
  await startAgain(
    work,
    demand,
    input.canceledDecision === 'WRITE_OFF' ? 'write-off-revoked' : 'demand-reopened',
    once,
  );
  return demand;
}

/** From wherever the termination left it: the ordinary order of states says nothing about that. */
function moveOn(demand: Demand, to: 'AWAITING_HANDLING' | 'AWAITING_WRITE_OFF'): void {
  demand.status = to;
  demand.revision += 1;
}
