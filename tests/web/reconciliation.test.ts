import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlOf } from '../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { STATUSES, writeOffChecklist } from '../../src/modules/demands/index.ts';
import { breaksOf, classOf, findRun, linesOf, listRuns, reconcile } from '../../src/modules/statistics/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { A, B, liveMonth, MONTH_BEGINS, type Month } from '../support/month.ts';
import { Visitor } from '../support/visitor.ts';

let house: TestHouse;
let month: Month;
let desk: Visitor;
beforeAll(async () => {
  house = await testHouse(MONTH_BEGINS);
  month = await liveMonth(house);
  desk = await Visitor.signIn(house.address, 'fandongzhi');
}, 120_000);
afterAll(() => house?.stop());

const EVERYTHING = { sql: 'true', parameters: [] };
const balance = () =>
  house.house.transaction(SYSTEM_ACTOR, (unit) => reconcile({ ...unit, sql: sqlOf(unit.em) }, '2026-11-13'));

/** Changes the ledger behind everybody's back, looks, and puts it back. */
async function broken(change: string, back: string): Promise<{ number: string; reason: string }[]> {
  const { sql } = house.house;
  await sql.query(change);
  try {
    const run = await balance();
    return (await breaksOf(sql, run.id, EVERYTHING)).seen.map(({ number, reason }) => ({ number, reason }));
  } finally {
    await sql.query(back);
  }
}

describe('R29: registered = open + written off + deferred + diverted + merged, and what else there is', () => {
  test('every state belongs to a class', () => {
    expect(Object.keys(STATUSES).filter((status) => classOf(status) === undefined)).toEqual([]);
  });

  test('each bureau comes out even, each class by name', async () => {
    const run = await balance();
    expect(run.breaks).toBe(0);
    const lines = await linesOf(house.house.sql, run.id, { withRestricted: true });
    expect(lines.find((line) => line.orgCode === A)).toMatchObject({
      registered: 7,
      numbered: 7,
      registeredToday: 0,
      classes: { OPEN: 5, WRITTEN_OFF: 1, WITHDRAWN: 1, VOIDED: 0, DEFERRED: 0, DIVERTED: 0, MERGED: 0 },
    });
    expect(lines.find((line) => line.orgCode === B)).toMatchObject({ registered: 2, classes: { OPEN: 1, VOIDED: 1 } });
    for (const line of lines) expect(Object.values(line.classes).reduce((sum, n) => sum + n, 0)).toBe(line.registered);
  });

  test('the account of each day was balanced by itself, and its hash is in the history', async () => {
    const runs = (await listRuns(house.house.sql)).filter((run) => run.madeBy === 'system' && run.day < '2026-11-13');
    expect(new Set(runs.map((run) => run.day)).size).toBe(runs.length);
    expect(runs.map((run) => run.day)).toContain('2026-11-12');
    const events = await house.house.sql.query<{ payload: any }>(
      `select payload from history_event where subject_type = 'reconciliation' and subject_id = '2026-11-12'`,
    );
    expect(events.map((event) => event.payload.hash)).toEqual([runs.find((run) => run.day === '2026-11-12')!.hash]);
  });

  const table: [string, (m: Month) => [string, string, { number: string; reason: string }]][] = [
    [
      'a state nobody knows',
      ({ open }) => [
        `update demand set status = 'LOST' where number = '${open.number}'`,
        `update demand set status = 'HANDLING' where number = '${open.number}'`,
        { number: open.number, reason: 'no-class' },
      ],
    ],
    [
      'written off in the ledger and not in the history',
      ({ open }) => [
        `update demand set status = 'WRITTEN_OFF' where number = '${open.number}'`,
        `update demand set status = 'HANDLING' where number = '${open.number}'`,
        { number: open.number, reason: 'history-differs' },
      ],
    ],
    [
      'written off without having been fed back',
      ({ satisfied }) => [
        `update demand set feedback_at = null, archive_number = feedback_at::text where number = '${satisfied.number}'`,
        `update demand set feedback_at = archive_number::timestamptz, archive_number = null where number = '${satisfied.number}'`,
        { number: satisfied.number, reason: 'check-missing' },
      ],
    ],
    [
      'written off by who handled it',
      ({ satisfied }) => [
        `update demand set handled_by = written_off_by, archive_number = handled_by where number = '${satisfied.number}'`,
        `update demand set handled_by = archive_number, archive_number = null where number = '${satisfied.number}'`,
        { number: satisfied.number, reason: 'written-off-by-handler' },
      ],
    ],
    [
      'a number given out without a demand',
      () => [
        `update demand_number set last = last + 1 where org_code = '${B}'`,
        `update demand_number set last = last - 1 where org_code = '${B}'`,
        { number: `LASQ-${B}-20261102-0003`, reason: 'number-missing' },
      ],
    ],
    [
      'open, and nobody at work',
      ({ overdue }) => [
        `with gone as (update task set status = 'GONE' where status = 'OPEN' and demand_id = (select id from demand where number = '${overdue.number}'))
         update process_instance set ended_at = 1 where ended_at is null and demand_id = (select id from demand where number = '${overdue.number}')`,
        `with back as (update task set status = 'OPEN' where status = 'GONE')
         update process_instance set ended_at = null where ended_at = 1`,
        { number: overdue.number, reason: 'nobody-at-work' },
      ],
    ],
    [
      'voided, and a clock still running',
      ({ voided }) => [
        `update deadline set status = 'OPEN', overdue = null where subject_id = (select id from demand where number = '${voided.number}')`,
        `update deadline set status = 'STOPPED', overdue = false where subject_id = (select id from demand where number = '${voided.number}')`,
        { number: voided.number, reason: 'clock-left' },
      ],
    ],
  ];
  test.each(table)('%s breaks the balance and is named', async (_what, make) => {
    const [change, back, expected] = make(month);
    expect(await broken(change, back)).toEqual([expected]);
    expect((await balance()).breaks).toBe(0);
  });

  test('what does not come out even is in no class: the difference says how many', async () => {
    const { sql } = house.house;
    await sql.query(`update demand set status = 'LOST' where number = $1`, [month.open.number]);
    await desk.get('/reconciliation');
    const answer = await desk.post('/reconciliation', { _once: 'balance-1' });
    await sql.query(`update demand set status = 'HANDLING' where number = $1`, [month.open.number]);
    expect(answer).toMatchObject({ status: 303, location: '/reconciliation?ok=balanced' });
    const page = await desk.get('/reconciliation');
    expect(page.text).toContain('✗ 差 1');
    expect(page.text).toContain('状态没有归到任何一类：“LOST”。');
    expect(page.link(month.open.number)).toBe(`/demands/${month.open.number}`);
    // A second click is the same account.
    const again = await desk.post('/reconciliation', { _once: 'balance-1' });
    expect(again.location).toContain('/reconciliation?repeat=');
  });

  test('even again: the page says so; a county sees its own line', async () => {
    await desk.get('/reconciliation');
    await desk.post('/reconciliation', { _once: 'balance-2' });
    const page = await desk.get(`/reconciliation?orgCode=${B}`);
    expect(page.text).toContain('今天的账是平的。');
    expect(page.text).toContain('登记 7 ；在办 5 + 销号 1');
    expect(page.text).not.toContain('金安');
    const city = await Visitor.signIn(house.address, 'zhaolichun');
    expect((await city.get('/reconciliation')).text).toContain('登记 9 ；');
    expect((await city.get('/reconciliation?run=nope')).status).toBe(404);
  });
});

describe('R29: writing off by the checklist', () => {
  test('only those with every ✓ can be chosen; what is chosen is written off', async () => {
    const page = await desk.get('/reconciliation');
    const [, task] = new RegExp(
      `name="task" value="([^"]+)" checked><span[^>]*>销号 ${month.dissatisfied.number}`,
    ).exec(page.html)!;
    expect(page.text).toContain('✓ 不满意的处理');
    const answer = await desk.post('/reconciliation/write-off', { task: task!, _once: 'write-off-1' });
    expect(answer.location).toBe('/results/write-off-1');
    expect((await desk.get('/results/write-off-1')).text).toContain('销号 1 件成功');
    expect(await month.dissatisfied.read()).toMatchObject({ status: 'WRITTEN_OFF' });
    const again = await desk.post('/reconciliation/write-off', { task: task!, _once: 'write-off-2' });
    expect((await desk.get(again.location!)).text).toContain('没有销号');
    expect((await balance()).breaks).toBe(0);
  });

  test('a dissatisfied answer that nobody has judged is no ✓, nor a visit of the round before', () => {
    const at = (day: number) => new Date(`2026-11-${day}T10:00:00+08:00`);
    const demand = {
      status: 'AWAITING_VISIT',
      withdrawnAt: null,
      completedAt: at(10),
      feedbackAt: at(11),
      pushedAt: at(11),
      visitRequired: true,
      visitedAt: at(12),
      satisfaction: 'DISSATISFIED',
    } as any;
    const open = (of: object) =>
      writeOffChecklist({ ...demand, ...of })
        .filter((item) => !item.met)
        .map((item) => item.name);
    expect(open({})).toEqual(['judged']);
    expect(open({ status: 'AWAITING_WRITE_OFF' })).toEqual([]);
    expect(open({ visitedAt: at(10), status: 'AWAITING_WRITE_OFF' })).toEqual(['visited']);
    expect(open({ feedbackAt: null, visitRequired: false, satisfaction: null })).toEqual(['fedBack']);
  });
});

test('R29: the last run can be found again by its id', async () => {
  const run = await balance();
  expect(await findRun(house.house.sql, run.id)).toEqual(run);
});
