import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

const TESTS = join(import.meta.dirname, '..');
const IMPORT = /(?:from|import\()\s*'(\.[^']+)'/g;

/** Every suite with all files of `tests/` it is made of: itself and what it takes from its neighbours, however far. */
export function suitesAndTheirFiles(): Map<string, string[]> {
  const suites = readdirSync(TESTS, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.test.ts'));
  return new Map(suites.sort().map((suite) => [suite, [...reached(join(TESTS, suite), new Set())]]));
}

/**
 * Suites that cannot know which database they run on, because nothing they are made of asks for it: they say the same on PGlite and on
 * PostgreSQL, and say it once. The door to a database of the run is its address in the environment.
 */
export const suitesWithoutDatabase = (): string[] =>
  [...suitesAndTheirFiles()]
    .filter(([, files]) => !files.some((file) => readFileSync(file, 'utf8').includes('TEST_DATABASE_URL')))
    .map(([suite]) => suite);

function reached(file: string, seen: Set<string>): Set<string> {
  if (seen.has(file) || !existsSync(file) || relative(TESTS, file).startsWith('..')) return seen;
  seen.add(file);
  for (const [, path] of readFileSync(file, 'utf8').matchAll(IMPORT)) reached(join(dirname(file), path!), seen);
  return seen;
}
