/** Statutory routes (法定途径, R20): which one, who confirms it, hand-over, and what the receiving body reports back. */
export { type LegalFollowUp, LegalFollowUpEntity } from './entities.ts';
export { followUpsOf, latestFollowUp, lockFollowUp, requestedRouteOf } from './follow-ups.ts';
export { judgeRoute, type RouteAdvice } from './judge-route.ts';
export { noteLegalRouting } from './note-route.ts';
export {
  DIVERTED_PATHS,
  isDiverted,
  isLegalRoute,
  LEGAL_ROUTES,
  type LegalRoute,
  legalRouteTitle,
  pathOfRoute,
  SECRET_ROUTES,
} from './routes.ts';
