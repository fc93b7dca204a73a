import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { crashRun } from './crash-run.ts';

/** A short run in the suite; the long one is `npm run test:crash`. */
const server = process.env.TEST_DATABASE_URL;
let folder: string;
let url: string | undefined;
const admin = async (statement: string) => {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(statement);
  await client.end();
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'suying-crash-'));
  if (!server) return;
  const name = `crash_${randomBytes(8).toString('hex')}`;
  await admin(`create database ${name}`);
  const address = new URL(server);
  address.pathname = `/${name}`;
  url = address.href;
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  if (url) await admin(`drop database ${new URL(url).pathname.slice(1)} with (force)`);
});

test('killed again and again under load, nothing confirmed is lost and nothing happens twice', async () => {
  const report = await crashRun({
    folder,
    ...(url ? { url } : {}),
    kills: server ? 6 : 3,
    // On a server several partitions, as several processes share them; the embedded database has one.
    partitions: server ? 4 : 1,
    walkers: 4,
    stepsAtMost: 24,
  });
  expect(report.wrong).toEqual([]);
  expect(report.confirmedRegistrations).toBeGreaterThan(0);
  expect(report.confirmedCompletions).toBeGreaterThan(0);
}, 240_000);
