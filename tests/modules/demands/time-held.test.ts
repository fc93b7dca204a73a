import { describe, expect, test } from '@jest/globals';
import { stretchesOf, timeHeld } from '../../../src/modules/demands/index.ts';
import type { StoredEvent } from '../../../src/modules/history/index.ts';
import { seededCalendar } from '../../support/calendar.ts';

const calendar = seededCalendar();
const event = (at: string, type: string, payload: Record<string, unknown> = {}) =>
  ({ occurredAt: new Date(`${at}:00+08:00`).toISOString(), type, payload }) as StoredEvent;
const WALK = [
  event('2026-11-19T09:00', 'demand.registered', { registeringDepartment: 'HALL' }),
  event('2026-11-19T09:00', 'demand.transferred', { from: 'HALL' }),
  event('2026-11-20T10:00', 'demand.dispatched', { hostDepartment: 'TAX2' }),
  event('2026-11-20T10:00', 'demand.delivered', { hostDepartment: 'TAX2' }),
  event('2026-11-25T10:00', 'demand.completed', {}),
  event('2026-11-25T11:00', 'demand.feedback-given', {}),
];
const held = (events: StoredEvent[], now: string) =>
  timeHeld(events, { calendar, orgCode: '341523', taxService: 'TPS', now: new Date(`${now}:00+08:00`) }).map(
    (item) => [item.department, item.workingDays, item.now] as const,
  );

describe('用时带: who has had a demand how many working days', () => {
  test('each hand-over ends one stretch; weekends count for nobody; the day of arrival does not count', () => {
    expect(held(WALK, '2026-11-26T10:00')).toEqual([
      ['HALL', 0, false],
      ['TPS', 2, true],
      ['TAX2', 3, false],
    ]);
  });

  test('handled by the registering department itself: the copy for the ledger takes nothing from it', () => {
    const own = [
      event('2026-11-19T09:00', 'demand.registered', { registeringDepartment: 'HALL' }),
      event('2026-11-19T09:00', 'demand.self-handled', { hostDepartment: 'HALL' }),
      event('2026-11-19T09:00', 'demand.transferred', { from: 'HALL' }),
    ];
    expect(held(own, '2026-11-23T10:00')).toEqual([['HALL', 2, true]]);
  });

  test('a rework goes back to the host; written off it is in nobody’s hands any more', () => {
    const rework = [
      ...WALK,
      event('2026-11-26T10:00', 'demand.rework-started', { round: 1 }),
      event('2026-11-27T10:00', 'demand.feedback-given'),
      event('2026-11-30T10:00', 'demand.written-off'),
    ];
    expect(held(rework, '2026-12-07T10:00')).toEqual([
      ['HALL', 0, false],
      ['TPS', 3, false],
      ['TAX2', 4, false],
    ]);
    expect(stretchesOf(rework, 'TPS').every((stretch) => stretch.to !== null)).toBe(true);
  });

  test('a demand nobody has heard of yet has no stretch', () => expect(held([], '2026-11-19T09:00')).toEqual([]));
});
