/** The ledger (台账): every demand from registration to write-off. */

export { type CanceledDecision, settleCanceled } from './canceled/settle-canceled.ts';
export { checkIntake, type Intake } from './check-intake.ts';
export type { Advice, ParameterFacts, ParameterReader, Work } from './context.ts';
export {
  type ApprovalRoute,
  applyExtension,
  closeExtension,
  decideExtension,
  routeExtension,
} from './decide-extension.ts';
export {
  decideDeferral,
  pendingDeferralFacts,
  refuseDeferral,
  routeDeferral,
  startDeferral,
} from './deferral/decide-deferral.ts';
export { type Deferral, DeferralEntity, type DeferralNote, DeferralNoteEntity } from './deferral/entities.ts';
export { type DeferralRow, listDeferrals } from './deferral/list-deferrals.ts';
export { checkDeferral, type DeferralInput, deferralRefusal, requestDeferral } from './deferral/request-deferral.ts';
export {
  confirmDeferral,
  type ReviewInput,
  renewConfirmation,
  renewDeferral,
  reportDeferral,
  requestResume,
  resumeHandling,
  reviewDeferral,
  revokeDeferral,
} from './deferral/review-deferral.ts';
export { type ClockThen, type DemandThen, demandAsOf, momentsOf } from './demand-as-of.ts';
export { assignSelf, assignSplit, type DispatchInput, dispatchDemand } from './dispatch-demand.ts';
export { type Demand, DemandEntity, type Extension, ExtensionEntity, entities } from './entities.ts';
export {
  approversOf,
  EXPORT_FIELDS,
  type ExportedRow,
  type ExportField,
  exportLedger,
  LARGEST_EXPORT,
} from './export-ledger.ts';
export { type ExtensionOutlook, extensionOutlook, type LegalDate } from './extension-outlook.ts';
export { type ApprovalInput, approvalFacts } from './facts/approval-facts.ts';
export { legalInput, routingInput } from './facts/demand-input.ts';
export { type Application, extensionFacts } from './facts/extension-facts.ts';
export { gatewayFacts } from './facts/gateway-facts.ts';
export { type LegalInput, legalFacts } from './facts/legal-facts.ts';
export { keywordsIn, type RoutingDictionary, type RoutingInput, routingFacts } from './facts/routing-facts.ts';
export { visitFacts } from './facts/visit-facts.ts';
export { type DuplicateCandidate, findDuplicates } from './find-duplicates.ts';
export {
  type CompletionInput,
  openHandling,
  recordCompletion,
  recordOnTheSpot,
  reviewCompletion,
  submitCompletion,
} from './handle-demand.ts';
export {
  addCoDepartment,
  mayChangeCoDepartments,
  releaseCoDepartment,
} from './joint/change-co-departments.ts';
export { coDepartmentChoices } from './joint/co-departments.ts';
export {
  type CoOpinion,
  closeCoHandlings,
  coHandlingsOf,
  deliverCoHandling,
  giveCoOpinion,
  openCoHandlingsOf,
  openJointHandling,
} from './joint/co-handlings.ts';
export { answerCoQuestion, askCoDepartment, coQuestionsOf } from './joint/co-questions.ts';
export {
  type CoHandling,
  CoHandlingEntity,
  type CoQuestion,
  CoQuestionEntity,
  type ProgressNotice,
} from './joint/entities.ts';
export { type HandlingAction, handlingRefusal, possibleHandling, requirePossible } from './joint/possible-handling.ts';
export { type ProgressInput, progressNoticesOf, recordProgressNotice } from './joint/progress-notices.ts';
export { type LedgerView, ledgerViews, removeLedgerView, saveLedgerView } from './ledger-views.ts';
export * from './legal/index.ts';
export { dispatchableAbove } from './levels/dispatch-up.ts';
export { type ExternalStep, ExternalStepEntity, type LevelShift, LevelShiftEntity } from './levels/entities.ts';
export {
  type ExternalStepInput,
  externalStepsOf,
  type FollowUpInput,
  followExternalStep,
  openExternalStep,
  SHAREABLE_FIELDS,
  sendExternal,
} from './levels/external-steps.ts';
export { type LevelTarget, levelTargets, type ShiftDirection } from './levels/level-targets.ts';
export {
  applyLevelShift,
  cameFromBelow,
  currentHandlingClock,
  decideBy,
  type LevelShiftInput,
  levelShiftsOf,
  shiftLevel,
} from './levels/shift-level.ts';
export {
  type BehindNumber,
  COUNTED,
  countDemands,
  type DemandFilter,
  type DemandPage,
  type DemandRow,
  type DemandScope,
  listDemands,
} from './list-demands.ts';
export { lockDemand } from './load-demand.ts';
export { maskCreditCode, maskName, maskPerson, maskPhone, maskText } from './mask.ts';
export { repeatedAmong } from './merge/find-repeated.ts';
export { followMerged, mergeCandidates, mergeDemand, mergedInto, mergeRefusal } from './merge/merge-demand.ts';
export { MOST_PARTS, type Part, splitDemand, splitRefusal } from './merge/split-demand.ts';
export { applyClocks, type ClockChange, type ClockMode, clockChanges, takeBackClocks } from './migration-clocks.ts';
export { noteOpening, type Opening } from './note-opening.ts';
export { noteRouting } from './note-routing.ts';
export { noteSampling } from './note-sampling.ts';
export { parameterFacts } from './parameter-facts.ts';
export { pendingExtensionsBy } from './pending-extensions.ts';
export { type DemandAction, possibleActions } from './possible-actions.ts';
export { openWays, WAYS, type Way, wayRefusal } from './possible-ways.ts';
export {
  answerPrivacyRequest,
  PRIVACY_KINDS,
  PRIVACY_RESULTS,
  PRIVACY_VIA,
  type PrivacyRequest,
  privacyRequest,
  privacyRequests,
  registerPrivacyRequest,
} from './privacy/requests.ts';
export { anonymiseExpired, retentionOutlook } from './privacy/retention.ts';
export { mobileOf, phoneProblem } from './read-phone.ts';
export {
  type AnswerReference,
  answerReferences,
  type CallerHistory,
  callerHistory,
} from './recall-demands.ts';
export { otherCategoriesOf, recategorise } from './recategorise/recategorise.ts';
export { type ReconsiderationPeriod, reconsiderationPeriod } from './reconsideration-period.ts';
export {
  closeReturnVisit,
  type FeedbackInput,
  noteRating,
  openReturnVisit,
  pushToTaxService,
  recordFeedback,
  settleByExplanation,
  startRework,
} from './record-feedback.ts';
export { registerDemand } from './register-demand.ts';
export type { HostProposal, RegisterInput } from './registration-input.ts';
export { redoDemand } from './reopen/redo-demand.ts';
export { reopenDemand, reopenRefusal, revokeWriteOff } from './reopen/reopen-demand.ts';
export { countUnderWay, type ReplayedParameter, replayFinished } from './replay-finished.ts';
export { assessExtension, type ExtensionInput, requestExtension } from './request-extension.ts';
export { decideReturn } from './returns/decide-return.ts';
export { type DemandReturn, ReturnEntity } from './returns/entities.ts';
export {
  handedOn,
  RAISE_REASONS,
  type RaiseReason,
  raiseLevel,
  raiseOldDemand,
  totalAge,
} from './returns/raise-level.ts';
export { redirectDemand } from './returns/redirect-demand.ts';
export { type ReturnInput, requestReturn } from './returns/request-return.ts';
export { type ReturnOutlook, returnOutlook } from './returns/return-outlook.ts';
export {
  isRevealField,
  REVEAL_FIELDS,
  REVEAL_REASONS,
  type Reveal,
  type RevealAlarm,
  type RevealField,
  type RevealRow,
  revealAlarms,
  revealContact,
  revealsOf,
  shownFields,
} from './reveal-contact.ts';
export { type Exposure, exposureOf, type LoggedReveal, listReveals, type RevealFilter } from './reveal-log.ts';
export { type SimilarAnswer, similarAnswers } from './similar-answers.ts';
export { startProcess } from './start-process.ts';
export { startSupervision, tellLevels } from './start-supervision.ts';
export {
  bureausWithDueDigests,
  type Subscription,
  subscribe,
  subscriptionsOf,
  takeDueSubscription,
  unsubscribe,
} from './subscriptions/subscriptions.ts';
export { type Supplement, SupplementEntity } from './supplement/entities.ts';
export { CONTACT_RESULTS, type ContactInput, logContact } from './supplement/log-contact.ts';
export {
  askSupplement,
  giveSupplement,
  openRequest,
  SUPPLEMENT_WAYS,
  supplementsOf,
} from './supplement/supplement.ts';
export { tellDeadlines } from './tell-deadline.ts';
export { tellRating } from './tell-rating.ts';
export { type Held, stretchesOf, type TimeHeld, timeHeld } from './time-held.ts';
export { roundOf } from './trace.ts';
export { transferDemand } from './transfer-demand.ts';
export { type UnreasonableReview, UnreasonableReviewEntity } from './unreasonable/entities.ts';
export {
  appealUnreasonable,
  decideAppeal,
  decideUnreasonable,
  proposeUnreasonable,
  unreasonableReviewsOf,
} from './unreasonable/review-unreasonable.ts';
export * from './vocabulary.ts';
export { recordWithdrawal, voidDemand, withdrawDemand } from './withdraw-demand.ts';
export { acknowledgedOf, type CheckItem, writeOffChecklist, writeOffDemand } from './write-off-demand.ts';
