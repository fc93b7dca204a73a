import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

const optionalText = () => p.text().nullable();
const optionalTime = () => p.datetime().nullable();

/** An application to put a demand aside until its conditions are met (挂账, R19), and what came of it. */
export const DeferralEntity = defineEntity({
  name: 'Deferral',
  tableName: 'deferral',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    /** PENDING, ACTIVE, REFUSED (by rule), REJECTED (by the leader), RESUMED, or WITHDRAWN (overtaken). */
    status: p.text(),
    /** A code of `DEFERRAL_CATEGORIES`. */
    category: p.text(),
    reason: p.text(),
    /** What has to happen before it can be solved (成熟条件). */
    condition: p.text(),
    reviewDate: p.date().$type<string>(),
    responsible: p.text(),
    responsibleName: p.text(),
    interimAnswer: p.text(),
    interimMethod: p.text(),
    interimAt: p.datetime(),
    requestedBy: p.text(),
    requestedByName: p.text(),
    requestedAt: p.datetime(),
    submittedBeforeDue: p.boolean(),
    department: p.text(),
    orgCode: p.text(),
    approverRole: optionalText(),
    approverLogin: optionalText(),
    via: optionalText(),
    reasonCode: optionalText(),
    decision: optionalText(),
    opinion: optionalText(),
    decidedBy: optionalText(),
    decidedByName: optionalText(),
    decidedAt: optionalTime(),
    deferredAt: optionalTime(),
    /** Until when the chief has to confirm it again. */
    confirmBy: p.date().$type<string>().nullable(),
    reviews: p.integer(),
    lastProgress: optionalText(),
    reportedTo: optionalText(),
    reportedNumber: optionalText(),
    reportedAt: optionalTime(),
    endedAt: optionalTime(),
    endedReason: optionalText(),
  },
});
export type Deferral = InferEntity<typeof DeferralEntity>;

/** What was noted on a deferral: a review, a report to the level above, the yearly confirmation, the end. */
export const DeferralNoteEntity = defineEntity({
  name: 'DeferralNote',
  tableName: 'deferral_note',
  properties: {
    id: p.text().primary(),
    deferralId: p.text(),
    /** CONTINUED, REPORTED, CONFIRMED, NOT_CONFIRMED or RESUMED. */
    kind: p.text(),
    content: p.text(),
    reviewDate: p.date().$type<string>().nullable(),
    reportedTo: optionalText(),
    reportedNumber: optionalText(),
    byLogin: p.text(),
    byName: p.text(),
    at: p.datetime(),
  },
});
export type DeferralNote = InferEntity<typeof DeferralNoteEntity>;
