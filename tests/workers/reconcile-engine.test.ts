import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';
import { Visitor } from '../support/visitor.ts';

describe('ledger, tasks and engine are compared', () => {
  let house: TestHouse;
  let number: string;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    number = await scenes(house).register();
    await house.moveTo('2026-11-23T11:00:00+08:00');
  });
  afterAll(() => house?.stop());

  const query = (text: string, values: unknown[] = []) => house.house.sql.query<any>(text, values);
  const kinds = async () => (await house.house.reconcile()).found.map((item) => [item.kind, item.repaired]);
  const openTask = async () =>
    (
      await query(
        `select t.* from task t join demand d on d.id = t.demand_id where d.number = $1 and t.status = 'OPEN'`,
        [number],
      )
    )[0];

  test('where all agree nothing is found and nothing changes', async () => {
    const before = await openTask();
    expect(await kinds()).toEqual([]);
    expect(await openTask()).toEqual(before);
    expect(house.house.reconciliation()).toMatchObject({ tasks: 1, found: [] });
  });

  test('a demand whose start never reached the engine is started, once', async () => {
    // As after a restore of the ledger: the demand is there, its command is not.
    await query(
      `insert into demand select (jsonb_populate_record(d, '{"id":"lost-1","number":"LOST-1","tracking_code":"LOST0001","process_instance_key":null}')).*
       from demand d where number = $1`,
      [number],
    );
    expect(await kinds()).toEqual([['demand-without-instance', true]]);
    await house.settle();
    expect(await kinds()).toEqual([]);
    const started = await query(
      `select process_id from process_instance where demand_id = 'lost-1' and parent_key is null`,
    );
    expect(started).toEqual([{ process_id: 'fast-response' }]);
  });

  test('a demand whose start still waits in the outbox is left to it', async () => {
    await query(
      `insert into demand select (jsonb_populate_record(d, '{"id":"lost-2","number":"LOST-2","tracking_code":"LOST0002","process_instance_key":null}')).*
       from demand d where number = $1`,
      [number],
    );
    await query(
      `insert into engine_outbox (command_id, ordering_key, command, retry_at) values ('demand-registered:lost-2', 'lost-2', '{"type":"cancelInstance","processInstanceKey":"1"}', 9000000000000000)`,
    );
    expect(await kinds()).toEqual([]);
    await query(`update engine_outbox set created_at = now() - interval '10 minutes' where ordering_key = 'lost-2'`);
    expect(await kinds()).toEqual([['command-stuck', false]]);
    await query(`delete from engine_outbox where ordering_key = 'lost-2'`);
    await query(`update demand set voided_at = now() where id = 'lost-2'`);
  });

  test('a task whose job is gone leaves the lists; the others stay', async () => {
    const real = await openTask();
    await query(
      `insert into task select (jsonb_populate_record(t, '{"id":"ghost","job_key":"1048999","element_instance_key":"1048998"}')).* from task t where id = $1`,
      [real.id],
    );
    expect(await kinds()).toEqual([['task-without-job', true]]);
    expect((await query(`select status from task where id = 'ghost'`))[0].status).toBe('CANCELED');
    expect((await openTask()).id).toBe(real.id);
  });

  test('a job nobody was told of gets its task back', async () => {
    const { id, job_key, title, candidates } = await openTask();
    await query('delete from task where id = $1', [id]);
    expect(await kinds()).toEqual([['job-without-task', true]]);
    expect(await openTask()).toMatchObject({ job_key, title, candidates });
    expect(await kinds()).toEqual([]);
  });

  test('an administrator compares by hand and reads what was put right', async () => {
    const admin = await Visitor.signIn(house.address, 'jinqingming');
    const { id } = await openTask();
    await query('delete from task where id = $1', [id]);
    const answer = await admin.post('/operations/reconcile');
    expect(answer.location).toBe('/operations?ok=reconciled#reconciliation');
    const page = await admin.get('/operations?ok=reconciled');
    expect(page.text).toContain('已核对台账、待办与流程引擎');
    expect(page.text).toMatch(new RegExp(`${number} 流程停在.*待办已经补上.*✓ 已修复`));
    const [event] = await query(`select payload from history_event where type = 'engine.reconciled'`);
    expect(event.payload).toMatchObject({ found: 1, repaired: 1 });
    expect((await admin.post('/operations/reconcile')).status).toBe(303);
    expect((await admin.get('/operations')).text).toMatch(/最近一次核对 .*：\d+ 项待办，全部一致。/);
  });

  test('somebody who may not repair cannot start it', async () => {
    const officer = await Visitor.signIn(house.address, 'fandongzhi');
    expect((await officer.post('/operations/reconcile')).status).toBe(403);
  });
});
