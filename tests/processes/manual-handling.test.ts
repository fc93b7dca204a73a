import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { sqlOf } from '../../src/db/orm.ts';
import { actorOf } from '../../src/modules/access/index.ts';
import { cancelInstance, handToPerson } from '../../src/modules/processes/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { takeRulesAway } from '../support/rules-away.ts';
import { scenes } from '../support/scenes.ts';

/** 人工处理: what stands still or was ended by hand gets a person. */

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T10:00:00+08:00');
});
afterAll(() => house?.stop());

const REASON = '规则集缺失，先由人来办';

async function stuck() {
  const putBack = await takeRulesAway(house, 'category-routing');
  const number = await scenes(house).register();
  await putBack();
  const [row] = await house.house.sql.query<{ key: string; instance: string }>(
    'select i.key, i.process_instance_key as instance from incident_view i join demand d on d.id = i.demand_id where d.number = $1 and i.resolved_at is null',
    [number],
  );
  return { number, incidentKey: row!.key, instanceKey: row!.instance };
}

const admin = async (work: (given: Parameters<typeof cancelInstance>[0]) => Promise<unknown>) => {
  const actor = actorOf(await house.house.directory(), 'jinqingming')!;
  await house.house.transaction(actor, (unit) => work({ sql: sqlOf(unit.em), actor, clock: house.clock }));
  await house.settle();
};

test('R27: a step that stands still is done by a post; done, the process goes on; not done, it stands as before', async () => {
  const { number, incidentKey } = await stuck();
  const { open, complete } = scenes(house);
  await admin((work) => handToPerson(work, { incidentKey, group: 'tax-service', reason: REASON }));
  await complete(number, 'manual-step', { manualOutcome: 'LEFT', manualMeasures: '这里办不了，退回。' });
  expect(await open(number)).toEqual([]);
  house.clock.advance(60_000);
  await admin((work) => handToPerson(work, { incidentKey, group: 'tax-service', reason: REASON }));
  await complete(number, 'manual-step', { manualOutcome: 'DONE', manualMeasures: '按分工表人工确定。' });
  expect((await open(number)).map((task) => task.formId)).toEqual(['dispatch-demand']);
});

test('R29: a demand whose process was ended by hand waits for tax service to say where it goes', async () => {
  const { number, instanceKey } = await stuck();
  await admin((work) => cancelInstance(work, { instanceKey, reason: REASON, demandOpen: true }));
  await scenes(house).complete(number, 'decide-canceled', {
    canceledDecision: 'RESTART',
    hostDepartment: '341523-TAX2',
    canceledReason: '流程停在派单前，直接交办。',
  });
  expect((await scenes(house).open(number)).map((task) => task.formId)).toEqual(['handle-demand']);
});
