import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { WorkStage } from '../support/work.ts';

/** Real races: they only bite on a database with several connections, so they run on both. */
describe('many people at the same moment', () => {
  let house: TestHouse;
  let stage: WorkStage;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    stage = new WorkStage(house);
    await Promise.all(['fandongzhi', 'xibailu', 'pengqingming'].map((login) => house.as(login)));
  });
  afterAll(() => house?.stop());

  test('a demand somebody is working on is waited for, never taken for missing: all reach dispatch, none an incident', async () => {
    const numbers = await Promise.all(Array.from({ length: 16 }, () => stage.register()));
    for (const number of numbers) await stage.task(number, 'dispatch-demand');
    const incidents = await house.house.sql.query('select element_id, error_message from incident_view');
    expect(incidents).toEqual([]);
  });

  test('two people complete one task at once: one is done, the other reads who was faster', async () => {
    for (let round = 0; round < 5; round += 1) {
      const number = await stage.register();
      const task = await stage.task(number, 'dispatch-demand');
      const answers = await Promise.allSettled(
        [
          ['fandongzhi', '341523-TAX1'],
          ['xibailu', '341523-TAX2'],
        ].map(async ([login, hostDepartment]) =>
          (await house.as(login!)).post(`/tasks/${task.id}/complete`, { hostDepartment, dispatchReason: '按分工' }),
        ),
      );
      expect(answers.map((answer) => answer.status).sort()).toEqual(['fulfilled', 'rejected']);
      const refused = answers.find((answer) => answer.status === 'rejected') as PromiseRejectedResult;
      expect(String(refused.reason)).toMatch(/409 Conflict 这项任务已由/);
      const dispatched = (await stage.history(number)).filter((event) => event.type === 'demand.dispatched');
      expect(dispatched).toHaveLength(1);
    }
  });
});
