import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { conflict, type FieldProblem, forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import { findDeadline, pauseDeadline, resumeDeadline } from '../../deadlines/index.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { parameterFacts } from '../parameter-facts.ts';
import { currentClock, record } from '../trace.ts';
import { isClosed, statusTitle } from '../vocabulary.ts';
import { type Supplement, SupplementEntity } from './entities.ts';

/** How a supplement came in. */
export const SUPPLEMENT_WAYS = {
  PHONE: '电话',
  IN_PERSON: '当面',
  PLATFORM: '原渠道平台',
  LETTER: '书面',
  PORTAL: '查询页面',
} as const;

const LONGEST = 2000;
const CLOCK_WAITS = '等待补充材料';

/** The host asks the taxpayer for material (请求补充): what and what for. The clock runs on unless the parameters say otherwise. */
export async function askSupplement(
  work: Work,
  demandId: string,
  input: { what: string; purpose: string },
): Promise<Supplement> {
  const demand = await lockDemand(work, demandId);
  if (!demand.hostDepartment || !work.actor.departments.includes(demand.hostDepartment))
    throw forbidden('补充材料由主办部门请求。这件诉求的主办不是你所在的部门。', { reason: 'not-host' });
  if (demand.status !== 'HANDLING' || demand.withdrawalReason)
    throw illegalTransition(
      `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有办理中的件可以请求补充材料。`,
    );
  if (await openRequest(work, demand.id))
    throw conflict('已经请诉求人补充过一次，还没有收到。请等收到后再提新的要求。', { reason: 'supplement-pending' });
  const pauses = (await work.parameters(parameterFacts(demand))).number('supplement.pauses_clock') > 0;
  const asked = work.em.create(SupplementEntity, {
    ...blank(work, demand),
    status: 'ASKED',
    what: input.what.trim(),
    purpose: input.purpose.trim(),
    pausesClock: pauses,
    askedBy: work.actor.login,
    askedByName: work.actor.name,
    askedAt: work.clock.now(),
  });
  demand.revision += 1;
  if (pauses) {
    const clock = await currentClock(work, demand, 'HANDLING');
    if (clock) await pauseDeadline(work, clock, CLOCK_WAITS);
  }
  await record(work, demand, 'demand.supplement-asked', {
    supplementId: asked.id,
    what: asked.what,
    purpose: asked.purpose,
    pausesClock: pauses,
  });
  await tell(work, demand, 'supplement-asked', asked.id);
  return asked;
}

/** What the taxpayer brings, asked for or not: written down by an officer, or by the taxpayer on the public page (`via` PORTAL). */
export async function giveSupplement(
  work: Work,
  demandId: string,
  input: { content: string; via: string },
): Promise<Supplement> {
  const demand = await lockDemand(work, demandId);
  const content = input.content.trim();
  const problems: FieldProblem[] = [];
  if ([...content].length < 2)
    problems.push({ pointer: '/content', message: '“补充内容”还没有填写。请写明补充了什么。' });
  if ([...content].length > LONGEST)
    problems.push({ pointer: '/content', message: `“补充内容”超过 ${LONGEST} 个字。请写要点，材料作为附件。` });
  if (!(input.via in SUPPLEMENT_WAYS))
    problems.push({ pointer: '/via', message: '还没有选“补充方式”。请选电话、当面、原渠道平台或书面。' });
  if (problems.length > 0) throw invalid('补充没有登记。', problems);
  if (isClosed(demand) || demand.withdrawalReason)
    throw illegalTransition(`诉求 ${demand.number} ${statusTitle(demand.status)}，不能再补充。需要的请另行登记。`);
  const given =
    (await openRequest(work, demand.id)) ??
    work.em.create(SupplementEntity, { ...blank(work, demand), status: 'GIVEN' });
  const now = work.clock.now();
  const own = input.via === 'PORTAL';
  Object.assign(given, {
    status: 'GIVEN',
    content,
    givenVia: input.via,
    givenBy: own ? null : work.actor.login,
    givenByName: own ? '诉求人' : work.actor.name,
    givenAt: now,
  });
  demand.revision += 1;
  const clock = await findDeadline(work, 'demand', demand.id, 'HANDLING');
  if (clock?.status === 'PAUSED' && clock.pauseReason === CLOCK_WAITS) await resumeDeadline(work, clock);
  await record(work, demand, 'demand.supplemented', {
    supplementId: given.id,
    via: input.via,
    asked: given.askedAt != null,
  });
  await tell(work, demand, 'supplement-given', given.id);
  return given;
}

/** The request that waits for an answer. */
export const openRequest = (work: Pick<Work, 'em'>, demandId: string): Promise<Supplement | null> =>
  work.em.findOne(SupplementEntity, { demandId, status: 'ASKED' });

/** In the order they were asked for or came. */
export async function supplementsOf(work: Pick<Work, 'em'>, demandId: string): Promise<Supplement[]> {
  const all = await work.em.find(SupplementEntity, { demandId });
  const at = (item: Supplement) => +(item.askedAt ?? item.givenAt ?? 0) || 0;
  return all.sort((a, b) => at(a) - at(b) || +(a.givenAt ?? 0) - +(b.givenAt ?? 0));
}

const blank = (work: Work, demand: Demand) => ({
  id: work.ids.uuid(),
  demandId: demand.id,
  what: null,
  purpose: null,
  pausesClock: false,
  askedBy: null,
  askedByName: null,
  askedAt: null,
  content: null,
  givenBy: null,
  givenByName: null,
  givenVia: null,
  givenAt: null,
});

const tell = (work: Work, demand: Demand, name: string, id: string) =>
  enqueue(sqlOf(work.em), {
    commandId: `${name}:${id}:${demand.revision}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name,
      correlationKey: demand.id,
      ttlMs: 3600_000,
      messageId: `${name}:${id}:${demand.revision}`,
      variables: { supplementId: id },
    },
  });
