import { type EntityManager, FOR_UPDATE } from '../../db/orm.ts';
import { notFound } from '../../kernel/errors.ts';
import type { Work } from './context.ts';
import { type Demand, DemandEntity } from './entities.ts';

/** What a unit of work has locked already: nobody else can have changed it since. */
const locked = new WeakMap<EntityManager, Map<string, Demand>>();

/** The demand for change, its row locked for the transaction. */
export async function lockDemand(work: Pick<Work, 'em'>, id: string): Promise<Demand> {
  const known = locked.get(work.em)?.get(id);
  if (known) return known;
  const demand = await work.em.findOne(DemandEntity, { id }, FOR_UPDATE);
  if (!demand) throw notFound('没有找到这件诉求。请核对编号，或按电话、名称搜索。');
  // Outside a transaction a lock does not outlive its statement.
  if (work.em.isInTransaction()) locked.set(work.em, (locked.get(work.em) ?? new Map()).set(id, demand));
  return demand;
}
