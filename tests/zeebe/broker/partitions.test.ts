import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DrivenDemand, driveDemands } from '../../../src/tryout/drive-demands.ts';
import { demandCases, expectAsForeseen, firstReceived } from '../../support/foreseen.ts';
import { type TestHouse, testHouse } from '../../support/house.ts';
import { onBroker, type TestBroker, testBroker } from '../../support/zeebe.ts';

/** From the fourth partition on, keys are beyond 2^53. */
const PARTITIONS = 5;
/** One of each kind that differs for the engine: where a demand lives is decided by its number, and its sub-processes live with it. */
const KINDS = ['SINGLE', 'JOINT', 'LEVEL_UP', 'LEGAL_ROUTE', 'DEFERRAL', 'ON_THE_SPOT'];
const SUBSET = KINDS.flatMap((path) => demandCases.find((item) => item.expected.path === path) ?? []);

describe(`a Zeebe of ${PARTITIONS} partitions`, () => {
  let broker: TestBroker;
  let house: TestHouse;
  let driven: DrivenDemand[];

  beforeAll(async () => {
    broker = await testBroker({ partitions: PARTITIONS });
    house = await testHouse(firstReceived(SUBSET), onBroker(broker));
    driven = await driveDemands(SUBSET, house.stage);
  }, 600_000);
  afterAll(async () => {
    await house?.stop();
    await broker?.remove();
  }, 60_000);

  test.each(SUBSET.map((item) => [item.expected.path, item] as const))('%s', (_path, item) =>
    expectAsForeseen(house, driven, item),
  );

  test('they lived on several partitions, each whole on one, and every key kept its digits', async () => {
    const rows = await house.house.sql.query<{ key: string; root_key: string; state: string }>(
      'select key, root_key, state from process_instance',
    );
    const partition = (key: string) => Number(BigInt(key) >> 51n);
    for (const row of rows) expect(partition(row.key)).toBe(partition(row.root_key));
    const used = new Set(rows.map((row) => partition(row.key)));
    expect(used.size).toBeGreaterThan(1);
    expect(Math.max(...used)).toBeLessThanOrEqual(PARTITIONS);
    const streams = await house.house.sql.query<{ partition: number }>(
      `select partition from projector_position where engine = 'zeebe' order by 1`,
    );
    expect(streams.map((row) => row.partition)).toEqual([1, 2, 3, 4, 5]);
    expect(await house.house.sql.query('select error_message from incident_view where resolved_at is null')).toEqual(
      [],
    );
    expect(await house.house.sql.query('select command_id, refused_message from engine_outbox')).toEqual([]);
  });
});
