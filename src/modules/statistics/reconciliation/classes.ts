import { STATUSES } from '../../demands/index.ts';

/**
 * 登记 = 在办 + 销号 + 挂账 + 分流 + 并单 (R29, P5.3.p1), and beside these, by name, what else a demand can have become. Each state belongs to
 * exactly one class; a state nobody has put into one breaks the balance, so that it is noticed.
 */
export const CLASSES = {
  OPEN: '在办',
  WRITTEN_OFF: '销号',
  DEFERRED: '挂账',
  DIVERTED: '分流',
  MERGED: '并单',
  SPLIT: '拆单',
  WITHDRAWN: '撤回待销号',
  VOIDED: '作废',
} as const;
export type ReconciliationClass = keyof typeof CLASSES;

/** States that are not simply being worked on. Named by their codes: a state that does not exist yet is in nobody's way. */
const OTHER: Record<string, ReconciliationClass> = {
  WRITTEN_OFF: 'WRITTEN_OFF',
  DEFERRED: 'DEFERRED',
  DIVERTED: 'DIVERTED',
  NOT_OUR_DUTY: 'DIVERTED',
  MERGED: 'MERGED',
  SPLIT: 'SPLIT',
  WITHDRAWN: 'WITHDRAWN',
  VOIDED: 'VOIDED',
};
/** States in which somebody of the bureau has work to do. */
const OPEN = [
  'REGISTERED',
  'AWAITING_DISPATCH',
  'AWAITING_HANDLING',
  'HANDLING',
  'AWAITING_REVIEW',
  'AWAITING_FEEDBACK',
  'FED_BACK',
  'AWAITING_VISIT',
  'AWAITING_WRITE_OFF',
  'REWORK',
  'REPORTED_UP',
  'SENT_DOWN',
  'RETURN_REVIEW',
  'DEFERRAL_REVIEW',
];

export const classOf = (status: string): ReconciliationClass | undefined =>
  OPEN.includes(status) ? 'OPEN' : Object.hasOwn(OTHER, status) ? OTHER[status] : undefined;

/** Class by state, for the database. */
export const classTable = (): Record<string, ReconciliationClass> =>
  Object.fromEntries(
    Object.keys(STATUSES).flatMap((status) => {
      const found = classOf(status);
      return found ? [[status, found]] : [];
    }),
  );
