import { defineEntity, type InferEntity, p } from '@mikro-orm/core';

const optionalText = () => p.text().nullable();
const optionalTime = () => p.datetime().nullable();

/** A demand passed to the level above or below by its host (分级办理, R23). */
export const LevelShiftEntity = defineEntity({
  name: 'LevelShift',
  tableName: 'level_shift',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    sequence: p.integer(),
    /** UP (上报上级), DOWN (转交下级) or BACK (上级退回，附口径). */
    direction: p.text(),
    /** REQUESTED until the process has taken it over, then APPLIED. */
    status: p.text(),
    fromOrgCode: p.text(),
    fromDepartment: p.text(),
    fromCoDepartments: p.array().$type<string[]>(),
    toOrgCode: p.text(),
    toDepartment: p.text(),
    toCoDepartments: p.array().$type<string[]>(),
    reason: p.text(),
    workDone: p.text(),
    /** How the level above sees the matter (口径), where it sends it back. */
    guidance: optionalText(),
    noticeMethod: optionalText(),
    noticeAt: optionalTime(),
    noticeContent: optionalText(),
    requestedBy: p.text(),
    requestedByName: p.text(),
    requestedAt: p.datetime(),
    /** When the level that passes it on had received it, and the working days it really had it. */
    deliveredAt: p.datetime(),
    usedDays: p.integer(),
    /** Last day for the decision to pass it on; afterwards it is allowed but marked and reasoned. */
    decideDueDate: p.date().$type<string>(),
    late: p.boolean(),
    lateReason: optionalText(),
    appliedAt: optionalTime(),
  },
});
export type LevelShift = InferEntity<typeof LevelShiftEntity>;

/** A step at the provincial bureau or an outside body (外部步骤, R23): a document goes out, the host stays and follows up. */
export const ExternalStepEntity = defineEntity({
  name: 'ExternalStep',
  tableName: 'external_step',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    sequence: p.integer(),
    unitName: p.text(),
    /** PROVINCE or OUTSIDE. */
    unitKind: p.text(),
    documentNumber: p.text(),
    sentOn: p.date().$type<string>(),
    matter: p.text(),
    /** Fields of the demand that were given, and no others (个人信息保护法 23: 只给必要字段). */
    sharedFields: p.array().$type<string[]>(),
    followUpOn: p.date().$type<string>(),
    /** WAITING, ANSWERED or CLOSED. */
    status: p.text(),
    /** The host's clock stands still meanwhile; only where the parameter allows it. */
    paused: p.boolean(),
    processInstanceKey: optionalText(),
    clockRound: p.integer().nullable(),
    sentBy: p.text(),
    sentByName: p.text(),
    recordedAt: p.datetime(),
    answeredOn: p.date().$type<string>().nullable(),
    answerNumber: optionalText(),
    answer: optionalText(),
    note: optionalText(),
    closedByName: optionalText(),
    closedAt: optionalTime(),
  },
});
export type ExternalStep = InferEntity<typeof ExternalStepEntity>;
