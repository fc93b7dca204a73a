import { defineEntity, type InferEntity, p } from '@mikro-orm/core';
import { DeferralEntity, DeferralNoteEntity } from './deferral/entities.ts';
import { CoHandlingEntity, CoQuestionEntity, ProgressNoticeEntity } from './joint/entities.ts';
import { LegalFollowUpEntity } from './legal/entities.ts';
import { ExternalStepEntity, LevelShiftEntity } from './levels/entities.ts';
import { ReturnEntity } from './returns/entities.ts';
import { SupplementEntity } from './supplement/entities.ts';
import { UnreasonableReviewEntity } from './unreasonable/entities.ts';

const optionalText = () => p.text().nullable();
const optionalTime = () => p.datetime().nullable();

/** One demand (诉求) of the ledger. Never deleted: a wrong registration is voided with a reason (R8). */
export const DemandEntity = defineEntity({
  name: 'Demand',
  tableName: 'demand',
  properties: {
    id: p.text().primary(),
    number: p.text(),
    trackingCode: p.text(),
    status: p.text(),
    path: optionalText(),
    handlingMode: optionalText(),
    /** Bureau that registered it. */
    orgCode: p.text(),
    /** Bureau that hosts it now. */
    hostOrgCode: p.text(),
    registeringDepartment: p.text(),
    receivingOfficer: p.text(),
    receivingOfficerName: p.text(),
    channel: p.text(),
    subChannel: optionalText(),
    externalNumber: optionalText(),
    externalDueAt: optionalTime(),
    receivedAt: p.datetime(),
    registeredAt: p.datetime(),
    taxpayerName: p.text(),
    taxpayerType: p.text(),
    creditCode: optionalText(),
    contactPerson: optionalText(),
    contactPhone: optionalText(),
    otherContact: optionalText(),
    preferredContactTime: optionalText(),
    anonymous: p.boolean(),
    anonymousReason: optionalText(),
    confidential: p.boolean(),
    specialGroup: p.boolean(),
    agent: p.boolean(),
    category: p.text(),
    title: p.text(),
    content: p.text(),
    tags: p.array().$type<string[]>(),
    urgency: p.text(),
    impact: p.text(),
    reportedDepartment: optionalText(),
    recusedLogins: p.array().$type<string[]>(),
    legalIntent: optionalText(),
    /** Further answers of the registration form that rules read (`beyondAuthority`, `responsibleOrgCodes`, ...). */
    intake: p.json().$type<Record<string, unknown>>(),
    intakeChoice: p.text(),
    answerContent: optionalText(),
    answerBasis: optionalText(),
    noticeMethod: optionalText(),
    noticeAt: optionalTime(),
    noticeContent: optionalText(),
    transferredAt: optionalTime(),
    dispatchedAt: optionalTime(),
    dispatchedBy: optionalText(),
    dispatchBasis: optionalText(),
    hostDepartment: optionalText(),
    coDepartments: p.array().$type<string[]>(),
    /** Bureaus and departments that had a part in it before (上报、转交、解除协办); they go on seeing it. */
    involved: p.array().$type<string[]>(),
    /** What `category-routing` has suggested: who hosts, who co-handles, which level. */
    routing: p.json().$type<Record<string, unknown>>().nullable(),
    deliveredAt: optionalTime(),
    handledBy: optionalText(),
    measures: optionalText(),
    conclusion: optionalText(),
    policyBasis: optionalText(),
    publicAnswer: optionalText(),
    completedAt: optionalTime(),
    reviewedBy: optionalText(),
    feedbackBy: optionalText(),
    feedbackMethod: optionalText(),
    feedbackAt: optionalTime(),
    feedbackContent: optionalText(),
    feedbackResult: optionalText(),
    pushedAt: optionalTime(),
    visitRequired: p.boolean().nullable(),
    visitedAt: optionalTime(),
    satisfaction: optionalText(),
    reworkCount: p.integer(),
    withdrawnAt: optionalTime(),
    withdrawalReason: optionalText(),
    writtenOffAt: optionalTime(),
    writtenOffBy: optionalText(),
    archiveNumber: optionalText(),
    voidedAt: optionalTime(),
    voidReason: optionalText(),
    restricted: p.boolean(),
    /** Statutory route it belongs to, as a rule suggested or a person confirmed; null: none. */
    legalRoute: optionalText(),
    /** Departments that confirm and receive it on that route. */
    legalDepartments: p.array().$type<string[]>(),
    parentId: optionalText(),
    /** The main demand (主件) this one repeats: a mark at registration, binding once `mergedAt` is set. */
    duplicateOf: optionalText(),
    mergedAt: optionalTime(),
    splitAt: optionalTime(),
    /** How often a dispatch was taken back, by the host's objection or by tax service (退单成立、改派). */
    returnCount: p.integer(),
    reopenCount: p.integer(),
    /** Raised a level (提级): since when and why; supervision reads it. */
    raisedAt: optionalTime(),
    raisedReason: optionalText(),
    /** When the host first spoke to the taxpayer. */
    firstContactAt: optionalTime(),
    processInstanceKey: optionalText(),
    revision: p.integer(),
  },
});
export type Demand = InferEntity<typeof DemandEntity>;

/** An application to extend the handling clock (延期), R18 and R22. */
export const ExtensionEntity = defineEntity({
  name: 'Extension',
  tableName: 'extension',
  properties: {
    id: p.text().primary(),
    demandId: p.text(),
    /** PENDING, APPROVED, REJECTED, RETURNED, REFUSED (by rule) or LAPSED (随办结、挂账、移交收回). */
    status: p.text(),
    requestedBy: p.text(),
    requestedByName: p.text(),
    requestedAt: p.datetime(),
    submittedBeforeDue: p.boolean(),
    currentTotalWorkingDays: p.integer(),
    requestedTotalWorkingDays: p.integer(),
    currentDueAt: p.datetime(),
    requestedDueDate: p.date().$type<string>(),
    reasonType: optionalText(),
    reason: p.text(),
    explainedMethod: optionalText(),
    explainedAt: optionalTime(),
    explainedContent: optionalText(),
    approverRole: optionalText(),
    approverLogin: optionalText(),
    via: optionalText(),
    reasonCode: optionalText(),
    cap: p.integer().nullable(),
    /** Beyond the soft cap of a joint handling: the bureau above is told (抄送上级). */
    copySuperior: p.boolean(),
    decidedBy: optionalText(),
    decidedByName: optionalText(),
    decidedAt: optionalTime(),
    decision: optionalText(),
    opinion: optionalText(),
  },
});
export type Extension = InferEntity<typeof ExtensionEntity>;

export const entities = [
  DemandEntity,
  ExtensionEntity,
  LegalFollowUpEntity,
  UnreasonableReviewEntity,
  ReturnEntity,
  DeferralEntity,
  DeferralNoteEntity,
  SupplementEntity,
  CoHandlingEntity,
  CoQuestionEntity,
  ProgressNoticeEntity,
  LevelShiftEntity,
  ExternalStepEntity,
] as const;
