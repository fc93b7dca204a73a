/** Statutory routes (法定途径, R20): which one, who confirms it, hand-over, and what the receiving body reports back. */
export { answerLegalQuestions, legalHindrance } from './answer-questions.ts';
export { type ConfirmInput, confirmLegalRoute } from './confirm-route.ts';
export { type ComplaintInput, decideComplaint } from './decide-complaint.ts';
export { type LegalFollowUp, LegalFollowUpEntity } from './entities.ts';
export {
  acknowledgeHandOver,
  deemAccepted,
  type ExaminationInput,
  examineReconsideration,
  openExamination,
  type ResultInput,
  recordLegalResult,
  recordSupplement,
} from './follow-through.ts';
export { followUpsOf, latestFollowUp, lockFollowUp, requestedRouteOf } from './follow-ups.ts';
export { FOLLOW_UP, handOverLegalRoute } from './hand-over.ts';
export { judgeRoute, type RouteAdvice } from './judge-route.ts';
export { type FollowUpFilter, type FollowUpRow, listFollowUps } from './list-follow-ups.ts';
export { noteLegalRouting } from './note-route.ts';
export { noticeText, receiverName } from './notice-text.ts';
export { openLegalRoute } from './open-route.ts';
export {
  applicationPeriod,
  type LegalAnswers,
  legalAnswersOf,
  openLegalQuestions,
} from './reconsideration.ts';
export { type RouteRequest, requestLegalRoute } from './request-route.ts';
export {
  isDiverted,
  isLegalRoute,
  LEGAL_ROUTES,
  type LegalRoute,
  legalRouteTitle,
  pathOfRoute,
  SECRET_ROUTES,
} from './routes.ts';
export { tellExaminationPassed } from './tell-examination.ts';
