import { describe, expect, test } from '@jest/globals';
import { deliveryMoment } from '../../../src/modules/notifications/index.ts';
import { seededCalendar } from '../../support/calendar.ts';

const calendar = seededCalendar();
const hours = { window: '08:30-17:30', isWorkday: (date: string) => calendar.isWorkday(date, '341523') };

describe('people are told in working hours only', () => {
  test.each([
    ['within the hours: at once', '2026-11-23T09:12:00+08:00', '2026-11-23T09:12:00+08:00'],
    ['at the opening: at once', '2026-11-23T08:30:00+08:00', '2026-11-23T08:30:00+08:00'],
    ['before the opening: at the opening', '2026-11-23T00:00:00+08:00', '2026-11-23T08:30:00+08:00'],
    ['at the close: next working day', '2026-11-23T17:30:00+08:00', '2026-11-24T08:30:00+08:00'],
    ['Friday evening: Monday', '2026-11-27T19:30:00+08:00', '2026-11-30T08:30:00+08:00'],
    ['Saturday: Monday', '2026-11-28T10:00:00+08:00', '2026-11-30T08:30:00+08:00'],
    ['a make-up Sunday is a working day', '2026-09-20T10:00:00+08:00', '2026-09-20T10:00:00+08:00'],
    ['before the long holiday: after it', '2026-02-14T18:00:00+08:00', '2026-02-24T08:30:00+08:00'],
    ['National Day: after the seventh', '2026-09-30T17:45:00+08:00', '2026-10-08T08:30:00+08:00'],
    ['over the turn of the year', '2026-12-31T20:00:00+08:00', '2027-01-04T08:30:00+08:00'],
  ])('%s', (_name, at, told) => {
    expect(deliveryMoment(new Date(at), hours).toISOString()).toBe(new Date(told).toISOString());
  });

  test('a calendar that never works does not swallow the message', () => {
    const at = new Date('2026-11-23T19:00:00+08:00');
    expect(deliveryMoment(at, { window: '08:30-17:30', isWorkday: () => false })).toEqual(at);
  });
});
