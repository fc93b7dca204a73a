import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';
import { Visitor } from '../support/visitor.ts';

describe('while Zeebe is away people work on', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00', {
      ENGINE: 'zeebe',
      ZEEBE_ADDRESS: '127.0.0.1:1',
      ZEEBE_RECORDS_PORT: '0',
    });
  });
  afterAll(() => house?.stop());

  test('the program starts, a demand is registered and its start waits in the outbox', async () => {
    const number = await scenes(house).register();
    const api = await house.as('pengqingming');
    expect(await api.get(`/demands/${number}`)).toMatchObject({ number, status: 'REGISTERED' });
    expect(await house.house.outboxState()).toMatchObject({ pending: 1, refused: 0 });
    // The clock of a demonstration can be moved, too: nothing waits for the engine.
    await house.moveTo('2026-11-23T11:00:00+08:00');
  });

  test('the page of a demand and of the system are calm and say what to do', async () => {
    const admin = await Visitor.signIn(house.address, 'jinqingming');
    const page = await admin.get('/operations');
    expect(page.status).toBe(200);
    expect(page.text).toMatch(/Zeebe 集群 × 连不上 登记和办理照常，流程在恢复后继续 检查 Zeebe 是否在运行/);
  });

  test('nothing is called lost while the engine cannot be asked', async () => {
    const before = (await house.house.outboxState()).pending;
    const { found } = await house.house.reconcile();
    expect(found.filter((item) => item.repaired)).toEqual([]);
    expect((await house.house.outboxState()).pending).toBe(before);
  });
});
