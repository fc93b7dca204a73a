import type { EntityManager } from '../db/orm.ts';
import {
  DeferralEntity,
  type Demand,
  ExtensionEntity,
  ReturnEntity,
  UnreasonableReviewEntity,
} from '../modules/demands/index.ts';
import { APPROVAL_KINDS, type Approval } from '../modules/org/index.ts';

/** Who asked for what is being approved, by the approval; nobody decides on an application of their own (回避). */
const APPLICANTS: Partial<Record<Approval, (em: EntityManager, demandId: string) => Promise<string | undefined>>> = {
  'extension-approver': async (em, demandId) =>
    (await em.findOne(ExtensionEntity, { demandId, status: 'PENDING' }))?.requestedBy,
  'unreasonable-reviewer': async (em, demandId) =>
    (await em.findOne(UnreasonableReviewEntity, { demandId, status: 'PENDING' }))?.proposedBy,
  'unreasonable-appeal': async (em, demandId) =>
    (await em.findOne(UnreasonableReviewEntity, { demandId, status: 'APPEALED' }))?.decidedBy ?? undefined,
  'return-reviewer': async (em, demandId) =>
    (await em.findOne(ReturnEntity, { demandId, status: 'PENDING' }))?.requestedBy,
  'deferral-approver': async (em, demandId) =>
    (await em.findOne(DeferralEntity, { demandId, status: 'PENDING' }))?.requestedBy,
};

/** Everybody who must stay out of an approval, with the reason that is read on its page. */
export async function recusedIn(
  em: EntityManager,
  approval: Approval,
  demand: Demand,
): Promise<ReadonlyMap<string, string>> {
  const recused = new Map<string, string>();
  const applicant = await APPLICANTS[approval]?.(em, demand.id);
  if (applicant) recused.set(applicant, '申请人');
  if (APPROVAL_KINDS[approval].apartFromHandling && demand.handledBy) recused.set(demand.handledBy, '经办人');
  for (const login of demand.recusedLogins) recused.set(login, '被反映人');
  return recused;
}
