import { describe, expect, test } from '@jest/globals';
import { nextSteps } from '../../../src/modules/deadlines/index.ts';
import { seededCalendar } from '../../support/calendar.ts';

const calendar = seededCalendar();
const clock = (change: Record<string, unknown> = {}) =>
  ({
    kind: 'HANDLING',
    status: 'OPEN',
    dueAt: new Date('2026-11-30T17:30:00+08:00'),
    dueDate: '2026-11-30',
    orgCode: '341523',
    warnedAt: null,
    overdueNoticedAt: null,
    ...change,
  }) as never;
const steps = (clocks: never[], now: string, warnBefore = 1) =>
  nextSteps(clocks, { calendar, now: new Date(`${now}:00+08:00`), warnBefore }).map((step) => [
    step.clock,
    step.kind,
    step.at.toISOString(),
  ]);

describe('若今天不办: what the sweep does next', () => {
  test.each([
    [
      'a warning on the working day before, then overdue',
      clock(),
      1,
      ['2026-11-26T16:00:00.000Z', '2026-11-30T09:30:00.000Z'],
    ],
    [
      'two days before where the parameter says so',
      clock(),
      2,
      ['2026-11-25T16:00:00.000Z', '2026-11-30T09:30:00.000Z'],
    ],
    ['warned already: only overdue', clock({ warnedAt: new Date() }), 1, ['2026-11-30T09:30:00.000Z']],
    ['noticed already: nothing', clock({ warnedAt: new Date(), overdueNoticedAt: new Date() }), 1, []],
    ['stopped: nothing', clock({ status: 'STOPPED' }), 1, []],
    ['paused: nothing', clock({ status: 'PAUSED' }), 1, []],
  ])('%s', (_what, given, warnBefore, moments) => {
    expect(steps([given], '2026-11-24T10:00', warnBefore).map(([, , at]) => at)).toEqual(moments);
  });

  test('several clocks in the order of time; what is due at once is said as now', () => {
    const feedback = clock({ kind: 'FEEDBACK', dueDate: '2026-11-25', dueAt: new Date('2026-11-25T17:30:00+08:00') });
    expect(steps([clock(), feedback], '2026-11-24T10:00')).toEqual([
      ['FEEDBACK', 'WARNING', '2026-11-24T02:00:00.000Z'],
      ['FEEDBACK', 'OVERDUE', '2026-11-25T09:30:00.000Z'],
      ['HANDLING', 'WARNING', '2026-11-26T16:00:00.000Z'],
      ['HANDLING', 'OVERDUE', '2026-11-30T09:30:00.000Z'],
    ]);
  });
});
