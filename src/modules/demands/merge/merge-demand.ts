import { FOR_UPDATE, sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { shanghaiDate, shanghaiInstant } from '../../../kernel/clock.ts';
import { conflict, forbidden, illegalTransition, invalid, notFound } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import { type Demand, DemandEntity } from '../entities.ts';
import { type DuplicateCandidate, findDuplicates } from '../find-duplicates.ts';
import type { DemandScope } from '../list-demands.ts';
import { canMove, moveStatus } from '../move-status.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { closeApplications } from '../returns/close-applications.ts';
import { endSupervisionOf } from '../start-supervision.ts';
import { record, stopAllClocks } from '../trace.ts';
import { isClosed, statusTitle } from '../vocabulary.ts';

/** Why a demand cannot be merged into another one at all; null when it can. */
export function mergeRefusal(demand: Demand): string | null {
  if (demand.mergedAt) return '此件已经并单，不能再并。';
  if (demand.withdrawalReason) return '诉求人已经撤回此件，不用并单。';
  if (isLegal(demand) || demand.restricted || demand.confidential)
    return '法律救济、限定可见和要求保密的件不并单，各自按规定办理。';
  if (!canMove(demand, 'MERGED')) return `此件现在是“${statusTitle(demand.status)}”，还在办理的件才能并单。`;
  return null;
}

const isLegal = (demand: Demand): boolean => demand.category === 'LEGAL_REMEDY' || demand.legalIntent != null;

/** Demands that this one may repeat and that it can be merged into, best first (同一人同一事项). */
export async function mergeCandidates(work: Work, demand: Demand, scope: DemandScope): Promise<DuplicateCandidate[]> {
  const days = (await work.parameters(parameterFacts(demand))).number('duplicate.days');
  const today = shanghaiInstant(shanghaiDate(work.clock.now()));
  const found = await findDuplicates(sqlOf(work.em), {
    contactPhone: demand.contactPhone ?? null,
    taxpayerName: demand.taxpayerName,
    content: demand.content,
    orgCode: demand.orgCode,
    since: new Date(+today - days * 86_400_000),
    scope,
  });
  const others = found.filter(
    (item) => item.id !== demand.id && item.visible && item.reasons.some((reason) => reason !== '内容相似'),
  );
  const mains = await work.em.find(DemandEntity, { id: { $in: others.map((item) => item.id) } });
  return others.filter((item) => {
    const main = mains.find((other) => other.id === item.id);
    return main && mainRefusal(demand, main) === null;
  });
}

/** Why `main` cannot take `demand` in; null when it can. */
function mainRefusal(demand: Demand, main: Demand): string | null {
  if (main.id === demand.id) return '不能并入自己。请填另一件的编号。';
  if (main.mergedAt) return `诉求 ${main.number} 自己已经并单。请并入它的主件。`;
  if (isClosed(main) || main.withdrawalReason || main.status === 'WITHDRAWN')
    return `诉求 ${main.number} ${statusTitle(main.status)}，不能作为主件。`;
  if (isLegal(main) || main.restricted || main.confidential)
    return `诉求 ${main.number} 是法律救济、限定可见或要求保密的件，不能作为主件。`;
  if (main.orgCode !== demand.orgCode && main.hostOrgCode !== demand.orgCode)
    return `诉求 ${main.number} 不在本单位办理，不能并入。`;
  if (!samePerson(demand, main))
    return `诉求 ${main.number} 的电话和名称都与此件不同，不是同一个人。多人反映同一事项的，请加入共性诉求群组，各自反馈。`;
  return null;
}

const digits = (phone: string | null | undefined) => (phone ?? '').replace(/\D/g, '');

function samePerson(one: Demand, other: Demand): boolean {
  const phone = digits(one.contactPhone);
  const name = !one.anonymous && !other.anonymous && one.taxpayerName === other.taxpayerName;
  return (phone.length >= 7 && phone === digits(other.contactPhone)) || name;
}

/**
 * The same person about the same matter again (并单): the later demand goes on in the main one. Both keep number and content,
 * the main one's limits are not reset, its host gives one answer, and the repetition counts.
 */
export async function mergeDemand(
  work: Work,
  demandId: string,
  input: { mainNumber: string; sameMatter: boolean },
): Promise<Demand> {
  const { demand, main } = await lockBoth(work, demandId, input.mainNumber);
  if (demand.orgCode !== work.actor.orgCode && demand.hostOrgCode !== work.actor.orgCode)
    throw forbidden('并单由受理单位的纳服办理。这件诉求不在你所在的单位。', { reason: 'not-own-bureau' });
  const refusal = mergeRefusal(demand);
  if (refusal) throw illegalTransition(refusal, { reason: 'merge-refused' });
  if (await work.em.count(DemandEntity, { duplicateOf: demand.id, mergedAt: { $ne: null } }))
    throw conflict('已有别的件并入此件，它是主件，不能再并入别的件。', { reason: 'merge-chain' });
  const wrong = mainRefusal(demand, main);
  if (wrong) throw invalid('没有并单', [{ pointer: '/mainNumber', message: wrong }], { reason: 'merge-refused' });
  if (!input.sameMatter)
    throw invalid('没有并单', [
      { pointer: '/sameMatter', message: '还没有确认“同一人、同一事项”。看过两件的全文再确认。' },
    ]);
  const now = work.clock.now();
  demand.duplicateOf = main.id;
  demand.mergedAt = now;
  demand.path = 'MERGED';
  // It follows its main demand: who hosts that one sees both.
  demand.hostDepartment = main.hostDepartment ?? null;
  demand.hostOrgCode = main.hostOrgCode;
  demand.handlingMode = main.handlingMode ?? 'SINGLE';
  moveStatus(demand, 'MERGED');
  main.revision += 1;
  await stopAllClocks(work, demand, now, '并单');
  await closeApplications(work, demand, '并单');
  await endSupervisionOf(work, demand.id, '并单');
  await record(work, demand, 'demand.merged', { main: main.number });
  await record(work, main, 'demand.absorbed', { merged: demand.number });
  await enqueue(sqlOf(work.em), {
    commandId: `demand-merged:${demand.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'demand-merged',
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: `merge:${demand.id}`,
      variables: {},
    },
  });
  return demand;
}

/** Both rows, always in the same order: two people who merge crosswise come one after the other. */
async function lockBoth(work: Work, demandId: string, mainNumber: string): Promise<{ demand: Demand; main: Demand }> {
  const found = await work.em.find(
    DemandEntity,
    { $or: [{ id: demandId }, { number: mainNumber.trim().toUpperCase() }] },
    { ...FOR_UPDATE, orderBy: { id: 'asc' } },
  );
  const demand = found.find((item) => item.id === demandId);
  if (!demand) throw notFound('没有找到这件诉求。请核对编号，或按电话、名称搜索。');
  const main = found.find((item) => item.number === mainNumber.trim().toUpperCase());
  if (!main)
    throw invalid('没有并单', [
      { pointer: '/mainNumber', message: `没有编号是“${mainNumber.trim().slice(0, 40)}”的诉求。请核对主件编号。` },
    ]);
  return { demand, main };
}

/** What a merged demand shows to the outside: how far its main one is. Others show themselves. */
export async function followMerged(work: Pick<Work, 'em'>, demand: Demand): Promise<Demand> {
  if (!demand.mergedAt || !demand.duplicateOf) return demand;
  return (await work.em.findOne(DemandEntity, { id: demand.duplicateOf })) ?? demand;
}

/** The demands that were merged into one. */
export const mergedInto = (work: Pick<Work, 'em'>, demandId: string): Promise<Demand[]> =>
  work.em.find(DemandEntity, { duplicateOf: demandId, mergedAt: { $ne: null } }, { orderBy: { registeredAt: 'asc' } });
