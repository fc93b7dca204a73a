import { forbidden, notFound } from '../../kernel/errors.ts';
import { type DemandView, demandView, hasOpeningTask } from '../../modules/access/index.ts';
import { type Demand, DemandEntity } from '../../modules/demands/index.ts';
import { TaskEntity } from '../../modules/tasks/index.ts';
import type { House, Unit } from '../house.ts';
import type { Ask } from '../route.ts';

export interface Seen {
  demand: Demand;
  view: DemandView;
}

/** Runs work on the demand of the address in one transaction. What is out of a program's reach is not found, whether it exists or not. */
export function withDemand<T>(house: House, ask: Ask, work: (unit: Unit, seen: Seen) => Promise<T>): Promise<T> {
  return house.transaction(ask.actor, async (unit) => work(unit, await seenDemand(unit, ask)));
}

/** The same where the content is needed; the ledger's keeper of a restricted demand is told why not. */
export function withContent<T>(house: House, ask: Ask, work: (unit: Unit, demand: Demand) => Promise<T>): Promise<T> {
  return withDemand(house, ask, async (unit, { demand, view }) => {
    if (view === 'LEDGER') throw forbidden('限定可见件，只有指定岗位可以查看内容。', { reason: 'restricted' });
    return work(unit, demand);
  });
}

async function seenDemand(unit: Unit, { actor, req }: Ask): Promise<Seen> {
  const number = String(req.params.number);
  const demand = await unit.em.findOne(DemandEntity, { number });
  if (demand) {
    const tasks = await unit.em.find(TaskEntity, { demandId: demand.id });
    const view = demandView(actor, demand as never, hasOpeningTask(actor, demand, tasks));
    if (view !== 'NONE') return { demand, view };
  }
  throw notFound(`没有找到编号 ${number.slice(0, 40)} 的诉求，或者它不在你的范围内。`);
}
