/** Feedback to the taxpayer, return visits, satisfaction, and what follows from dissatisfaction. */
export {
  answerVisit,
  DISSATISFIED_BECAUSE,
  GRADES,
  RESOLUTIONS,
  type VisitAnswer,
  type VisitLink,
  visitLinkOf,
} from './answer-visit.ts';
export { type ContactAttempt, entities, type ReturnVisit, ReturnVisitEntity } from './entities.ts';
export { giveFeedback } from './give-feedback.ts';
export { halfDayOf } from './half-day.ts';
export { judgeVisit } from './judge-visit.ts';
export {
  ATTEMPT_METHODS,
  ATTEMPT_OUTCOMES,
  type AttemptInput,
  type Evidence,
  evidenceOf,
  recordAttempt,
} from './record-attempt.ts';
export { countedAttempts, recordVisit, type VisitInput, visitsOf } from './record-visit.ts';
export { tellRegistered, tellTaxpayer } from './tell-taxpayer.ts';
export { makeVisitToken, sendVisitLink } from './visit-link.ts';
