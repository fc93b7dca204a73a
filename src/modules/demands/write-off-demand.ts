import { forbidden, invalid } from '../../kernel/errors.ts';
import type { Work } from './context.ts';
import type { Demand } from './entities.ts';
import { lockDemand } from './load-demand.ts';
import { moveStatus } from './move-status.ts';
import { record, stopAllClocks } from './trace.ts';

export interface CheckItem {
  name: 'completed' | 'fedBack' | 'pushed' | 'visited' | 'judged';
  title: string;
  met: boolean;
  detail: string;
}

/** The write-off checklist, made from facts and not ticked by hand (对账销号, R29, P5.3.p1). */
export function writeOffChecklist(demand: Demand): CheckItem[] {
  if (demand.withdrawnAt) {
    return [{ name: 'completed', title: '撤回', met: true, detail: `诉求人已撤回：${demand.withdrawalReason ?? ''}` }];
  }
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

/** Tax service closes the demand; whoever handled it does not (办理与销号分离). */
export async function writeOffDemand(work: Work, demandId: string, input: { remark?: string }): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  const missing = writeOffChecklist(demand).filter((item) => !item.met);
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
  await record(work, demand, 'demand.written-off', {
    withdrawn: demand.withdrawnAt !== null,
    ...(input.remark ? { remark: input.remark } : {}),
  });
  return demand;
}
