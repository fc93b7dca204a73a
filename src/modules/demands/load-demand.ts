import { FOR_UPDATE } from '../../db/orm.ts';
import { notFound } from '../../kernel/errors.ts';
import type { Work } from './context.ts';
import { type Demand, DemandEntity } from './entities.ts';

/** The demand for change, its row locked for the transaction. */
export async function lockDemand(work: Pick<Work, 'em'>, id: string): Promise<Demand> {
  const demand = await work.em.findOne(DemandEntity, { id }, FOR_UPDATE);
  if (!demand) throw notFound('没有找到这件诉求。请核对编号，或按电话、名称搜索。');
  return demand;
}
