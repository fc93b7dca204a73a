import { illegalTransition } from '../../kernel/errors.ts';
import type { Demand } from './entities.ts';
import { type DemandStatus, statusTitle } from './vocabulary.ts';

/** From which states a state may be reached. A withdrawal may come at any time before the write-off. */
const UNDER_WAY: readonly DemandStatus[] = [
  'REGISTERED',
  'AWAITING_DISPATCH',
  'AWAITING_HANDLING',
  'HANDLING',
  'REPORTED_UP',
  'SENT_DOWN',
  'AWAITING_REVIEW',
  'RETURN_REVIEW',
  'DEFERRAL_REVIEW',
  'DEFERRED',
  'REWORK',
];
const FROM: Record<DemandStatus, readonly DemandStatus[]> = {
  REGISTERED: [],
  AWAITING_DISPATCH: ['REGISTERED', 'RETURN_REVIEW', 'HANDLING', 'DIVERTED', 'NOT_OUR_DUTY', 'FED_BACK', 'WRITTEN_OFF'],
  DIVERTED: ['REGISTERED', 'AWAITING_DISPATCH', 'HANDLING'],
  NOT_OUR_DUTY: ['REGISTERED', 'AWAITING_DISPATCH', 'HANDLING'],
  AWAITING_HANDLING: [
    'REGISTERED',
    'AWAITING_DISPATCH',
    'HANDLING',
    'REPORTED_UP',
    'SENT_DOWN',
    'REWORK',
    'DEFERRED',
    'WRITTEN_OFF',
    // 申诉推翻: the answer that was given no longer stands.
    'AWAITING_REVIEW',
    'AWAITING_FEEDBACK',
    'FED_BACK',
    'AWAITING_VISIT',
    'AWAITING_WRITE_OFF',
  ],
  HANDLING: [
    'REGISTERED',
    'AWAITING_DISPATCH',
    'AWAITING_HANDLING',
    'AWAITING_REVIEW',
    'RETURN_REVIEW',
    'DEFERRAL_REVIEW',
    'REWORK',
  ],
  REPORTED_UP: ['HANDLING'],
  SENT_DOWN: ['HANDLING'],
  AWAITING_REVIEW: ['HANDLING', 'AWAITING_HANDLING'],
  AWAITING_FEEDBACK: ['HANDLING', 'AWAITING_HANDLING', 'AWAITING_REVIEW'],
  FED_BACK: ['AWAITING_FEEDBACK', 'REGISTERED', 'DIVERTED', 'NOT_OUR_DUTY'],
  AWAITING_VISIT: ['FED_BACK'],
  AWAITING_WRITE_OFF: ['FED_BACK', 'AWAITING_VISIT', 'WRITTEN_OFF'],
  REWORK: ['AWAITING_VISIT', 'AWAITING_WRITE_OFF', 'FED_BACK'],
  RETURN_REVIEW: ['HANDLING'],
  DEFERRAL_REVIEW: ['HANDLING'],
  DEFERRED: ['DEFERRAL_REVIEW'],
  MERGED: ['REGISTERED', 'AWAITING_DISPATCH', 'AWAITING_HANDLING', 'HANDLING', 'RETURN_REVIEW', 'REWORK'],
  SPLIT: ['REGISTERED', 'AWAITING_DISPATCH', 'AWAITING_HANDLING', 'HANDLING', 'RETURN_REVIEW'],
  WITHDRAWN: [...UNDER_WAY, 'AWAITING_FEEDBACK', 'FED_BACK', 'AWAITING_VISIT', 'AWAITING_WRITE_OFF'],
  WRITTEN_OFF: ['FED_BACK', 'AWAITING_VISIT', 'AWAITING_WRITE_OFF', 'WITHDRAWN'],
  VOIDED: UNDER_WAY,
};

/** Whether the state may follow the one the demand is in. */
export const canMove = (demand: Pick<Demand, 'status'>, to: DemandStatus): boolean =>
  demand.status !== to && FROM[to].includes(demand.status as DemandStatus);

/** Moves the demand to a state, or refuses with both states named. Staying where it is changes nothing. */
export function moveStatus(demand: Demand, to: DemandStatus): void {
  if (demand.status === to) return;
  if (!FROM[to].includes(demand.status as DemandStatus)) {
    throw illegalTransition(
      `诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，不能改为“${statusTitle(to)}”。请刷新页面查看最新情况。`,
      {
        details: { from: demand.status, to },
      },
    );
  }
  demand.status = to;
  demand.revision += 1;
}
