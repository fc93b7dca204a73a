import type { Work } from './context.ts';
import { DeferralEntity } from './deferral/entities.ts';
import { deferralRefusal } from './deferral/request-deferral.ts';
import type { Demand } from './entities.ts';
import { mergeRefusal } from './merge/merge-demand.ts';
import { splitRefusal } from './merge/split-demand.ts';
import { recategoriseRefusal } from './recategorise/recategorise.ts';
import { reopenRefusal, revokeRefusal } from './reopen/reopen-demand.ts';
import { redirectRefusal } from './returns/redirect-demand.ts';
import { returnOutlook } from './returns/return-outlook.ts';
import { openRequest } from './supplement/supplement.ts';
import { isClosed, statusTitle } from './vocabulary.ts';

/** What may be done with a demand besides the straight way. */
export const WAYS = [
  'contact',
  'return',
  'defer',
  'ask-supplement',
  'supplement',
  'resume',
  'report-deferral',
  'redirect',
  'recategorise',
  'merge',
  'split',
  'reopen',
  'revoke-write-off',
] as const;
export type Way = (typeof WAYS)[number];

const NOT_HOST = '这由主办部门办理。这件诉求的主办不是你所在的部门。';

const NOT_CO_RETURN = '协办部门不退单。不属本部门职责的，请主办部门或本单位纳服“解除协办”。';

/** Why a way is closed to this person now; null when it is open. Permissions are asked elsewhere. */
export async function wayRefusal(work: Work, demand: Demand, way: Way): Promise<string | null> {
  const { actor } = work;
  const hosts = demand.hostDepartment != null && actor.departments.includes(demand.hostDepartment);
  const ownBureau = demand.hostOrgCode === actor.orgCode || demand.orgCode === actor.orgCode;
  const over = isClosed(demand) || demand.withdrawalReason != null;
  switch (way) {
    case 'contact':
      if (over) return `诉求 ${demand.number} ${statusTitle(demand.status)}，不用再登记联系。`;
      return hosts ? null : NOT_HOST;
    case 'return':
      if (!hosts && demand.coDepartments.some((code) => actor.departments.includes(code))) return NOT_CO_RETURN;
      return hosts ? (await returnOutlook(work, demand)).refusal : NOT_HOST;
    case 'defer':
      return hosts ? deferralRefusal(demand) : NOT_HOST;
    case 'ask-supplement':
      if (!hosts) return NOT_HOST;
      if (demand.status !== 'HANDLING' || over) return '只有办理中的件可以请求补充材料。';
      return (await openRequest(work, demand.id)) ? '已经请诉求人补充过一次，还没有收到。请等收到后再提。' : null;
    case 'supplement':
      return over || demand.completedAt ? `诉求 ${demand.number} ${statusTitle(demand.status)}，不能再补充。` : null;
    case 'resume':
    case 'report-deferral': {
      const deferral = await work.em.findOne(DeferralEntity, { demandId: demand.id, status: 'ACTIVE' });
      if (!deferral || demand.status !== 'DEFERRED') return '此件不在挂账台账上。';
      const cares = hosts || deferral.responsible === actor.login || (actor.roles.includes('DEMAND_DESK') && ownBureau);
      return cares ? null : '由责任人、主办部门或本单位纳服办理。';
    }
    case 'redirect':
      return redirectRefusal(work, demand);
    case 'recategorise':
      return recategoriseRefusal(work, demand);
    case 'merge':
      return ownBureau ? mergeRefusal(demand) : '并单由受理单位的纳服办理。';
    case 'split':
      return demand.orgCode === actor.orgCode ? splitRefusal(demand) : '拆单由受理单位的纳服办理。';
    case 'reopen':
      return demand.hostOrgCode === actor.orgCode ? reopenRefusal(work, demand) : '重新打开由主办单位的纳服办理。';
    case 'revoke-write-off':
      return revokeRefusal(work, demand);
  }
}

/** The ways that are open to this person now. */
export async function openWays(work: Work, demand: Demand): Promise<Way[]> {
  const open: Way[] = [];
  for (const way of WAYS) if ((await wayRefusal(work, demand, way)) === null) open.push(way);
  return open;
}
