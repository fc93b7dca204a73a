import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { suitesAndTheirFiles, suitesWithoutDatabase } from './support/database-suites.ts';

/** A run of all suites on PostgreSQL leaves out what cannot know where it runs. Nothing that opens a database may slip in there. */
describe('suites that run once, not on each database', () => {
  const files = suitesAndTheirFiles();
  const once = suitesWithoutDatabase();

  test('none of them opens a database of the program', () => {
    const opening = /import [^;]*\b(?:openDatabase|compose)\b[^;]* from|from '(?:pg|@electric-sql\/pglite)'/;
    const wrong = once.filter((suite) => files.get(suite)!.some((file) => opening.test(readFileSync(file, 'utf8'))));
    expect(wrong).toEqual([]);
  });

  test('whatever has a house or a database of the run is on both', () => {
    const doors = ['house.ts', 'database.ts', 'scenes.ts', 'walk.ts'].map((name) => join('support', name));
    const touching = [...files].filter(([, own]) => own.some((file) => doors.some((door) => file.endsWith(door))));
    expect(touching.length).toBeGreaterThan(80);
    expect(touching.map(([suite]) => suite).filter((suite) => once.includes(suite))).toEqual([]);
  });

  test('a suite of pure functions is among them, one that starts houses is not', () => {
    expect(once).toContain('modules/calendar/calendar.test.ts');
    expect(once).not.toContain('web/scope-matrix.test.ts');
    expect(once).not.toContain('crash/crash.test.ts');
    expect(once).not.toContain('contract/embedded-parity.test.ts');
  });
});
