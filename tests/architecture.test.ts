import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from '@jest/globals';

/**
 * The import table of the house (design, section 2) as data. A room may import what its line names, besides itself.
 * `kernel` and `db` are open to all except where a line says otherwise.
 */
const MODULES: Record<string, string[]> = {
  history: [],
  calendar: [],
  forms: [],
  attachments: ['history'],
  org: ['history'],
  rules: ['history'],
  deadlines: ['calendar', 'history'],
  processes: ['engine/port', 'engine/outbox', 'rules', 'forms', 'history'],
  access: ['org', 'history'],
  notifications: ['org', 'history'],
  demands: ['org', 'deadlines', 'history', 'engine/outbox'],
  tasks: ['demands', 'forms', 'org', 'deadlines', 'history', 'engine/outbox'],
  feedback: ['demands', 'notifications', 'history'],
  supervision: ['demands', 'tasks', 'deadlines', 'notifications', 'org', 'history'],
  papers: ['demands', 'deadlines', 'history', 'org'],
  statistics: ['demands', 'tasks', 'deadlines', 'feedback', 'supervision', 'history'],
  portal: ['demands', 'feedback', 'statistics'],
};
/** Doors of the house: no business decision, never each other, never an adapter. */
const DOORS = ['web', 'workers', 'cli'];
/** Composition: knows every part. */
const TOP = ['main.ts', 'compose.ts', 'config.ts'];

const root = join(import.meta.dirname, '..');
const src = join(root, 'src');

interface Arrow {
  from: string;
  to: string;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [
    ...text.matchAll(
      /^\s*(?:import|export)\b[^;'"]*?from\s+['"]([^'"]+)['"]|\bimport\(\s*['"]([^'"]+)['"]\s*\)|^\s*import\s+['"]([^'"]+)['"]/gm,
    ),
  ].map((match) => (match[1] ?? match[2] ?? match[3])!);
}

const files = filesBelow(src);
const arrows: Arrow[] = files.flatMap((file) =>
  importsOf(file)
    .filter((specifier) => specifier.startsWith('.'))
    .map((specifier) => ({ from: relative(src, file), to: relative(src, join(dirname(file), specifier)) })),
);

/** The room of a file: `modules/demands`, `engine/embedded`, `engine/port`, `kernel`, `web`, ... */
function roomOf(path: string): string {
  const [first, second] = path.split('/');
  if (first === 'modules') return `modules/${second}`;
  if (first === 'engine') return `engine/${second!.replace(/\.ts$/, '')}`;
  return first!;
}

function allowed(from: string, to: string): boolean {
  const [a, b] = [roomOf(from), roomOf(to)];
  if (a === b) return true;
  if (a === 'kernel') return false;
  if (b === 'kernel') return true;
  if (a === 'db') return b.startsWith('..');
  if (b === 'db') return true;
  if (a === 'compose.ts') return b !== 'main.ts';
  if (a === 'main.ts') return ['compose.ts', 'config.ts'].includes(b);
  if (['engine/outbox', 'engine/embedded', 'engine/zeebe', 'engine/router'].includes(a)) return b === 'engine/port';
  if (a.startsWith('modules/')) {
    const line = MODULES[a.slice('modules/'.length)];
    return line?.includes(b.startsWith('modules/') ? b.slice('modules/'.length) : b) ?? false;
  }
  // Designs are tried and demands are driven through the modules and the API, for all doors alike.
  if (a === 'tryout') return b.startsWith('modules/') || b === 'engine/port';
  if (DOORS.includes(a)) return b.startsWith('modules/') || b === 'engine/port' || b === 'config.ts' || b === 'tryout';
  return false;
}

describe('the arrows of the house', () => {
  test('every import is in the table', () => {
    const wrong = arrows.filter(({ from, to }) => !to.startsWith('..') && !allowed(from, to));
    // The command line composes its own house; that is the one arrow from a door to the top.
    const unexpected = wrong.filter(({ from, to }) => !(from.startsWith('cli/') && to === 'compose.ts'));
    expect(unexpected).toEqual([]);
  });

  test('outside src only migrations are imported, and only by db', () => {
    const outside = arrows.filter(({ to }) => to.startsWith('..'));
    expect(outside.filter(({ from, to }) => !(roomOf(from) === 'db' && to.startsWith('../migrations/')))).toEqual([]);
  });

  test('a module is entered by its door only', () => {
    const past = arrows.filter(
      ({ from, to }) => to.startsWith('modules/') && roomOf(from) !== roomOf(to) && !to.endsWith('/index.ts'),
    );
    const pastAdapter = arrows.filter(
      ({ from, to }) =>
        /^engine\/(embedded|outbox|zeebe|router)\//.test(to) &&
        roomOf(from) !== roomOf(to) &&
        to.split('/').length > 2 &&
        !to.endsWith('/index.ts'),
    );
    expect([...past, ...pastAdapter]).toEqual([]);
  });

  test('inside a room nobody imports the own door', () => {
    const own = arrows.filter(({ from, to }) => roomOf(from) === roomOf(to) && /^modules\/[^/]+\/index\.ts$/.test(to));
    expect(own).toEqual([]);
  });

  test('there is no ring between files', () => {
    const next = new Map<string, string[]>();
    for (const { from, to } of arrows) next.set(from, [...(next.get(from) ?? []), to]);
    const state = new Map<string, 'open' | 'done'>();
    const rings: string[] = [];
    const visit = (file: string, path: string[]): void => {
      if (state.get(file) === 'done') return;
      if (state.get(file) === 'open') {
        rings.push([...path.slice(path.indexOf(file)), file].join(' -> '));
        return;
      }
      state.set(file, 'open');
      for (const target of next.get(file) ?? []) visit(target, [...path, file]);
      state.set(file, 'done');
    };
    for (const file of files) visit(relative(src, file), []);
    expect(rings).toEqual([]);
  });

  test('process.env is read in config.ts only', () => {
    const readers = files.filter((file) => /process\s*\.\s*env\b/.test(readFileSync(file, 'utf8')));
    expect(readers.map((file) => relative(src, file))).toEqual(['config.ts']);
  });

  test('no room is called utils, helpers or common, and no file lies loose in src', () => {
    expect(files.filter((file) => /(^|\/)(utils|helpers|common)(\/|\.ts$)/.test(relative(src, file)))).toEqual([]);
    const loose = readdirSync(src, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name);
    expect(loose.filter((name) => !TOP.includes(name))).toEqual([]);
  });

  test('zeebe-node is imported in engine/zeebe only, the ORM drivers in db only', () => {
    const users = files.filter((file) => importsOf(file).includes('zeebe-node')).map((file) => relative(src, file));
    expect(users.filter((file) => !file.startsWith('engine/zeebe/'))).toEqual([]);
    const drivers = files.filter((file) =>
      importsOf(file).some((s) => ['pg', '@electric-sql/pglite', 'kysely'].includes(s)),
    );
    expect(drivers.map((file) => relative(src, file)).filter((file) => !file.startsWith('db/'))).toEqual([]);
  });
});
