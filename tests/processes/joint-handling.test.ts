import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { type Walk, walk } from '../support/walk.ts';

/** Joint handling (联合办理, R4, R21, R22): one host, co-handling departments side by side, each with its own clock. */

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
}, 60_000);
afterAll(() => house?.stop());

const HOST = '341523-TAX2';
const [FIRST, SECOND] = ['341523-REV', '341523-RISK'] as const;

async function joint(coDepartments: string[] = [FIRST, SECOND], fields: Record<string, unknown> = {}): Promise<Walk> {
  const demand = await walk(house, fields);
  await demand.complete('dispatch-demand', { hostDepartment: HOST, coDepartments });
  return demand;
}

describe('dispatched to several departments', () => {
  test('R21: host and co-handlers work side by side, the host sums up when all opinions are in', async () => {
    const demand = await joint();
    expect(await demand.read()).toMatchObject({
      status: 'HANDLING',
      path: 'JOINT',
      handlingMode: 'JOINT',
      hostDepartment: HOST,
      coDepartments: [FIRST, SECOND],
    });
    expect(await demand.openForms()).toEqual(['give-co-opinion', 'give-co-opinion', 'handle-demand']);
    expect(await demand.clock('HANDLING')).toMatchObject({ status: 'OPEN', dueDate: '2026-11-30', totalDays: 5 });
    for (const round of [1, 2])
      expect(await demand.clock('CO_HANDLING', round)).toMatchObject({ status: 'OPEN', dueDate: '2026-11-30' });
    await expect(demand.complete('handle-demand')).rejects.toMatchObject({ status: 409 });
    await demand.complete('give-co-opinion');
    await expect(demand.complete('handle-demand')).rejects.toMatchObject({ status: 409 });
    await demand.complete('give-co-opinion');
    await demand.complete('handle-demand');
    expect(await demand.openForms()).toEqual(['give-feedback']);
    expect(await demand.clock('CO_HANDLING', 2)).toMatchObject({ status: 'STOPPED', overdue: false });
  });
});
