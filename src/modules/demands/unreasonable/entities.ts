import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

const optionalText = () => p.text().nullable();
const optionalTime = () => p.datetime().nullable();

/** A review whether a demand is unreasonable (不合理诉求认定, R17 ③): proposed, decided by the leader, told, and open to an appeal. Statistics read it. */
export const UnreasonableReviewEntity = defineEntity({
  name: 'UnreasonableReview',
  tableName: 'unreasonable_review',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    /** PENDING, UPHELD, REFUSED, APPEALED, CONFIRMED (after an appeal) or OVERTURNED. */
    status: p.text(),
    basis: p.text(),
    explanation: p.text(),
    proposedBy: p.text(),
    proposedByName: p.text(),
    proposedDepartment: optionalText(),
    proposedAt: p.datetime(),
    approverLogin: optionalText(),
    decidedBy: optionalText(),
    decidedByName: optionalText(),
    decidedAt: optionalTime(),
    opinion: optionalText(),
    toldMethod: optionalText(),
    toldAt: optionalTime(),
    toldContent: optionalText(),
    appealReason: optionalText(),
    appealedAt: optionalTime(),
    appealNotedBy: optionalText(),
    appealApprover: optionalText(),
    appealDecidedBy: optionalText(),
    appealDecidedByName: optionalText(),
    appealDecidedAt: optionalTime(),
    appealOpinion: optionalText(),
    revision: p.integer(),
  },
});
export type UnreasonableReview = InferEntity<typeof UnreasonableReviewEntity>;
