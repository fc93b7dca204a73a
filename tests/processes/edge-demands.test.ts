import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type DemandCase, type DrivenDemand, driveDemands } from '../../src/tryout/drive-demands.ts';
import { expectAsForeseen, firstReceived } from '../support/foreseen.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

const CASES = JSON.parse(readFileSync(join(import.meta.dirname, 'edge-demands.json'), 'utf8')) as DemandCase[];

/** Demands at the edges of the mechanism, in the format of the demo's: who has to stay out, two reasons at once, midnight, the turn of the year. */
describe('R4, R17, R20, R21, R23: demands at the edges walk to their ends', () => {
  let house: TestHouse;
  let driven: DrivenDemand[];
  beforeAll(async () => {
    house = await testHouse(firstReceived(CASES));
    driven = await driveDemands(CASES, house.stage);
  }, 600_000);
  afterAll(() => house?.stop());

  test.each(CASES.map((item) => [`${item.id} ${item.expected.notes}`, item] as const))('%s', (_title, item) =>
    expectAsForeseen(house, driven, item),
  );

  test('R4, R31: a complaint about the tax service is seen by nobody of it, and is dispatched above', async () => {
    const item = CASES.find((other) => other.expected.path === 'LEVEL_UP' && other.category === 'SERVICE')!;
    const { number } = driven.find((other) => other.case === item)!;
    const own = (await house.house.directory()).usersInDepartment(String(item.intake!.reportedDepartment));
    for (const { login } of own)
      await expect((await house.as(login)).get(`/demands/${number}`)).rejects.toMatchObject({ status: 404 });
    const { items } = await (await house.as(house.stage.reader())).get<{ items: any[] }>(`/demands/${number}/tasks`);
    const dispatch = items.find((task) => task.formId === 'dispatch-demand');
    expect((await house.house.directory()).user(dispatch.completedBy)!.orgCode).toBe('341500');
  });
});
