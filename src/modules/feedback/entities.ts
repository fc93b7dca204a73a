import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

const optionalText = () => p.text().nullable();

/** One attempt of a return visit (回访) by tax service, R25. Several attempts make a round; each rework starts a new round. */
export const ReturnVisitEntity = defineEntity({
  name: 'ReturnVisit',
  tableName: 'return_visit',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    round: p.integer(),
    attempt: p.integer(),
    visitedBy: p.text(),
    visitedByName: p.text(),
    visitedAt: p.datetime(),
    method: p.text(),
    reached: p.boolean(),
    feedbackReceived: p.boolean().nullable(),
    resolved: optionalText(),
    satisfaction: optionalText(),
    dissatisfactionReason: optionalText(),
    remark: optionalText(),
    judgement: optionalText(),
    judgementReason: optionalText(),
    judgedBy: optionalText(),
  },
});
export type ReturnVisit = InferEntity<typeof ReturnVisitEntity>;

/** One attempt of the host department to tell the taxpayer (反馈), R24: evidence that the duty was done when nobody answers. */
export const ContactAttemptEntity = defineEntity({
  name: 'ContactAttempt',
  tableName: 'contact_attempt',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    round: p.integer(),
    attemptedAt: p.datetime(),
    /** `2026-12-03 上午`. */
    halfDay: p.text(),
    method: p.text(),
    /** UNREACHED 未接通 or SMS_SENT 短信已发送. */
    outcome: p.text(),
    note: optionalText(),
    attemptedBy: p.text(),
    attemptedByName: p.text(),
    recordedAt: p.datetime(),
  },
});
export type ContactAttempt = InferEntity<typeof ContactAttemptEntity>;

export const entities = [ReturnVisitEntity, ContactAttemptEntity] as const;
