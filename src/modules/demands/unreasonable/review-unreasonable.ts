/** Longer than usual: the four steps of one short procedure, which share their checks. */
import { FOR_UPDATE, sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { conflict, forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { record } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';
import { type UnreasonableReview, UnreasonableReviewEntity } from './entities.ts';

/** Reviews of a demand, the newest last. */
export const unreasonableReviewsOf = (work: Pick<Work, 'em'>, demandId: string): Promise<UnreasonableReview[]> =>
  work.em.find(UnreasonableReviewEntity, { demandId }, { orderBy: { proposedAt: 'asc' } });

async function latest(work: Work, demandId: string, statuses: readonly string[]): Promise<UnreasonableReview | null> {
  const [found] = await work.em.find(
    UnreasonableReviewEntity,
    { demandId, status: { $in: [...statuses] } },
    { orderBy: { proposedAt: 'desc' }, limit: 1, ...FOR_UPDATE },
  );
  return found ?? null;
}

/** Tax service or the host department proposes it, with its basis; neither decides (不合理件不得自认). */
export async function proposeUnreasonable(
  work: Work,
  demandId: string,
  input: { basis: string; explanation: string },
): Promise<UnreasonableReview> {
  const demand = await lockDemand(work, demandId);
  if (demand.status !== 'HANDLING')
    throw illegalTransition(
      `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，只有办理中的诉求可以提出认定。`,
    );
  const own = demand.hostDepartment !== null && work.actor.departments.includes(demand.hostDepartment!);
  const desk = work.actor.roles.includes('DEMAND_DESK') && work.actor.orgCode === demand.hostOrgCode;
  if (!own && !desk)
    throw forbidden('认定由主办部门或本级纳服提出。这件诉求的主办不是你所在的部门。', { reason: 'not-host' });
  if (await latest(work, demandId, ['PENDING', 'UPHELD', 'APPEALED', 'CONFIRMED']))
    throw conflict('这件诉求已经提出过认定，请看结果。', { reason: 'unreasonable-pending' });
  const review = work.em.create(
    UnreasonableReviewEntity,
    {
      id: work.ids.uuid(),
      demandId,
      status: 'PENDING',
      basis: input.basis,
      explanation: input.explanation,
      proposedBy: work.actor.login,
      proposedByName: work.actor.name,
      proposedDepartment: work.actor.departmentCode,
      proposedAt: work.clock.now(),
      approverLogin: null,
      decidedBy: null,
      decidedByName: null,
      decidedAt: null,
      opinion: null,
      toldMethod: null,
      toldAt: null,
      toldContent: null,
      appealReason: null,
      appealedAt: null,
      appealNotedBy: null,
      appealApprover: null,
      appealDecidedBy: null,
      appealDecidedByName: null,
      appealDecidedAt: null,
      appealOpinion: null,
      revision: 1,
    },
    { persist: true },
  );
  await record(work, demand, 'unreasonable.proposed', {
    reviewId: review.id,
    basis: input.basis,
    explanation: input.explanation,
  });
  await tell(work, demand, review, 'unreasonable-review-requested');
  return review;
}

/** The leader in charge decides; until then and after a refusal the demand is handled like any other. */
export async function decideUnreasonable(
  work: Work,
  demandId: string,
  input: { unreasonableDecision: string; opinion?: string },
): Promise<void> {
  const demand = await lockDemand(work, demandId);
  const review = await latest(work, demandId, ['PENDING']);
  if (!review) throw conflict('这份认定已经有了结论，请刷新页面看结果。', { reason: 'unreasonable-decided' });
  if (review.proposedBy === work.actor.login)
    throw forbidden('你是提出认定的人，不能由你决定。请联系系统管理员改派给其他领导。', { reason: 'self-approval' });
  const upheld = input.unreasonableDecision === 'UPHELD';
  if (!upheld && !input.opinion?.trim())
    throw invalid('请填写意见', [{ pointer: '/opinion', message: '不予认定的，请写明意见，主办继续办理。' }]);
  review.status = upheld ? 'UPHELD' : 'REFUSED';
  review.decidedBy = work.actor.login;
  review.decidedByName = work.actor.name;
  review.decidedAt = work.clock.now();
  review.opinion = input.opinion ?? null;
  review.revision += 1;
  demand.revision += 1;
  await record(work, demand, 'unreasonable.decided', {
    reviewId: review.id,
    decision: review.status,
    ...(input.opinion ? { opinion: input.opinion } : {}),
  });
}

/** A conclusion “unreasonable” only where the leader has said so (R17 ③). */
export async function requireUpheld(work: Work, demand: Demand, conclusion: string): Promise<void> {
  if (conclusion !== 'UNREASONABLE' || (await latest(work, demand.id, ['UPHELD', 'CONFIRMED']))) return;
  throw invalid('不能这样办结', [
    {
      pointer: '/conclusion',
      message: '不合理诉求须先经分管局领导认定。请先在诉求件上“认定不合理诉求”，或选其他结论。',
    },
  ]);
}

/** The taxpayer is told of the finding with the answer, and that it can be appealed. */
export async function noteUnreasonableTold(
  work: Work,
  demand: Demand,
  told: { method: string; at: Date; content: string },
): Promise<void> {
  if (demand.conclusion !== 'UNREASONABLE') return;
  const review = await latest(work, demand.id, ['UPHELD', 'CONFIRMED']);
  if (!review) return;
  review.toldMethod = told.method;
  review.toldAt = told.at;
  review.toldContent = told.content;
  review.revision += 1;
}

/** The taxpayer does not accept the finding (申诉): the chief looks at it, never who decided before. */
export async function appealUnreasonable(work: Work, demandId: string, input: { appealReason: string }): Promise<void> {
  const demand = await lockDemand(work, demandId);
  const review = await latest(work, demandId, ['UPHELD']);
  if (!review) throw illegalTransition('这件诉求没有可以申诉的不合理认定，或者已经复核过。');
  review.status = 'APPEALED';
  review.appealReason = input.appealReason;
  review.appealedAt = work.clock.now();
  review.appealNotedBy = work.actor.login;
  review.revision += 1;
  demand.revision += 1;
  await record(work, demand, 'unreasonable.appealed', { reviewId: review.id, reason: input.appealReason });
  await tell(work, demand, review, 'unreasonable-review-appealed');
}

/** 申诉复核: the finding stands, or it is taken back and tax service takes the demand up again. */
export async function decideAppeal(
  work: Work,
  demandId: string,
  input: { appealDecision: string; opinion?: string },
): Promise<void> {
  const demand = await lockDemand(work, demandId);
  const review = await latest(work, demandId, ['APPEALED']);
  if (!review) throw conflict('这份申诉已经有了结论，请刷新页面看结果。', { reason: 'unreasonable-decided' });
  if (review.decidedBy === work.actor.login)
    throw forbidden('认定是你作出的，申诉不能由你复核。请联系系统管理员改派。', { reason: 'self-approval' });
  if (!input.opinion?.trim())
    throw invalid('请填写意见', [{ pointer: '/opinion', message: '复核要写明意见，会告知申诉人。' }]);
  review.status = input.appealDecision === 'CONFIRMED' ? 'CONFIRMED' : 'OVERTURNED';
  review.appealDecidedBy = work.actor.login;
  review.appealDecidedByName = work.actor.name;
  review.appealDecidedAt = work.clock.now();
  review.appealOpinion = input.opinion;
  review.revision += 1;
  demand.revision += 1;
  await record(work, demand, 'unreasonable.appeal-decided', {
    reviewId: review.id,
    decision: review.status,
    opinion: input.opinion,
  });
}

const tell = (work: Work, demand: Demand, review: UnreasonableReview, name: string) =>
  enqueue(sqlOf(work.em), {
    commandId: `${name}:${review.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name,
      correlationKey: `${review.id}:${name}`,
      ttlMs: 24 * 3600_000,
      messageId: `${name}:${review.id}`,
      variables: { demandId: demand.id, reviewId: review.id },
    },
  });
