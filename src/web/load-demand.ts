import { sqlOf } from '../db/orm.ts';
import type { Actor } from '../kernel/actor.ts';
import { forbidden, notFound } from '../kernel/errors.ts';
import { demandView, hasOpeningTask } from '../modules/access/index.ts';
import { type Demand, DemandEntity, SECRET_ROUTES } from '../modules/demands/index.ts';
import { evaluationsOf } from '../modules/rules/index.ts';
import { TaskEntity } from '../modules/tasks/index.ts';
import type { Unit } from './house.ts';

/** `CONTENT`: the whole page; `LEDGER`: number, unit, state and clocks; `CLOSED`: that it exists and is restricted, nothing else. */
export interface DemandAccess {
  demand: Demand;
  view: 'CONTENT' | 'LEDGER' | 'CLOSED';
}

export const CLOSED_SENTENCE =
  '你不能查看此件：它是“限定可见”件，只对指定经办人和审核人开放。因工作需要查看，请向市局法制科申请授权。';

/** The demand of a number and how much of it the person may see. What nobody may know about is not found. */
export async function demandAccess(unit: Unit, actor: Actor, number: string): Promise<DemandAccess> {
  const missing = () =>
    notFound(`没有找到编号“${number.slice(0, 40)}”。请核对编号，或按电话、名称搜索；已并单的件会显示主件。`);
  const demand = await unit.em.findOne(DemandEntity, { number });
  if (!demand) throw missing();
  const tasks = await unit.em.find(TaskEntity, { demandId: demand.id });
  const view = demandView(actor, demand as never, hasOpeningTask(actor, demand, tasks));
  if (view !== 'NONE') return { demand, view };
  if (isConcerned(actor, demand)) throw missing();
  if (demand.restricted) {
    if (demand.receivingOfficer !== actor.login && (await isSecret(unit, demand))) throw missing();
    return { demand, view: 'CLOSED' };
  }
  throw forbidden('这件诉求不在你能查看的范围内。需要办理或了解的，请联系主办部门或本单位纳服专岗。', {
    reason: 'scope',
  });
}

/** The person has or had a task of the demand that opens it. */
export async function hasTaskOf(unit: Unit, actor: Actor, demand: Demand): Promise<boolean> {
  return hasOpeningTask(actor, demand, await unit.em.find(TaskEntity, { demandId: demand.id }));
}

/** The demand of a number, for whoever may read all of it. */
export async function visibleDemand(unit: Unit, actor: Actor, number: string): Promise<Demand> {
  const { demand, view } = await demandAccess(unit, actor, number);
  if (view !== 'CONTENT') throw forbidden(CLOSED_SENTENCE, { reason: 'restricted' });
  return demand;
}

/** Whoever is complained of does not learn that there is a complaint (回避、防打击报复). */
const isConcerned = (actor: Actor, demand: Demand): boolean =>
  demand.recusedLogins.includes(actor.login) ||
  (demand.reportedDepartment != null && actor.departments.includes(demand.reportedDepartment));

async function isSecret(unit: Unit, demand: Demand): Promise<boolean> {
  if (SECRET_ROUTES.includes(demand.legalRoute ?? '')) return true;
  const routings = (await evaluationsOf(sqlOf(unit.em), 'demand', demand.id)).filter(
    (item) => item.ruleSet === 'category-routing',
  );
  return routings.some((item) => SECRET_ROUTES.includes(String(item.outcome.legalRoute)));
}
