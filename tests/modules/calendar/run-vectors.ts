import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDomainError } from '../../../src/kernel/errors.ts';
import type { Calendar } from '../../../src/modules/calendar/index.ts';
import { seededCalendar } from '../../support/calendar.ts';

export interface Vector {
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
export type Answer = Record<string, unknown>;

/** A bureau may run its own vectors: SUYING_WORKDAY_VECTORS names the file. */
export const vectorFile = process.env.SUYING_WORKDAY_VECTORS ?? join(import.meta.dirname, 'workday-vectors.json');
export const readVectors = (): Vector[] => JSON.parse(readFileSync(vectorFile, 'utf8')) as Vector[];

/** What the calendar answers to a vector, in the vector's own words. */
export function answer(calendar: Calendar, vector: Vector): Answer {
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

/** What a vector asks for, in the same shape. */
export function expected(vector: Vector): Answer {
  if (vector.error) return { error: vector.error };
  if (vector.op === 'COUNT_WORKDAYS') return { count: vector.count };
  return {
    due: vector.due,
    provisional: vector.provisional,
    ...(vector.dueAt ? { dueAt: new Date(vector.dueAt).toISOString() } : {}),
  };
}

// Run as a program it prints all answers: the suite starts it once in each time zone.
if (process.argv[1] === import.meta.filename) {
  const calendar = seededCalendar();
  console.log(JSON.stringify(readVectors().map((vector) => answer(calendar, vector))));
}
