import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  Calendar,
  type CalendarDay,
  calendarGaps,
  checkYear,
  type YearFile,
} from '../../../src/modules/calendar/index.ts';
import { seededCalendar, yearFiles } from '../../support/calendar.ts';
import { type Answer, answer, expected, readVectors } from './run-vectors.ts';

const vectors = readVectors();
const calendar = seededCalendar();

describe('working-day vectors', () => {
  test('there are some', () => expect(vectors.length).toBeGreaterThan(0));

  test.each(vectors.map((vector) => [vector.id, vector.why, vector] as const))('%s %s', (_id, _why, vector) => {
    expect(answer(calendar, vector)).toMatchObject(expected(vector));
  });

  test.each(['UTC', 'America/New_York', 'Asia/Shanghai', 'Pacific/Kiritimati'])(
    'every vector comes out the same in a process of time zone %s',
    (zone) => {
      const out = execFileSync(
        process.execPath,
        ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'run-vectors.ts')],
        { env: { ...process.env, TZ: zone, NODE_OPTIONS: '' }, encoding: 'utf8' },
      );
      const answers = JSON.parse(out) as Answer[];
      expect(answers).toHaveLength(vectors.length);
      for (const [index, vector] of vectors.entries()) expect(answers[index]).toMatchObject(expected(vector));
    },
  );
});

/** Calendars with holidays, make-up workdays and closures anywhere: the laws hold for all of them, not only for ours. */
const anyCalendar = fc
  .array(
    fc.record({
      day: fc.integer({ min: 0, max: 1094 }),
      kind: fc.constantFrom<CalendarDay['kind']>('HOLIDAY', 'MAKEUP_WORKDAY', 'TEMP_CLOSURE'),
    }),
    { maxLength: 120 },
  )
  .map(
    (days) =>
      new Calendar({
        version: 1,
        years: yearFiles,
        days: days.map(({ day, kind }) => ({
          date: new Date(Date.UTC(2025, 0, 1 + day)).toISOString().slice(0, 10),
          kind,
          name: '例外',
        })),
        hours: [],
      }),
  );

describe('laws of any calendar', () => {
  const start = fc
    .integer({ min: 0, max: 700 })
    .map((n) => new Date(Date.UTC(2025, 0, 2 + n)).toISOString().slice(0, 10));
  const few = fc.integer({ min: 1, max: 15 });

  test('additive: a days and then b days are a + b days', () => {
    fc.assert(
      fc.property(anyCalendar, start, few, few, (any, from, a, b) => {
        const inSteps = any.addWorkingDays(any.addWorkingDays(from, a).dueDate, b);
        expect(inSteps.dueDate).toBe(any.addWorkingDays(from, a + b).dueDate);
      }),
    );
  });

  test('monotone: a later start never ends earlier, one day more always ends later', () => {
    fc.assert(
      fc.property(anyCalendar, start, start, few, (any, a, b, days) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(any.addWorkingDays(early, days).dueDate <= any.addWorkingDays(late, days).dueDate).toBe(true);
        expect(any.addWorkingDays(early, days).dueDate < any.addWorkingDays(early, days + 1).dueDate).toBe(true);
      }),
    );
  });

  test('inverse: counting comes back to n, and going back from the due day to a working day returns', () => {
    fc.assert(
      fc.property(anyCalendar, start, few, (any, from, days) => {
        const due = any.addWorkingDays(from, days).dueDate;
        expect(any.countWorkingDays(from, due)).toBe(days);
        expect(any.countWorkingDays(due, from)).toBe(-days);
        if (any.isWorkday(from)) expect(any.subtractWorkingDays(due, days).dueDate).toBe(from);
      }),
    );
  });

  test('the instant of a start and its calendar day in Shanghai count alike', () => {
    fc.assert(
      fc.property(anyCalendar, start, fc.integer({ min: 0, max: 86_399 }), few, (any, from, second, days) => {
        const instant = new Date(Date.parse(`${from}T00:00:00+08:00`) + second * 1000);
        expect(any.addWorkingDays(instant, days).dueDate).toBe(any.addWorkingDays(from, days).dueDate);
      }),
    );
  });
});

describe('years without data', () => {
  test('are refused with what to do, never guessed', () => {
    expect(() => calendar.addWorkingDays('2027-12-30', 5)).toThrow(
      '日历里没有 2028 年的放假安排，不能推算期限。请先由流程管理员导入 2028 年日历。',
    );
    expect(() => calendar.isWorkday('2024-06-03')).toThrow('日历里没有 2024 年的放假安排');
    expect(() => calendar.countWorkingDays('2027-12-30', '2028-01-04')).toThrow('2028');
  });

  test('a way through a year that is not published is marked', () => {
    expect(calendar.addWorkingDays('2026-12-30', 1).provisional).toBe(false);
    expect(calendar.addWorkingDays('2026-12-30', 2).provisional).toBe(true);
  });

  test.each([
    ['2026-11-15', []],
    ['2026-11-16', [{ year: 2027, state: 'PROVISIONAL' }]],
    ['2027-01-04', [{ year: 2027, state: 'PROVISIONAL' }]],
    [
      '2027-11-20',
      [
        { year: 2027, state: 'PROVISIONAL' },
        { year: 2028, state: 'MISSING' },
      ],
    ],
  ])('on %s these years are asked for', (today, gaps) => {
    expect(calendarGaps(calendar, today)).toEqual(gaps);
  });
});

describe('laws of working days', () => {
  const start = fc
    .integer({ min: 0, max: 700 })
    .map((n) => new Date(Date.UTC(2025, 0, 2 + n)).toISOString().slice(0, 10));

  test('the due day is a working day after the start, and counting comes back to n', () => {
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 30 }), (from, days) => {
        const due = calendar.addWorkingDays(from, days);
        expect(calendar.isWorkday(due.dueDate)).toBe(true);
        expect(due.dueDate > from).toBe(true);
        expect(calendar.countWorkingDays(from, due.dueDate)).toBe(days);
        expect(due.days.filter((day) => day.count !== null)).toHaveLength(days);
      }),
    );
  });

  test('a later start or more days never gives an earlier due day', () => {
    fc.assert(
      fc.property(start, start, fc.integer({ min: 1, max: 20 }), (a, b, days) => {
        const [early, late] = a < b ? [a, b] : [b, a];
        expect(calendar.addWorkingDays(early, days).dueDate <= calendar.addWorkingDays(late, days).dueDate).toBe(true);
        expect(calendar.addWorkingDays(early, days).dueDate < calendar.addWorkingDays(early, days + 1).dueDate).toBe(
          true,
        );
      }),
    );
  });

  test('from a working day, going forward and back returns', () => {
    fc.assert(
      fc.property(start, fc.integer({ min: 1, max: 20 }), (from, days) => {
        fc.pre(calendar.isWorkday(from) && from > '2025-02-20');
        expect(calendar.subtractWorkingDays(calendar.addWorkingDays(from, days).dueDate, days).dueDate).toBe(from);
      }),
    );
  });
});

describe('scopes', () => {
  test('a temporary closure moves the due day of its bureau only', () => {
    const local = new Calendar({
      version: 2,
      years: yearFiles,
      days: [
        ...yearFiles.flatMap((year) => year.days),
        { date: '2026-11-25', kind: 'TEMP_CLOSURE', name: '暴雪停班', orgCode: '341525' },
      ],
      hours: [
        { orgCode: null, from: '2026-01-01', close: '17:30' },
        { orgCode: '341525', from: '2026-07-01', close: '18:00' },
      ],
    });
    expect(local.addWorkingDays('2026-11-23', 5, '341525').dueAt.toISOString()).toBe('2026-12-01T10:00:00.000Z');
    expect(local.addWorkingDays('2026-11-23', 5, '341500').dueAt.toISOString()).toBe('2026-11-30T09:30:00.000Z');
  });

  test('an arrangement with mistakes is refused with every line named', () => {
    const wrong: YearFile = {
      year: 2027,
      status: 'PUBLISHED',
      source: '通知',
      days: [
        { date: '2027-02-30', kind: 'HOLIDAY', name: '春节' },
        { date: '2026-10-01', kind: 'HOLIDAY', name: '国庆节' },
        { date: '2027-10-08', kind: 'MAKEUP_WORKDAY', name: '补班' },
      ],
    };
    expect(() => checkYear(wrong)).toThrow('放假安排有 3 处需要修改');
  });
});
