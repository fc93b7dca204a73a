import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../../support/house.ts';
import { scenes } from '../../support/scenes.ts';
import { onBroker, type TestBroker, testBroker } from '../../support/zeebe.ts';

/** The same database is opened three times, each time with another setting: an embedded one in a folder serves for that. */
const onFolder = process.env.TEST_DATABASE_URL ? describe.skip : describe;

onFolder('a site changes its engine while demands are running', () => {
  let broker: TestBroker;
  let folder: string;
  let house: TestHouse;
  const numbers: Record<string, string> = {};

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'suying-two-engines-'));
    broker = await testBroker({ controlledClock: false });
  }, 400_000);
  afterAll(async () => {
    await house?.stop();
    await broker?.remove();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  async function open(engine: string): Promise<void> {
    await house?.stop();
    house = await testHouse('2026-11-23T10:00:00+08:00', {
      ...onBroker(broker),
      PGLITE_DATA: folder,
      ENGINE: engine,
    });
  }
  /** The engine a demand runs on, by the size of its key, and the version it runs on. */
  async function whereIs(number: string) {
    const [row] = await house.house.sql.query<{ key: string; process_version: number }>(
      `select p.key, p.process_version from process_instance p join demand d on d.id = p.demand_id
       where d.number = $1 and p.process_id = 'fast-response'`,
      [number],
    );
    return row && { engine: BigInt(row.key) >= 1n << 51n ? 'zeebe' : 'embedded', version: row.process_version };
  }
  const formsOf = async (number: string) => (await scenes(house).open(number)).map((task) => task.formId);

  test('on the embedded engine, then on Zeebe, then back: each finishes where it began, all on one version', async () => {
    await open('embedded');
    numbers.first = await scenes(house).register();
    expect(await whereIs(numbers.first)).toEqual({ engine: 'embedded', version: 1 });

    await open('zeebe');
    numbers.second = await scenes(house).register({ title: '第二件' });
    expect(await whereIs(numbers.second)).toEqual({ engine: 'zeebe', version: 1 });
    await scenes(house).complete(numbers.first, 'dispatch-demand');
    expect(await formsOf(numbers.first)).toEqual(['handle-demand']);

    await open('embedded');
    numbers.third = await scenes(house).register({ title: '第三件' });
    expect(await whereIs(numbers.third)).toEqual({ engine: 'embedded', version: 1 });
    await scenes(house).complete(numbers.second, 'dispatch-demand');
    expect(await formsOf(numbers.second)).toEqual(['handle-demand']);
  }, 600_000);

  test('the comparison looks at both engines and finds them well; a lost task comes back from either', async () => {
    expect((await house.house.reconcile()).found).toEqual([]);
    for (const number of [numbers.first!, numbers.second!]) {
      const [task] = await scenes(house).open(number);
      await house.house.sql.query('delete from task where id = $1', [task!.id]);
      const { found } = await house.house.reconcile();
      expect(found.map((item) => [item.kind, item.repaired])).toEqual([['job-without-task', true]]);
      expect(await formsOf(number)).toEqual(['handle-demand']);
    }
  }, 300_000);

  test('the page of the system tells of the cluster and its records', async () => {
    const { zeebe, name } = await house.house.engineState();
    expect(name).toBe('embedded');
    expect(zeebe).toMatchObject({ reachable: true, version: '8.5.8', partitions: 1, unclear: [] });
    expect(zeebe!.lag[0]!.projected).toBe(zeebe!.lag[0]!.received);
  }, 60_000);
});
