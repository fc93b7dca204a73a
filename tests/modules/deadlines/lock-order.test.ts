import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sqlOf } from '../../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../../src/kernel/actor.ts';
import { closeForDay, findDeadline, stopDeadline } from '../../../src/modules/deadlines/index.ts';
import { DemandEntity, lockDemand } from '../../../src/modules/demands/index.ts';
import { appendEvent } from '../../../src/modules/history/index.ts';
import { type TestHouse, testHouse } from '../../support/house.ts';
import { walk } from '../../support/walk.ts';

/** Two transactions that wait for each other need two connections: the embedded database has one and cannot show it. */
const onPostgres = process.env.TEST_DATABASE_URL ? test : test.skip;

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:12:00+08:00');
}, 60_000);
afterAll(() => house?.stop());

onPostgres('a completion and a new calendar do not wait for each other: both take the demand first', async () => {
  const demand = await walk(house);
  await demand.complete('dispatch-demand');
  const { number } = demand;
  await house.settle();
  const { sql } = house.house;
  let begun: () => void = () => {};
  const completing = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let goOn: () => void = () => {};
  const waiting = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  // First the chain of history, then the clock: the other way round than a new calendar takes them.
  const completion = house.house.transaction(SYSTEM_ACTOR, async (unit) => {
    const found = await unit.em.findOneOrFail(DemandEntity, { number });
    await lockDemand(unit, found.id);
    await appendEvent(sqlOf(unit.em), {
      subjectType: 'demand',
      subjectId: found.id,
      type: 'demand.completion-submitted',
      occurredAt: unit.clock.now(),
      actor: SYSTEM_ACTOR,
      payload: {},
    });
    begun();
    await waiting;
    await stopDeadline(unit, (await findDeadline(unit, 'demand', found.id, 'HANDLING'))!, unit.clock.now());
  });
  await completing;
  const closure = house.house.transaction(SYSTEM_ACTOR, (unit) =>
    closeForDay(
      { sql: sqlOf(unit.em), actor: SYSTEM_ACTOR, clock: unit.clock },
      { date: '2026-11-25', orgCode: '341523', name: '停电' },
    ),
  );
  for (;;) {
    const [row] = await sql.query<{ n: number }>(`select count(*)::int as n from pg_locks where not granted`);
    if (row!.n > 0) break;
  }
  goOn();
  await expect(Promise.all([completion, closure])).resolves.toBeDefined();
});
