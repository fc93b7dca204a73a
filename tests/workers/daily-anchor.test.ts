import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type EntityManager, type OpenDatabase, sqlOf } from '../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { appendEvent } from '../../src/modules/history/index.ts';
import { ANCHOR_FILE, dailyAnchor, type RunWork } from '../../src/workers/index.ts';
import { testDatabase } from '../support/database.ts';

let db: OpenDatabase;
let folder: string;
const clock = new AdjustableClock('2026-11-23T09:00:00+08:00');
const run: RunWork = (work) =>
  db.em().transactional((em) => work({ em: em as EntityManager, clock, actor: SYSTEM_ACTOR } as never));
const lines = () =>
  readFileSync(join(folder, ANCHOR_FILE), 'utf8')
    .split('\n')
    .filter((line) => line !== '');
const happens = () =>
  run((work) =>
    appendEvent(sqlOf(work.em), {
      subjectType: 'demand',
      subjectId: 'd-1',
      type: 'demand.registered',
      occurredAt: clock.now(),
      actor: SYSTEM_ACTOR,
      payload: {},
    }),
  );

beforeAll(async () => {
  db = await testDatabase();
  folder = mkdtempSync(join(tmpdir(), 'suying-anchors-'));
});
afterAll(async () => {
  await db?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('one seal a day, kept outside; a day without a folder and a line cut off by a crash are made good', async () => {
  await happens();
  const inside = dailyAnchor(run, undefined);
  expect(await inside()).toMatchObject({ number: 1, chains: 1, events: 1 });
  expect(await inside()).toBeUndefined();

  const outside = dailyAnchor(run, folder);
  await outside();
  expect(lines().map((line) => JSON.parse(line).number)).toEqual([1]);

  clock.set('2026-11-24T00:00:30+08:00');
  await happens();
  expect(await outside()).toMatchObject({ number: 2, events: 2 });
  expect(await outside()).toBeUndefined();
  expect(lines().map((line) => JSON.parse(line).number)).toEqual([1, 2]);

  appendFileSync(join(folder, ANCHOR_FILE), '{"number":3,"made');
  clock.set('2026-11-25T08:00:00+08:00');
  await dailyAnchor(run, folder)();
  expect(lines()).toHaveLength(4);
  expect(JSON.parse(lines()[3]!).number).toBe(3);
});
