import { sqlOf } from '../../../db/orm.ts';
import { enqueue } from '../../../engine/outbox/index.ts';
import { conflict, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import { lockDemand } from '../load-demand.ts';
import { restrict } from '../restrict.ts';
import { record } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';
import { type LegalFollowUp, LegalFollowUpEntity } from './entities.ts';
import { blankFollowUp, latestFollowUp } from './follow-ups.ts';
import { judgeRoute } from './judge-route.ts';
import { isLegalRoute, LEGAL_ROUTES } from './routes.ts';

export interface RouteRequest {
  legalRoute: string;
  reason: string;
  noticeMethod?: string;
  noticeAt?: string;
  noticeContent?: string;
  voucher?: string;
}

/**
 * Somebody finds that a demand belongs to a statutory route (转法定途径): while handling, when dispatching, or as not a tax matter. What is asked
 * for is looked at by whoever confirms the route; until then the time limit runs on.
 */
export async function requestLegalRoute(
  work: Work,
  demandId: string,
  input: RouteRequest,
  source: 'DISPATCH' | 'HANDLING',
): Promise<LegalFollowUp> {
  const demand = await lockDemand(work, demandId);
  if (!isLegalRoute(input.legalRoute))
    throw invalid('请选择途径', [{ pointer: '/legalRoute', message: '“途径”还没有选。请从列表中选一个。' }]);
  const allowed = source === 'HANDLING' ? ['HANDLING'] : ['AWAITING_DISPATCH'];
  if (!allowed.includes(demand.status))
    throw illegalTransition(`诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，不能转法定途径。`);
  if (await latestFollowUp(work, demandId, ['REQUESTED', 'AWAITING_CONFIRMATION']))
    throw conflict('这件诉求已经在等法定途径的确认，不用再转。', { reason: 'legal-route-pending' });
  const advice = await judgeRoute(work, demand, input.legalRoute);
  if (!advice.confirmDepartment)
    throw invalid('不能转这个途径', [
      {
        pointer: '/legalRoute',
        message: `本级和上级都没有能够承接“${LEGAL_ROUTES[input.legalRoute]}”的部门（或应当回避）。`,
      },
    ]);
  const now = work.clock.now();
  const followUp = work.em.create(
    LegalFollowUpEntity,
    {
      ...blankFollowUp(),
      id: work.ids.uuid(),
      demandId,
      route: input.legalRoute,
      status: 'REQUESTED',
      source,
      openedAt: now,
      requestedBy: work.actor.login,
      requestedByName: work.actor.name,
      requestReason: input.reason,
      noticeMethod: input.noticeMethod ?? null,
      noticeAt: input.noticeMethod ? (input.noticeAt ? new Date(input.noticeAt) : now) : null,
      noticeContent: input.noticeContent ?? null,
      voucher: input.voucher ?? null,
    },
    { persist: true },
  );
  // Whoever may not see such a matter does not see it from now on.
  demand.legalRoute = input.legalRoute;
  demand.revision += 1;
  await record(work, demand, 'legal.requested', {
    followUpId: followUp.id,
    route: followUp.route,
    source,
    reason: input.reason,
  });
  if (advice.restricted) await restrict(work, demand);
  if (source === 'HANDLING')
    await enqueue(sqlOf(work.em), {
      commandId: `legal-route-requested:${followUp.id}`,
      orderingKey: demand.id,
      command: {
        type: 'publishMessage',
        name: 'legal-route-requested',
        correlationKey: demand.id,
        ttlMs: 3600_000,
        messageId: followUp.id,
        variables: {},
      },
    });
  return followUp;
}
