import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlOf } from '../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { shanghaiDate } from '../../src/kernel/clock.ts';
import { breaksOf, reconcile } from '../../src/modules/statistics/index.ts';
import { type DrivenDemand, driveDemands } from '../../src/tryout/drive-demands.ts';
import { demandCases, expectAsForeseen, firstReceived } from '../support/foreseen.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

describe('R3, R12, R19, R21, R23: demands walk from registration to write-off over the API', () => {
  let house: TestHouse;
  let driven: DrivenDemand[];
  beforeAll(async () => {
    house = await testHouse(firstReceived(demandCases));
    driven = await driveDemands(demandCases, house.stage);
  }, 600_000);
  afterAll(() => house?.stop());

  test('the file has demands to walk', () => expect(demandCases.length).toBeGreaterThan(0));

  test('R29: after all of them the ledger comes out even', async () => {
    const { sql } = house.house;
    const run = await house.house.transaction(SYSTEM_ACTOR, (unit) =>
      reconcile({ ...unit, sql: sqlOf(unit.em) }, shanghaiDate(house.clock.now())),
    );
    expect((await breaksOf(sql, run.id, { sql: 'true', parameters: [] })).seen).toEqual([]);
  });

  test.each(demandCases.map((item) => [item.id, item] as const))('%s', (_id, item) =>
    expectAsForeseen(house, driven, item),
  );
});
