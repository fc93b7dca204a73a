import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Composed, compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { sqlOf } from '../../src/db/orm.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { actorOf } from '../../src/modules/access/index.ts';
import { clockChanges } from '../../src/modules/demands/index.ts';
import { verifyAll } from '../../src/modules/history/index.ts';
import {
  engineVerdicts,
  findMigration,
  type MigrationWork,
  rehearse,
  revertMigration,
  startMigration,
} from '../../src/modules/processes/index.ts';
import { stageOn } from '../../src/tryout/stage.ts';
import { createDatabase, dropDatabase } from '../support/database.ts';
import { deployVersion } from '../support/deploy-version.ts';
import type { TestHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';

const ROOT = join(import.meta.dirname, '../..');
const INSTANCES = 24;
/** The day after, clocks that start anew end later than rehearsed. */
const BEFORE = '2026-11-23T10:00:00+08:00';
const MIGRATED = '2026-11-24T10:00:00+08:00';
const REVERTED = '2026-11-24T11:00:00+08:00';
const AFTER = '2026-11-24T12:00:00+08:00';

/** The program is killed with SIGKILL while it migrates, and again after every start. */
describe('a migration under power cuts', () => {
  let folder: string;
  let database: { name: string; url: string } | undefined;
  let environment: Record<string, string>;
  const server = process.env.TEST_DATABASE_URL;
  const ID = 'crash-migration';
  const numbers: string[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'suying-migration-crash-'));
    if (server) database = await createDatabase(server, 'crash');
    environment = {
      NODE_ENV: 'test',
      LOG_LEVEL: 'silent',
      DEMO: 'true',
      DATABASE_POOL: '5',
      DATA_DIR: folder,
      SESSION_SECRET: 'crash-crash-crash-crash-crash-crash',
      ...(database ? { DATABASE_URL: database.url } : {}),
    };
    await opened(BEFORE, async (house) => {
      for (let n = 0; n < INSTANCES; n += 1) numbers.push(await scenes(house).register());
      // Half of them are being handled, with a clock; the others have their task in the process that moves.
      for (const number of numbers.filter((_, n) => n % 2 === 1))
        await scenes(house).complete(number, 'dispatch-demand');
      await deployVersion(house, 'fast-response', (xml) =>
        xml
          .replaceAll('dispatch-demand"', 'dispatch-anew"')
          .replaceAll('formKey="dispatch-anew"', 'formKey="dispatch-demand"'),
      );
    });
  }, 120_000);
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    if (database) await dropDatabase(server!, database.name);
  });

  /** The whole program in this process, at a moment. */
  async function opened<T>(now: string, work: (house: TestHouse) => Promise<T>): Promise<T> {
    const clock = new AdjustableClock(now);
    const composed: Composed = await compose(readConfig({ ...environment, PORT: '0' }), { clock, quiet: true });
    const address = await composed.listen();
    const stage = await stageOn(composed, address, async () => {});
    try {
      return await work({
        ...composed,
        clock,
        address,
        stage,
        as: (login) => stage.api(login),
        moveTo: async () => {},
        files: folder,
      });
    } finally {
      await composed.stop();
    }
  }

  const asAdministrator =
    (house: TestHouse, act: (work: MigrationWork) => Promise<unknown>, verdicts = new Map()) =>
    async () => {
      const actor = actorOf(await house.house.directory(), 'jinqingming')!;
      return house.house.transaction(actor, (unit) =>
        act({
          sql: sqlOf(unit.em),
          actor,
          now: house.clock.now(),
          id: ID,
          verdicts,
          clocks: (demandId, mode) => clockChanges(unit, demandId, mode),
        }),
      );
    };

  /** Starts the program again and again, killing it when some more instances are settled; answers how often it was killed in the middle. */
  async function killedUntilDone(now: string): Promise<number> {
    let kills = 0;
    for (let more = 3; ; more += 4) {
      const child = spawn(process.execPath, [join(ROOT, 'tests/crash/migrate-child.ts')], {
        cwd: ROOT,
        env: { PATH: process.env.PATH, ...environment, CRASH_NOW: new Date(now).toISOString() },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let finished = false;
      let first: number | undefined;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        for (const [, n] of text.matchAll(/settled (\d+)/g)) {
          first ??= Number(n);
          if (Number(n) >= first + more && Number(n) < INSTANCES) child.kill('SIGKILL');
        }
        if (text.includes('finished')) finished = true;
      });
      await new Promise((resolve) => child.once('exit', resolve));
      if (finished) return kills;
      kills += 1;
      if (kills > 20) throw new Error('it never comes to an end');
    }
  }

  /** Everything that is counted for every instance, after all of it. */
  const look = (house: TestHouse, type: string) =>
    house.house.sql.query<Record<string, any>>(
      `select d.number, p.process_version as version, i.state, i.reason, i.clocks, i.foreseen,
         (select count(*)::int from history_event h where h.type = $2 and h.subject_type = 'instance' and h.subject_id = p.key) as told,
         (select count(*)::int from history_event h where h.type = $2 and h.subject_type = 'demand' and h.subject_id = d.id) as "toldDemand",
         (select count(*)::int from history_event h where h.type = 'deadline.recomputed' and h.subject_id = d.id) as recomputed,
         (select json_agg(json_build_object('due', x.due_at) order by x.starts_at) from deadline x where x.subject_id = d.id and x.status = 'OPEN') as due,
         (select json_agg(json_build_object('version', t.process_version, 'element', t.element_id, 'revision', t.revision)) from task t where t.demand_id = d.id and t.status = 'OPEN') as tasks
       from migration_item i join process_instance p on p.key = i.instance_key join demand d on d.id = i.demand_id
       where i.migration_id = $1 order by d.number`,
      [ID, type],
    );

  test('killed in the middle again and again, every instance is migrated once and none is left half', async () => {
    const revision = await opened(BEFORE, async (house) => {
      const input = {
        processId: 'fast-response',
        fromVersion: 1,
        toVersion: 2,
        chosen: { all: true } as const,
        mapping: [{ from: 'dispatch-demand', to: 'dispatch-anew' }],
        clocks: 'RESTART' as const,
        reason: '新版派单一步另行编号',
      };
      const verdicts = await engineVerdicts(house.house.sql, input, house.house.rehearseMigrations);
      await asAdministrator(house, (work) => rehearse(work, input), verdicts)();
      await asAdministrator(house, async (work) =>
        startMigration(work, (await findMigration(work.sql, ID)).revision),
      )();
      const [task] = await house.house.sql.query<{ revision: number }>(
        `select revision from task where form_id = 'dispatch-demand' and status = 'OPEN' limit 1`,
      );
      return task!.revision;
    });
    expect(await killedUntilDone(MIGRATED)).toBeGreaterThan(1);
    await opened(MIGRATED, async (house) => {
      const { sql } = house.house;
      expect(await findMigration(sql, ID)).toMatchObject({ state: 'DONE', counts: { DONE: INSTANCES } });
      const items = await look(house, 'instance.migrated');
      expect(items).toHaveLength(INSTANCES);
      for (const [n, item] of items.entries()) {
        expect(item).toMatchObject({
          version: 2,
          state: 'DONE',
          told: 1,
          toldDemand: 1,
          recomputed: item.clocks.length,
        });
        // Rehearsed on the day itself nothing would have moved.
        expect([item.foreseen, item.clocks.length]).toEqual([[], n % 2]);
        expect(item.tasks).toEqual(
          n % 2 === 1
            ? [{ version: 1, element: 'handle', revision: expect.any(Number) }]
            : [{ version: 2, element: 'dispatch-anew', revision: revision + 1 }],
        );
        expect((item.due ?? []).map((clock: { due: string }) => new Date(clock.due).toISOString())).toEqual(
          expect.arrayContaining(item.clocks.map((clock: { to: string }) => clock.to)),
        );
      }
      await untouched(house);
    });
  }, 240_000);

  test('taken back under the same conditions, every instance and every clock is where it was', async () => {
    await opened(REVERTED, (house) => asAdministrator(house, (work) => revertMigration(work, '新版还要再改'))());
    expect(await killedUntilDone(REVERTED)).toBeGreaterThan(1);
    await opened(AFTER, async (house) => {
      expect(await findMigration(house.house.sql, ID)).toMatchObject({
        state: 'REVERTED',
        counts: { REVERTED: INSTANCES },
      });
      for (const [n, item] of (await look(house, 'instance.migration-reverted')).entries()) {
        expect(item).toMatchObject({ version: 1, told: 1, toldDemand: 1, recomputed: 2 * item.clocks.length });
        expect(item.tasks).toMatchObject([{ version: 1, element: n % 2 === 1 ? 'handle' : 'dispatch-demand' }]);
        expect((item.due ?? []).map((clock: { due: string }) => new Date(clock.due).toISOString())).toEqual(
          expect.arrayContaining(item.clocks.map((clock: { from: string }) => clock.from)),
        );
      }
      await untouched(house);
      // And they go on.
      await scenes(house).complete(numbers[0]!, 'dispatch-demand');
      expect((await scenes(house).open(numbers[0]!)).map((task) => task.formId)).toEqual(['handle-demand']);
    });
  }, 240_000);

  /** Nothing is stuck or left over, one open job for each instance, and the chain of history is whole. */
  async function untouched(house: TestHouse): Promise<void> {
    const { sql } = house.house;
    expect(await sql.query('select command_id from engine_outbox')).toEqual([]);
    expect(await sql.query('select element_id from incident_view where resolved_at is null')).toEqual([]);
    const roots = await sql.query<{ key: string; calls: number }>(
      `select key, (select count(*)::int from process_instance c where c.parent_key = p.key and c.state = 'ACTIVE') as calls
       from process_instance p where state = 'ACTIVE' and parent_key is null`,
    );
    expect(roots).toHaveLength(INSTANCES);
    for (const { key, calls } of roots) expect((await house.house.inspectInstance(key))!.jobs.length + calls).toBe(1);
    expect((await verifyAll(sql)).breaks).toEqual([]);
  }
});
