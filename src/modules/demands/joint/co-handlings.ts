import { FOR_UPDATE, sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { conflict, notFound } from '../../../kernel/errors.ts';
import { findDeadlineOfRound, stopDeadline } from '../../deadlines/index.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { openClock, record } from '../trace.ts';
import { type CoHandling, CoHandlingEntity } from './entities.ts';

/** The parts of all co-handling departments of a demand, in the order they were added. */
export const coHandlingsOf = (work: Pick<Work, 'em'>, demandId: string): Promise<CoHandling[]> =>
  work.em.find(CoHandlingEntity, { demandId }, { orderBy: { sequence: 'asc' } });

export const openCoHandlingsOf = (work: Pick<Work, 'em'>, demandId: string): Promise<CoHandling[]> =>
  work.em.find(CoHandlingEntity, { demandId, status: 'OPEN' }, { orderBy: { sequence: 'asc' } });

/** Puts one more department on the list of a demand whose row is locked. */
export async function addCoHandling(
  work: Work,
  demand: Demand,
  department: string,
  reason: string | null,
): Promise<CoHandling> {
  const known = await coHandlingsOf(work, demand.id);
  const parameters = await work.parameters(parameterFacts(demand));
  const made = work.em.create(CoHandlingEntity, {
    id: work.ids.uuid(),
    demandId: demand.id,
    sequence: Math.max(0, ...known.map((item) => item.sequence)) + 1,
    department,
    status: 'OPEN',
    handlingRound: demand.reworkCount,
    hostOrgCode: demand.hostOrgCode,
    addedBy: work.actor.login,
    addedByName: work.actor.name,
    addedAt: work.clock.now(),
    reason,
    internalDays: parameters.number('handle.joint.codept_internal'),
    processInstanceKey: null,
    clockRound: null,
    deliveredAt: null,
    opinion: null,
    basis: null,
    givenBy: null,
    givenByName: null,
    givenAt: null,
    endedAt: null,
    endReason: null,
    endedByName: null,
  });
  await work.em.flush();
  return made;
}

/**
 * Lists the co-handling departments of a joint handling that begins (R21): one part each. A department that has already given its opinion
 * to this host in this round is not asked again.
 */
export async function openJointHandling(
  work: Work,
  demandId: string,
): Promise<{ demand: Demand; coHandlings: CoHandling[] }> {
  const demand = await lockDemand(work, demandId);
  const known = (await coHandlingsOf(work, demandId)).filter(
    (item) => item.handlingRound === demand.reworkCount && item.hostOrgCode === demand.hostOrgCode,
  );
  const settled = new Set(
    known.filter((item) => ['DONE', 'OPEN'].includes(item.status)).map((item) => item.department),
  );
  const made: CoHandling[] = known.filter((item) => item.status === 'OPEN');
  for (const department of demand.coDepartments)
    if (!settled.has(department)) made.push(await addCoHandling(work, demand, department, null));
  await record(work, demand, 'joint.started', { coDepartments: made.map((item) => item.department) });
  return { demand, coHandlings: made };
}

/** The part reaches its department and its own clock starts (R21: 起点是系统送达). */
export async function deliverCoHandling(
  work: Work,
  coHandlingId: string,
  processInstanceKey: string,
): Promise<CoHandling> {
  const part = await lockCoHandling(work, coHandlingId);
  const demand = await lockDemand(work, part.demandId);
  part.processInstanceKey = processInstanceKey;
  // Released before it arrived: there is nothing to count.
  if (part.status !== 'OPEN') return part;
  part.deliveredAt = work.clock.now();
  const clock = await openClock(work, demand, 'CO_HANDLING', {
    startsAt: part.deliveredAt,
    parameter: 'handle.joint.days',
    department: part.department,
    orgCode: work.directory.department(part.department)?.orgCode ?? demand.hostOrgCode,
    parallel: true,
  });
  part.clockRound = clock.round;
  await record(work, demand, 'co-handling.delivered', {
    department: part.department,
    dueAt: clock.dueAt.toISOString(),
  });
  return part;
}

export interface CoOpinion {
  opinion: string;
  basis?: string;
}

/** A co-handling department hands its opinion to the host (提交协办意见); it is never an answer to the taxpayer. */
export async function giveCoOpinion(work: Work, processInstanceKey: string, input: CoOpinion): Promise<CoHandling> {
  const found = await work.em.findOne(CoHandlingEntity, { processInstanceKey });
  if (!found) throw notFound('没有找到这份协办。它可能已经收回；请回到“我的待办”查看。');
  const demand = await lockDemand(work, found.demandId);
  const part = await lockCoHandling(work, found.id);
  if (part.status !== 'OPEN') {
    throw conflict(
      `这份协办已${part.status === 'RELEASED' ? `由 ${part.endedByName} 解除` : '结束'}，意见没有提交。你写的内容已为你保留。`,
      { reason: 'co-handling-over' },
    );
  }
  const now = work.clock.now();
  part.status = 'DONE';
  part.opinion = input.opinion;
  part.basis = input.basis ?? null;
  part.givenBy = work.actor.login;
  part.givenByName = work.actor.name;
  part.givenAt = now;
  part.endedAt = now;
  await stopPart(work, part, now);
  demand.revision += 1;
  await record(work, demand, 'co-handling.opinion-given', { department: part.department });
  return part;
}

export async function lockCoHandling(work: Pick<Work, 'em'>, id: string): Promise<CoHandling> {
  const part = await work.em.findOne(CoHandlingEntity, { id }, FOR_UPDATE);
  if (!part) throw notFound('没有找到这份协办。');
  return part;
}

/** Ends the part of a department that is not needed any more; its task goes, what it has written stays. */
export async function endPart(
  work: Work,
  part: CoHandling,
  status: 'RELEASED' | 'CLOSED',
  reason: string,
): Promise<void> {
  const now = work.clock.now();
  part.status = status;
  part.endedAt = now;
  part.endReason = reason;
  part.endedByName = work.actor.name;
  await stopPart(work, part, now, status === 'RELEASED' ? '解除协办' : reason);
  await enqueue(sqlOf(work.em), {
    commandId: `co-department-released:${part.id}`,
    orderingKey: part.demandId,
    command: {
      type: 'publishMessage',
      name: 'co-department-released',
      correlationKey: part.id,
      ttlMs: 3600_000,
      messageId: part.id,
      variables: {},
    },
  });
}

/** `reason`: not needed any more, so neither on time nor late, unless it was late by then. */
async function stopPart(work: Work, part: CoHandling, at: Date, reason?: string): Promise<void> {
  if (part.clockRound === null || part.clockRound === undefined) return;
  const clock = await findDeadlineOfRound(work, 'demand', part.demandId, 'CO_HANDLING', part.clockRound);
  if (clock) await stopDeadline(work, clock, at, at > clock.dueAt ? undefined : reason);
}

/**
 * The handling goes elsewhere (上报、转交、退单、挂账、分流): what no department has answered is taken back.
 * Repeating it changes nothing; every path that leaves a handling may call it.
 */
export async function closeCoHandlings(work: Work, demand: Demand, reason: string): Promise<void> {
  const open = await openCoHandlingsOf(work, demand.id);
  for (const part of open) await endPart(work, part, 'CLOSED', reason);
  if (open.length > 0)
    await record(work, demand, 'co-handling.closed', { departments: open.map((part) => part.department), reason });
}

/** The host cannot complete, or ask for a deferral, while an opinion is missing and its department not released (R21). */
export async function requireCoOpinions(work: Work, demand: Demand, what = '提交办结'): Promise<void> {
  const missing = await openCoHandlingsOf(work, demand.id);
  if (missing.length === 0) return;
  const names = missing.map((part) => work.directory.department(part.department)?.name ?? part.department);
  throw conflict(
    `还缺 ${names.join('、')} 的协办意见，不能${what}。请等意见收齐；不再需要的，在诉求件上“解除协办”并写明理由。`,
    { reason: 'co-opinion-missing', details: { departments: missing.map((part) => part.department) } },
  );
}
