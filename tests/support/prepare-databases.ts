import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migratedImage, openDatabase } from '../../src/db/orm.ts';
import { createDatabase } from './database.ts';

const ROOT = join(import.meta.dirname, '../..');
const KEPT_MS = 4 * 3_600_000;
/** What a furnished house is made of, besides its packages. */
const FURNITURE = ['src', 'migrations', 'data', 'rules', 'processes', 'tests/support/furnish-house.ts'];

/** Suites named one by one; those of the engines, whose houses keep their processes elsewhere. */
const UNFURNISHED = /\.test(\.ts)?$|^tests\/(?:contract|zeebe)\//;

/** Of what jest hands in: what suites were named by. */
interface Run {
  testPathPatterns: { patterns: readonly string[] };
}

/**
 * Once for a run of jest: a database with the whole schema, from which each suite's own is copied, and one in which a house has been before,
 * with its organisation, calendar, rules and processes, for the suites that start houses. Migrating and furnishing in every suite would be
 * half of the time of all tests. A file of an earlier run is taken when nothing it is made of has changed since. A house is not furnished for
 * suites that are named one by one: theirs begin empty unless there is a furnished one already.
 */
export default async function prepareDatabases(run: Run): Promise<void> {
  const { patterns } = run.testPathPatterns;
  const few = patterns.length > 0 && patterns.every((pattern) => UNFURNISHED.test(pattern));
  const server = process.env.TEST_DATABASE_URL;
  if (server) {
    const schema = await createDatabase(server, 'template');
    await (await openDatabase([], { url: schema.url, dataDir: '' })).close();
    process.env.TEST_DATABASE_TEMPLATE = schema.name;
    if (few) return;
    const house = await createDatabase(server, 'house_template', schema.name);
    furnish({ DATABASE_URL: house.url });
    process.env.TEST_HOUSE_TEMPLATE = house.name;
    return;
  }
  const schema = fileOf('schema', ['migrations']);
  await made(schema, async (file) => writeFileSync(file, Buffer.from(await (await migratedImage()).arrayBuffer())));
  process.env.TEST_DATABASE_IMAGE = schema;
  const house = fileOf('house', FURNITURE);
  if (few && !existsSync(house)) return;
  await made(house, async (file) => furnish({ SCHEMA_IMAGE: schema, HOUSE_IMAGE: file }));
  process.env.TEST_HOUSE_IMAGE = house;
}

/** In a process of its own, by the node the project brings: it runs the program as it is, nothing has to be made ready for jest. */
function furnish(environment: Record<string, string>): void {
  const script = join(import.meta.dirname, 'furnish-house.ts');
  execFileSync(join(ROOT, 'node_modules/.bin/node'), [script], {
    stdio: 'inherit',
    env: { PATH: process.env.PATH, ...environment },
  });
}

/** A file named by what its content is made of. */
function fileOf(name: string, parts: readonly string[]): string {
  const hash = createHash('sha256').update(readFileSync(join(ROOT, 'package-lock.json')));
  for (const path of parts.flatMap(filesOf).sort()) hash.update(path).update(readFileSync(join(ROOT, path)));
  return join(tmpdir(), `suying-${name}-${hash.digest('hex').slice(0, 16)}.tar`);
}

/** Makes a file only where there is none yet; two runs at once do not write into each other's. */
async function made(file: string, make: (file: string) => Promise<void>): Promise<void> {
  if (existsSync(file)) return utimesSync(file, new Date(), new Date());
  const written = `${file}.${process.pid}`;
  await make(written);
  renameSync(written, file);
  // Of programs that are gone; no run takes so long after it began.
  for (const name of readdirSync(tmpdir()).filter((one) => /^suying-house-\w+\.tar/.test(one))) {
    const old = join(tmpdir(), name);
    if (Date.now() - (statSync(old, { throwIfNoEntry: false })?.mtimeMs ?? Date.now()) > KEPT_MS)
      rmSync(old, { force: true });
  }
}

const filesOf = (part: string): string[] =>
  part.endsWith('.ts')
    ? [part]
    : readdirSync(join(ROOT, part), { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
