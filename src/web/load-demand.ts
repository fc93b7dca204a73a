import type { Actor } from '../kernel/actor.ts';
import { forbidden, notFound } from '../kernel/errors.ts';
import { canSeeDemand } from '../modules/access/index.ts';
import { type Demand, DemandEntity } from '../modules/demands/index.ts';
import { TaskEntity } from '../modules/tasks/index.ts';
import type { Unit } from './house.ts';

/** The demand of a number, when the person may see it. What nobody may know about is not found. */
export async function visibleDemand(unit: Unit, actor: Actor, number: string): Promise<Demand> {
  const demand = await unit.em.findOne(DemandEntity, { number });
  if (!demand) throw notFound(`没有找到编号 ${number.slice(0, 40)} 的诉求。请核对编号，或到台账查找。`);
  const tasks = await unit.em.find(TaskEntity, { demandId: demand.id });
  const hasTask = tasks.some(
    (task) => task.completedBy === actor.login || (task.status === 'OPEN' && task.candidates.includes(actor.login)),
  );
  if (canSeeDemand(actor, demand as never, hasTask)) return demand;
  if (demand.restricted) throw notFound(`没有找到编号 ${number.slice(0, 40)} 的诉求。请核对编号，或到台账查找。`);
  throw forbidden('这件诉求不在你能查看的范围内。需要办理或了解的，请联系主办部门或本单位纳服专岗。', {
    reason: 'scope',
  });
}
