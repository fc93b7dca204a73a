import { DeadlineEntity } from '../../modules/deadlines/index.ts';
import { FOLLOW_UP, LEGAL_ROUTES, type LegalFollowUp, legalRouteTitle } from '../../modules/demands/index.ts';
import type { Unit } from '../house.ts';
import { day, flag, instant, integer, list, object, oneOf, orNull, text } from './json-schema.ts';

/** What the API says of a statutory follow-up: numbers, states and dates, never a party's paper. */

const STATUSES = {
  REQUESTED: '要求转出',
  AWAITING_CONFIRMATION: '等确认',
  HANDED_OVER: '已移送，等签收',
  ACKNOWLEDGED: '已签收',
  CLOSED: '已了结',
  RETURNED: '已退回普通流程',
  DISMISSED: '不是法定途径',
};
export const route = oneOf(LEGAL_ROUTES);

export const followUpSchema = object({
  id: text,
  route,
  routeTitle: text,
  status: oneOf(STATUSES),
  source: text,
  openedAt: instant,
  splitSuggested: flag,
  confirmDepartment: orNull(text),
  receivingDepartment: orNull(text),
  receivingName: orNull(text),
  confirmedAt: orNull(instant),
  handedOverAt: orNull(instant),
  acknowledgedAt: orNull(instant),
  receiptNumber: orNull(text),
  kind: orNull(text),
  examination: orNull(text),
  originalReceivedAt: orNull(instant),
  originalHash: orNull(text),
  applyFrom: orNull(day),
  applyCounted: orNull(day),
  applyLastDay: orNull(day),
  resultNumber: orNull(text),
  resultKind: orNull(text),
  resultAt: orNull(day),
  returnedAt: orNull(instant),
  closedAt: orNull(instant),
  clocks: list(
    object({
      kind: text,
      round: integer,
      status: text,
      unit: text,
      startsAt: instant,
      dueAt: instant,
      dueDate: day,
      totalDays: integer,
      overdue: orNull(flag),
    }),
  ),
});

export const followUpRowSchema = object({
  id: text,
  number: text,
  orgCode: text,
  route,
  routeTitle: text,
  status: oneOf(STATUSES),
  receivingDepartment: orNull(text),
  receivingName: orNull(text),
  openedAt: instant,
  handedOverAt: orNull(instant),
  acknowledgedAt: orNull(instant),
  clockKind: orNull(text),
  dueAt: orNull(instant),
  resultNumber: orNull(text),
});

export async function followUpJson(unit: Unit, item: LegalFollowUp) {
  const clocks = await unit.em.find(
    DeadlineEntity,
    { subjectType: FOLLOW_UP, subjectId: item.id },
    { orderBy: { startsAt: 'asc', kind: 'asc', round: 'asc' } },
  );
  return {
    id: item.id,
    route: item.route,
    routeTitle: legalRouteTitle(item.route),
    status: item.status,
    source: item.source,
    openedAt: item.openedAt,
    splitSuggested: item.splitSuggested,
    confirmDepartment: item.confirmDepartment ?? null,
    receivingDepartment: item.receivingDepartment ?? null,
    receivingName: item.receivingName ?? null,
    confirmedAt: item.confirmedAt ?? null,
    handedOverAt: item.handedOverAt ?? null,
    acknowledgedAt: item.acknowledgedAt ?? null,
    receiptNumber: item.receiptNumber ?? null,
    kind: item.kind ?? null,
    examination: item.examination ?? null,
    originalReceivedAt: item.originalReceivedAt ?? null,
    originalHash: item.originalHash ?? null,
    applyFrom: item.applyFrom ?? null,
    applyCounted: item.applyCounted ?? null,
    applyLastDay: item.applyLastDay ?? null,
    resultNumber: item.resultNumber ?? null,
    resultKind: item.resultKind ?? null,
    resultAt: item.resultAt ?? null,
    returnedAt: item.returnedAt ?? null,
    closedAt: item.closedAt ?? null,
    clocks: clocks.map((clock) => ({
      kind: clock.kind,
      round: clock.round,
      status: clock.status,
      unit: clock.unit,
      startsAt: clock.startsAt,
      dueAt: clock.dueAt,
      dueDate: clock.dueDate,
      totalDays: clock.totalDays,
      overdue: clock.overdue ?? null,
    })),
  };
}
