import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

const optionalText = () => p.text().nullable();
const optionalTime = () => p.datetime().nullable();

/** The part of one co-handling department (协办) in a joint handling (R21). Its opinion is for the host, never for the taxpayer. */
export const CoHandlingEntity = defineEntity({
  name: 'CoHandling',
  tableName: 'co_handling',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    sequence: p.integer(),
    department: p.text(),
    /** OPEN, DONE (意见已交), RELEASED (已解除) or CLOSED (随主办转出收回). */
    status: p.text(),
    /** `reworkCount` and host bureau at the time: an opinion counts for the handling it was given in. */
    handlingRound: p.integer(),
    hostOrgCode: p.text(),
    addedBy: p.text(),
    addedByName: p.text(),
    addedAt: p.datetime(),
    reason: optionalText(),
    /** Working days of the internal target (内控), earlier than the clock. */
    internalDays: p.integer(),
    processInstanceKey: optionalText(),
    /** Round of its clock of kind `CO_HANDLING`. */
    clockRound: p.integer().nullable(),
    deliveredAt: optionalTime(),
    opinion: optionalText(),
    basis: optionalText(),
    givenBy: optionalText(),
    givenByName: optionalText(),
    givenAt: optionalTime(),
    endedAt: optionalTime(),
    endReason: optionalText(),
    endedByName: optionalText(),
  },
});
export type CoHandling = InferEntity<typeof CoHandlingEntity>;

/** A question of the host to a co-handling department (征询协办) and its answer. */
export const CoQuestionEntity = defineEntity({
  name: 'CoQuestion',
  tableName: 'co_question',
  properties: {
    id: p.text().primary(),
    coHandlingId: p.text(),
    demandId: p.text(),
    department: p.text(),
    question: p.text(),
    replyBy: p.date().$type<string>(),
    askedBy: p.text(),
    askedByName: p.text(),
    askedAt: p.datetime(),
    answer: optionalText(),
    answerBasis: optionalText(),
    answeredBy: optionalText(),
    answeredByName: optionalText(),
    answeredAt: optionalTime(),
  },
});
export type CoQuestion = InferEntity<typeof CoQuestionEntity>;

/** The taxpayer was told how a joint handling goes on (进展告知, R22). */
export const ProgressNoticeEntity = defineEntity({
  name: 'ProgressNotice',
  tableName: 'progress_notice',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    method: p.text(),
    toldAt: p.datetime(),
    content: p.text(),
    recordedBy: p.text(),
    recordedByName: p.text(),
    recordedAt: p.datetime(),
  },
});
export type ProgressNotice = InferEntity<typeof ProgressNoticeEntity>;
