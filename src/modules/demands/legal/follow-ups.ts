import { FOR_UPDATE } from '../../../db/orm.ts';
import { notFound } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import { type LegalFollowUp, LegalFollowUpEntity } from './entities.ts';

/** Follow-ups of a demand, the newest last. */
export const followUpsOf = (work: Pick<Work, 'em'>, demandId: string): Promise<LegalFollowUp[]> =>
  work.em.find(LegalFollowUpEntity, { demandId }, { orderBy: { openedAt: 'asc', id: 'asc' } });

/** The newest follow-up of a demand in one of some states. */
export async function latestFollowUp(
  work: Pick<Work, 'em'>,
  demandId: string,
  statuses: readonly string[],
): Promise<LegalFollowUp | null> {
  const [found] = await work.em.find(
    LegalFollowUpEntity,
    { demandId, status: { $in: [...statuses] } },
    { orderBy: { openedAt: 'desc', id: 'desc' }, limit: 1 },
  );
  return found ?? null;
}

/** The route a person has asked for and nobody has looked at yet. */
export const requestedRouteOf = async (work: Pick<Work, 'em'>, demandId: string): Promise<string | null> =>
  (await latestFollowUp(work, demandId, ['REQUESTED']))?.route ?? null;

/** The follow-up for change, its row locked for the transaction. */
export async function lockFollowUp(work: Pick<Work, 'em'>, id: string): Promise<LegalFollowUp> {
  const found = await work.em.findOne(LegalFollowUpEntity, { id }, FOR_UPDATE);
  if (!found) throw notFound('没有找到这条法定途径记录。');
  return found;
}

/** Everything a fresh follow-up does not have yet. */
export const blankFollowUp = () => ({
  requestedBy: null,
  requestedByName: null,
  requestReason: null,
  ruleId: null,
  splitSuggested: false,
  confirmDepartment: null,
  confirmRole: null,
  receivingDepartment: null,
  receivingRole: null,
  receivingName: null,
  confirmedBy: null,
  confirmedByName: null,
  confirmedAt: null,
  decisionReason: null,
  noticeMethod: null,
  noticeAt: null,
  noticeContent: null,
  voucher: null,
  originalReceivedAt: null,
  originalHash: null,
  transcript: null,
  applyFrom: null,
  applyCounted: null,
  applyLastDay: null,
  handedOverAt: null,
  acknowledgedBy: null,
  acknowledgedByName: null,
  acknowledgedAt: null,
  receiptNumber: null,
  kind: null,
  examination: null,
  examinedAt: null,
  acceptedAt: null,
  decisionExtended: false,
  resultNumber: null,
  resultKind: null,
  resultAt: null,
  returnedAt: null,
  returnReason: null,
  closedAt: null,
  revision: 1,
});
