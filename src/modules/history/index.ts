/** Append-only history: one hash chain per subject, anchors, verification. */
export { type Anchor, anchorsAfter, makeAnchor } from './anchor-history.ts';
export {
  appendEvent,
  appendEvents,
  canonicalEvent,
  GENESIS,
  hashOf,
  type NewEvent,
  type StoredEvent,
} from './append-event.ts';
export { EVENT_TYPES, type EventType, eventTitle } from './event-types.ts';
export { type HistoryFilter, readTimeline, searchHistory } from './read-timeline.ts';
export { eraseMentions, eraseTexts } from './seal-text.ts';
export {
  type ChainVerdict,
  listAnchors,
  type PackageLine,
  verdictOf,
  verificationPackage,
} from './verification-package.ts';
export { type Break, type VerificationReport, verifyAll, verifyChain } from './verify-history.ts';
