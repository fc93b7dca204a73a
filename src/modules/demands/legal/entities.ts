import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

const optionalText = () => p.text().nullable();
const optionalTime = () => p.datetime().nullable();

/**
 * One statutory route of a demand (法定途径台账): from the suggestion of the rules or the wish of a person, over confirmation and hand-over,
 * to what the receiving body reports back. Never a party's paper: only numbers and dates.
 */
export const LegalFollowUpEntity = defineEntity({
  name: 'LegalFollowUp',
  tableName: 'legal_follow_up',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    /** A code of `LEGAL_ROUTES`. */
    route: p.text(),
    /** REQUESTED, AWAITING_CONFIRMATION, HANDED_OVER, ACKNOWLEDGED, CLOSED, RETURNED (to the ordinary process), DISMISSED (no statutory route). */
    status: p.text(),
    /** REGISTRATION, DISPATCH or HANDLING: where it came up. */
    source: p.text(),
    requestedBy: optionalText(),
    requestedByName: optionalText(),
    requestReason: optionalText(),
    openedAt: p.datetime(),
    ruleId: optionalText(),
    splitSuggested: p.boolean(),
    confirmDepartment: optionalText(),
    confirmRole: optionalText(),
    /** Where it goes: a department of ours, or a body outside by name. */
    receivingDepartment: optionalText(),
    receivingRole: optionalText(),
    receivingName: optionalText(),
    confirmedBy: optionalText(),
    confirmedByName: optionalText(),
    confirmedAt: optionalTime(),
    decisionReason: optionalText(),
    noticeMethod: optionalText(),
    noticeAt: optionalTime(),
    noticeContent: optionalText(),
    /** 交接凭证: number of the receipt or of the hand-over list. */
    voucher: optionalText(),
    /** A written application: when its original came in, and the hash over that moment and its files. */
    originalReceivedAt: optionalTime(),
    originalHash: optionalText(),
    /** 口头申请笔录. */
    transcript: optionalText(),
    /** Until when may be applied for reconsideration, as told to the taxpayer. */
    applyFrom: p.date().$type<string>().nullable(),
    applyCounted: p.date().$type<string>().nullable(),
    applyLastDay: p.date().$type<string>().nullable(),
    handedOverAt: optionalTime(),
    acknowledgedBy: optionalText(),
    acknowledgedByName: optionalText(),
    acknowledgedAt: optionalTime(),
    receiptNumber: optionalText(),
    /** Complaint: CONDUCT, QUALITY or INFRINGEMENT; reconsideration: ACCEPTED, DEEMED_ACCEPTED, REJECTED, SUPPLEMENT. */
    kind: optionalText(),
    examination: optionalText(),
    examinedAt: optionalTime(),
    /** From when the time for the decision runs (自收到之日即为受理). */
    acceptedAt: optionalTime(),
    decisionExtended: p.boolean(),
    resultNumber: optionalText(),
    resultKind: optionalText(),
    resultAt: p.date().$type<string>().nullable(),
    returnedAt: optionalTime(),
    returnReason: optionalText(),
    closedAt: optionalTime(),
    revision: p.integer(),
  },
});
export type LegalFollowUp = InferEntity<typeof LegalFollowUpEntity>;
