import { forbidden, invalid } from '../../kernel/errors.ts';
import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { closeAtWriteOff } from './legal/close-at-write-off.ts';
import { followUpsOf } from './legal/follow-ups.ts';
import { isDiverted } from './legal/routes.ts';
import { lockDemand } from './load-demand.ts';
import { moveStatus } from './move-status.ts';
import { record, stopAllClocks } from './trace.ts';

export interface CheckItem {
  name: 'completed' | 'fedBack' | 'pushed' | 'visited' | 'judged' | 'received';
  title: string;
  met: boolean;
  detail: string;
}

/**
 * The write-off checklist, made from facts and not ticked by hand (对账销号, R29, P5.3.p1). A demand that went a statutory route is written off when
 * the receiving body has acknowledged it or the notice has been delivered (R20); no return visit, no grading.
 */
export function writeOffChecklist(demand: Demand, options: { acknowledged?: boolean } = {}): CheckItem[] {
  if (demand.withdrawnAt) {
    return [{ name: 'completed', title: '撤回', met: true, detail: `诉求人已撤回：${demand.withdrawalReason ?? ''}` }];
  }
  if (isDiverted(demand)) return divertedChecklist(demand, options.acknowledged === true);
  return [
    {
      name: 'completed',
      title: '办结',
      met: demand.completedAt !== null,
      detail: demand.completedAt ? '已办结' : '还没有办结',
    },
    {
      name: 'fedBack',
      title: '反馈',
      met: demand.feedbackAt !== null,
      detail: demand.feedbackAt ? '已反馈诉求人' : '还没有反馈诉求人',
    },
    {
      name: 'pushed',
      title: '推送',
      met: demand.pushedAt !== null,
      detail: demand.pushedAt ? '已推送纳服' : '还没有推送纳服',
    },
    {
      name: 'visited',
      title: '回访',
      met: demand.visitRequired !== true || visitedThisRound(demand),
      detail: visitedThisRound(demand)
        ? demand.satisfaction
          ? '已回访'
          : '多次联系不上，已尽回访义务，未评价'
        : demand.visitRequired
          ? '应回访，还没有回访'
          : '按抽样规则不需电话回访',
    },
    ...(isDissatisfied(demand)
      ? [
          {
            name: 'judged' as const,
            title: '不满意的处理',
            // The judgement moves it on: as long as it waits here, nobody has decided between rework and explanation.
            met: demand.status !== 'AWAITING_VISIT',
            detail:
              demand.status === 'AWAITING_VISIT' ? '诉求人不满意，还没有判定重办或解释' : '诉求人不满意，已判定并解释',
          },
        ]
      : []),
  ];
}

/** A visit of an earlier round says nothing about the answer of this one. */
const visitedThisRound = (demand: Demand): boolean =>
  demand.visitedAt != null && (demand.feedbackAt == null || demand.visitedAt >= demand.feedbackAt);

const isDissatisfied = (demand: Demand): boolean =>
  ['DISSATISFIED', 'VERY_DISSATISFIED'].includes(demand.satisfaction ?? '') && visitedThisRound(demand);

function divertedChecklist(demand: Demand, acknowledged: boolean): CheckItem[] {
  const delivered = demand.feedbackAt !== null && demand.feedbackResult === 'DELIVERED';
  return [
    { name: 'completed', title: '移送或告知', met: true, detail: '已移送或告知' },
    {
      name: 'fedBack',
      title: '告知书',
      met: demand.feedbackAt !== null,
      detail: demand.feedbackAt ? '已登记告知书' : '还没有登记告知书',
    },
    {
      name: 'pushed',
      title: '推送',
      met: demand.pushedAt !== null,
      detail: demand.pushedAt ? '已推送纳服' : '还没有推送纳服',
    },
    {
      name: 'received',
      title: '签收或送达',
      met: acknowledged || delivered,
      detail: acknowledged ? '承接单位已签收' : delivered ? '告知已送达' : '承接单位还没有签收，告知也没有送达',
    },
  ];
}

/** Whether the receiving body has taken a diverted demand over. */
export const acknowledgedOf = async (work: Pick<Work, 'em'>, demandId: string): Promise<boolean> =>
  (await followUpsOf(work, demandId)).some((item) => item.acknowledgedAt !== null);

/** Tax service closes the demand; whoever handled it does not (办理与销号分离). */
export async function writeOffDemand(work: Work, demandId: string, input: { remark?: string }): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  const acknowledged = await acknowledgedOf(work, demand.id);
  const missing = writeOffChecklist(demand, { acknowledged }).filter((item) => !item.met);
  if (missing.length > 0) {
    throw invalid(`还不能销号：${missing.map((item) => item.detail).join('；')}。`, [], {
      reason: 'write-off-incomplete',
    });
  }
  if (demand.handledBy === work.actor.login && demand.path !== 'ON_THE_SPOT') {
    throw forbidden('你是这件诉求的办理人，不能由你销号。请由纳税服务部门的其他人核对销号。', {
      reason: 'write-off-own',
    });
  }
  demand.writtenOffAt = work.clock.now();
  demand.writtenOffBy = work.actor.login;
  moveStatus(demand, 'WRITTEN_OFF');
  await stopAllClocks(work, demand, demand.writtenOffAt);
  await closeAtWriteOff(work, demand);
  await record(work, demand, 'demand.written-off', {
    withdrawn: demand.withdrawnAt !== null,
    ...(input.remark ? { remark: input.remark } : {}),
  });
  return demand;
}
