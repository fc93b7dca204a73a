import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { conflict, forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { moveStatus } from '../move-status.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { hostProblem } from '../returns/request-return.ts';
import { record } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';

/** Why a written-off demand cannot be reopened; null when it can. */
export async function reopenRefusal(work: Work, demand: Demand): Promise<string | null> {
  if (demand.status !== 'WRITTEN_OFF')
    return `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有已销号的件可以重新打开。`;
  if (demand.withdrawnAt) return '诉求人撤回的件不重新打开。诉求人又提出的，请另行登记。';
  const most = (await work.parameters(parameterFacts(demand))).number('reopen.max');
  if (demand.reopenCount >= most)
    return `已经重新打开 ${demand.reopenCount} 次，每件最多 ${most} 次。需要再办的，请另行登记并写明原编号。`;
  return null;
}

/**
 * Tax service takes a closed demand up again (重新打开): the same number and history, a host, and a new limit from its delivery.
 * The process begins anew with a message of its own.
 */
export async function reopenDemand(
  work: Work,
  demandId: string,
  input: { hostDepartment: string; reason: string; requirement: string },
): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  ownBureau(work, demand, '重新打开');
  const refusal = await reopenRefusal(work, demand);
  if (refusal) throw illegalTransition(refusal, { reason: 'reopen-refused' });
  const anybody = { ...demand, hostDepartment: null } as Demand;
  const problems = [
    ...hostProblem(work, anybody, input.hostDepartment, '/hostDepartment', '主办部门'),
    ...tooShort(input.reason, '/reason', '重新打开的原因'),
    ...tooShort(input.requirement, '/requirement', '要求'),
  ];
  if (problems.length > 0) throw invalid('没有重新打开', problems);
  Object.assign(demand, { reopenCount: demand.reopenCount + 1, hostDepartment: input.hostDepartment });
  backToHandling(work, demand);
  await record(work, demand, 'demand.reopened', {
    hostDepartment: input.hostDepartment,
    reason: input.reason.trim(),
    requirement: input.requirement.trim(),
    times: demand.reopenCount,
  });
  await startAgain(work, demand, 'demand-reopened', `${demand.id}:${demand.reopenCount}`);
  return demand;
}

/** What is told of a finished handling is no longer so; history keeps it. */
const UNFINISHED = {
  completedAt: null,
  feedbackAt: null,
  pushedAt: null,
  visitRequired: null,
  visitedAt: null,
  satisfaction: null,
  writtenOffAt: null,
  writtenOffBy: null,
} as const;

/** The demand waits for its host again, as one department's, in a process that has still to begin. */
export function backToHandling(work: Pick<Work, 'actor' | 'clock'>, demand: Demand): void {
  Object.assign(demand, {
    ...UNFINISHED,
    dispatchedAt: work.clock.now(),
    dispatchedBy: work.actor.login,
    dispatchBasis: 'REOPENED',
    handlingMode: 'SINGLE',
    processInstanceKey: null,
  });
  moveStatus(demand, 'AWAITING_HANDLING');
}

/** Why the write-off cannot be taken back by this person; null when it can. Only the head of tax service may. */
export function revokeRefusal(work: Pick<Work, 'actor' | 'directory'>, demand: Demand): string | null {
  if (demand.status !== 'WRITTEN_OFF')
    return `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，没有销号可以撤销。`;
  const taxService = work.directory.taxServiceDepartment(demand.hostOrgCode)?.code;
  const heads =
    work.actor.roles.includes('DEPARTMENT_HEAD') &&
    taxService !== undefined &&
    work.actor.departments.includes(taxService);
  return heads ? null : '撤销销号由本单位纳服负责人办理。';
}

/** A write-off made in error is taken back (撤销销号): the demand waits for its write-off again. Number, page and history stay. */
export async function revokeWriteOff(work: Work, demandId: string, input: { reason: string }): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  ownBureau(work, demand, '撤销销号');
  const refusal = revokeRefusal(work, demand);
  if (refusal)
    throw (demand.status === 'WRITTEN_OFF' ? forbidden : illegalTransition)(refusal, { reason: 'revoke-refused' });
  const problems = tooShort(input.reason, '/reason', '撤销销号的理由');
  if (problems.length > 0) throw invalid('没有撤销销号', problems);
  const before = demand.writtenOffAt!;
  demand.writtenOffAt = null;
  demand.writtenOffBy = null;
  demand.processInstanceKey = null;
  moveStatus(demand, 'AWAITING_WRITE_OFF');
  await record(work, demand, 'demand.write-off-revoked', {
    reason: input.reason.trim(),
    writtenOffAt: before.toISOString(),
  });
  await startAgain(work, demand, 'write-off-revoked', `${demand.id}:${demand.revision}`);
  return demand;
}

function ownBureau(work: Work, demand: Demand, what: string): void {
  if (demand.hostOrgCode !== work.actor.orgCode)
    throw forbidden(`${what}由主办单位的纳服办理。这件诉求的主办不在你所在的单位。`, { reason: 'not-own-bureau' });
  if (demand.mergedAt) throw conflict('此件已并单，请在主件上办理。', { reason: 'merged' });
}

const tooShort = (text: string | undefined, pointer: string, label: string) =>
  [...(text ?? '').trim()].length < 4 ? [{ pointer, message: `“${label}”至少 4 个字，写明为什么。` }] : [];

/** The process of the demand has ended; the message starts another one. The old one stays on the page. */
export const startAgain = (work: Work, demand: Demand, name: string, once: string) =>
  enqueue(sqlOf(work.em), {
    commandId: `${name}:${once}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name,
      correlationKey: demand.id,
      ttlMs: 24 * 3600_000,
      messageId: `${name}:${once}`,
      variables: {
        demandId: demand.id,
        orgCode: demand.orgCode,
        registeringDepartment: demand.registeringDepartment,
        intakeChoice: demand.intakeChoice,
        hostDepartment: demand.hostDepartment ?? null,
        handlingMode: 'SINGLE',
      },
    },
  });
