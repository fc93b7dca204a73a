import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { isDomainError } from '../../../src/kernel/errors.ts';
import { Calendar, checkYear, type YearFile } from '../../../src/modules/calendar/index.ts';
import { seededCalendar, yearFiles } from '../../support/calendar.ts';

interface Vector {
  id: string;
  op: string;
  start: string;
  end?: string;
  days?: number;
  due?: string | null;
  dueAt?: string;
  count?: number;
  provisional?: boolean;
  error?: string;
  why: string;
}

/** A bureau may run its own vectors: SUYING_WORKDAY_VECTORS names the file. */
const file = process.env.SUYING_WORKDAY_VECTORS ?? join(import.meta.dirname, 'workday-vectors.json');
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vector[];
const calendar = seededCalendar();

function run(vector: Vector): Record<string, unknown> {
  try {
    if (vector.op === 'COUNT_WORKDAYS') return { count: calendar.countWorkingDays(vector.start, vector.end!) };
    const operation = {
      ADD_WORKDAYS: () => calendar.addWorkingDays(vector.start, vector.days!),
      SUBTRACT_WORKDAYS: () => calendar.subtractWorkingDays(vector.start, vector.days!),
      ADD_CALENDAR_DAYS_ROLL: () => calendar.addCalendarDaysRoll(vector.start, vector.days!),
    }[vector.op];
    const due = operation!();
    return { due: due.dueDate, provisional: due.provisional, dueAt: due.dueAt.toISOString() };
  } catch (error) {
    if (!isDomainError(error)) throw error;
    return { error: error.reason };
  }
}

describe('working-day vectors', () => {
  test.each(vectors.map((vector) => [vector.id, vector.why, vector] as const))('%s %s', (_id, _why, vector) => {
    const actual = run(vector);
    if (vector.error) return expect(actual).toEqual({ error: vector.error });
    if (vector.op === 'COUNT_WORKDAYS') return expect(actual.count).toBe(vector.count);
    expect(actual).toMatchObject({ due: vector.due, provisional: vector.provisional });
    if (vector.dueAt) expect(actual.dueAt).toBe(new Date(vector.dueAt).toISOString());
  });

  test.each(['UTC', 'America/Los_Angeles', 'Pacific/Kiritimati', 'Asia/Shanghai'])(
    'the process time zone %s changes nothing',
    (zone) => {
      const script = `
      import { seededCalendar } from ${JSON.stringify(join(import.meta.dirname, '../../support/calendar.ts'))};
      const c = seededCalendar();
      console.log(JSON.stringify([c.addWorkingDays('2026-10-07T17:00:00Z', 1).dueAt, c.addWorkingDays('2026-09-30', 10).dueDate, c.countWorkingDays('2026-09-30', '2026-10-08')]));`;
      const out = execFileSync(
        process.execPath,
        ['--input-type=module-typescript', '--disable-warning=ExperimentalWarning', '-e', script],
        {
          env: { ...process.env, TZ: zone, NODE_OPTIONS: '' },
          encoding: 'utf8',
        },
      );
      expect(JSON.parse(out)).toEqual(['2026-10-09T09:30:00.000Z', '2026-10-20', 1]);
    },
  );
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
