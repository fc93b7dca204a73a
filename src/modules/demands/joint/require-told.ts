import { illegalTransition } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import { type Demand, type Extension, ExtensionEntity } from '../entities.ts';

/** M7: in a joint handling the taxpayer is told first; a date that moved without it stands in nobody's way but the host's. */
export const NOT_TOLD = '还没有登记“已向诉求人说明原因”。联合办理的延期，登记告知后新期限才生效。';

export const isTold = (extension: Pick<Extension, 'explainedContent'>): boolean =>
  Boolean(extension.explainedContent?.trim());

/** A joint handling is not completed while an extension was granted and the taxpayer not told (R22 “未登记告知不得改期/不得办结”). */
export async function requireTold(work: Work, demand: Demand): Promise<void> {
  if (demand.handlingMode !== 'JOINT') return;
  const granted = await work.em.find(ExtensionEntity, { demandId: demand.id, status: 'APPROVED' });
  if (granted.every(isTold)) return;
  throw illegalTransition(`${NOT_TOLD}请先登记告知，再提交办结。`, { reason: 'extension-not-told' });
}
