import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { actorOf } from '../../src/modules/access/index.ts';
import { voidDemand } from '../../src/modules/demands/index.ts';
import { sweepDeadlines, sweepLevels } from '../../src/workers/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { later, type Walk, walk } from '../support/walk.ts';

/** 督办 (R30): every way of a card, over the API. */

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
});
afterAll(() => house?.stop());

const DESK = 'fandongzhi';
const dispatched = async (values: Record<string, unknown> = {}) => {
  const demand = await walk(house);
  await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX2', ...values });
  return demand;
};
const ISSUE = { level: 'YELLOW', reason: '两次来电没有人联系', requirement: '今天联系诉求人' };
const issue = async (demand: Walk, fields: Record<string, unknown> = {}) =>
  (await house.as(DESK)).post<Record<string, any>>(`/demands/${demand.number}/supervision`, { ...ISSUE, ...fields });
const cards = async (demand: Walk) =>
  (await demand.auditor.get<{ items: any[] }>(`/demands/${demand.number}/supervision`)).items;
const told = async (demand: Walk, kind: string) =>
  (
    await house.house.sql.query<{ recipient: string; title: string }>(
      `select n.recipient, n.title from notification n join demand d on d.id = n.demand_id where d.number = $1 and n.kind = $2 order by 1`,
      [demand.number, kind],
    )
  ).map((row) => row.recipient);

describe('a card from issue to end', () => {
  test('R30: by hand; acknowledged, sent back, made heavier, accounted for, lifted', async () => {
    const demand = await dispatched();
    await expect(issue(demand, { level: 'PURPLE', reason: ' ', requirement: '改'.repeat(301) })).rejects.toMatchObject({
      status: 422,
      problem: {
        errors: [
          { pointer: '/level' },
          { pointer: '/reason' },
          { pointer: '/requirement', detail: '“要求”最多 300 个字，现在 301 个。请写短一些。' },
        ],
      },
    });
    await expect((await demand.host()).post(`/demands/${demand.number}/supervision`, ISSUE)).rejects.toMatchObject({
      status: 403,
    });
    const card = await issue(demand);
    expect(card).toMatchObject({ level: 'YELLOW', status: 'ISSUED', raisedAt: null, demand: demand.number });
    await expect(issue(demand)).rejects.toMatchObject({ status: 409 });
    await demand.complete('acknowledge-supervision');
    await demand.complete('account-for-supervision');
    await demand.complete('lift-supervision', { liftDecision: 'RETURN', opinion: '没有写清楚怎么改。' });
    expect(await cards(demand)).toMatchObject([{ status: 'ACKNOWLEDGED', returned: 1 }]);
    await later(house, 1);
    expect((await issue(demand, { level: 'RED' })).raisedAt).toBe(house.clock.now().toISOString());
    await demand.complete('account-for-supervision');
    await demand.complete('lift-supervision');
    expect(await cards(demand)).toMatchObject([{ number: card.number, level: 'RED', status: 'LIFTED' }]);
    const desk = await house.as(DESK);
    const lifted = await desk.get<{ items: any[] }>('/supervision?state=lifted&level=RED');
    expect(lifted.items.map((item) => item.number)).toContain(card.number);
    await expect(desk.get('/supervision?level=PURPLE')).rejects.toMatchObject({ status: 422 });
  });

  test.each([
    ['撤回', async (demand: Walk) => demand.officer.post(`/demands/${demand.number}/withdrawal`, WITHDRAWAL)],
    [
      '作废',
      async (demand: Walk) => {
        const [{ id }] = (await house.house.sql.query<{ id: string }>('select id from demand where number = $1', [
          demand.number,
        ])) as [{ id: string }];
        const desk = actorOf(await house.house.directory(), DESK)!;
        await house.house.transaction(desk, (unit) => voidDemand(unit, id, '重复登记，作废。'));
      },
    ],
    [
      '并单',
      async (demand: Walk) => {
        const main = await dispatched();
        await (await house.as(DESK)).post(`/demands/${demand.number}/merge`, {
          mainNumber: main.number,
          sameMatter: true,
        });
      },
    ],
  ])(
    'R30: over with the demand (%s): no task is left, and who was supervised learns of it',
    async (because, setAside) => {
      const demand = await dispatched();
      const { number } = await issue(demand);
      await demand.complete('acknowledge-supervision');
      await setAside(demand);
      await house.settle();
      expect((await demand.openForms()).filter((form) => form.endsWith('-supervision'))).toEqual([]);
      expect(await cards(demand)).toMatchObject([{ number, status: 'LIFTED', liftOpinion: `诉求${because}` }]);
      expect((await demand.events()).find((event) => event.type === 'supervision.ended')!.payload).toMatchObject({
        reason: because,
      });
      const titles = await house.house.sql.query<{ recipient: string }>(
        `select recipient from notification where title like $1`,
        [`%${number} 已了结：${demand.number} ${because}`],
      );
      expect(titles.map((row) => row.recipient)).toContain('zhaojingzhe');
      const { path } = await demand.read();
      if (path !== 'MERGED') await expect(issue(demand, { level: 'RED' })).rejects.toMatchObject({ status: 409 });
    },
  );
});

describe('who is told, and who may know', () => {
  test('R31: a demand that becomes restricted: its card is over, in no list, and who was told of it has never been told', async () => {
    const demand = await dispatched();
    await issue(demand, { level: 'RED' });
    const lists = async (login: string) => {
      const api = await house.as(login);
      const answers = await Promise.all(
        ['/supervision', '/supervision?state=lifted', '/inbox', '/tasks'].map((path) =>
          api.get(path).catch(() => ({})),
        ),
      );
      return answers.map((answer) => JSON.stringify(answer).includes(demand.number));
    };
    await house.moveTo(new Date(+house.clock.now() + 60_000));
    expect(await lists('zhaojingzhe')).toEqual([true, false, true, true]);
    expect(await lists('panlichun')).toEqual([true, false, true, false]);
    await (await demand.host()).post(`/demands/${demand.number}/legal-route`, {
      legalRoute: 'DISCIPLINE_CLUE',
      reason: '来电说有人收受礼品。',
      noticeMethod: 'PHONE',
      noticeContent: '已告知转指定岗位。',
    });
    await house.settle();
    expect((await demand.openForms()).filter((form) => form.endsWith('-supervision'))).toEqual([]);
    expect(await cards(demand)).toMatchObject([{ status: 'LIFTED', liftOpinion: '诉求转为限定可见' }]);
    for (const login of ['zhaojingzhe', 'panlichun', 'yunxiaoshu', 'wuchushu'])
      expect([login, ...(await lists(login))].slice(0, 3)).toEqual([login, false, false]);
    for (const login of ['zhaojingzhe', 'panlichun', 'yunxiaoshu'])
      expect(await lists(login)).toEqual([false, false, false, false]);
    const ended = await house.house.sql.query(`select 1 from notification where title like $1`, [
      `%已了结：${demand.number}%`,
    ]);
    expect(ended).toEqual([]);
    // Who keeps the ledger keeps the card.
    expect((await lists(DESK))[1]).toBe(true);
  });

  test('R31: nobody of the department complained of is told, whatever post they hold', async () => {
    const demand = await dispatched();
    await house.house.sql.query(`update demand set reported_department = '341523-TPS' where number = $1`, [
      demand.number,
    ]);
    await issue(demand).catch(() => undefined);
    await (await house.as('yunxiaoshu')).post(`/demands/${demand.number}/supervision`, ISSUE).catch(() => undefined);
    const people = await told(demand, 'SUPERVISION');
    expect(people).toContain('zhaojingzhe');
    const complained = (await house.house.directory()).usersInDepartment('341523-TPS').map((user) => user.login);
    expect(people.filter((login) => complained.includes(login))).toEqual([]);
  });
});

describe('by the clock', () => {
  test('R30 提醒: whom the rule set names, the day before; R21: a co-department is reminded of its own opinion', async () => {
    const demand = await dispatched({ coDepartments: ['341523-TAX1'], dispatchReason: '涉及两个部门。' });
    const { dueAt } = (await demand.clock('HANDLING'))!;
    await house.moveTo(new Date(+new Date(dueAt) - 32 * 3_600_000));
    const reminded = await told(demand, 'WARNING');
    expect(reminded).toContain('zhaojingzhe');
    // The desk is told when it is urged, not a day before; the co-department of its own clock.
    expect(reminded).not.toContain(DESK);
    expect(reminded).toContain('lulidong');
    const events = (await demand.events()).filter((event) => event.type === 'deadline.warned');
    expect(events.find((event) => event.payload.kind === 'HANDLING')!.payload).toMatchObject({ rule: '临近到期' });
  });

  test("R18: an extension asked for in time and not decided is the approver's delay: no card for the host, the approver is urged; refused, the host is late", async () => {
    const demand = await dispatched();
    const { dueAt, startsAt } = (await demand.clock('HANDLING'))!;
    const calendar = await house.house.calendar();
    await (await demand.host()).post(`/demands/${demand.number}/extensions`, {
      requestedDueDate: calendar.addWorkingDays(new Date(startsAt), 9, '341523').dueDate,
      reasonType: 'COMPLEX_CASE',
      reason: '需要实地核查，一时办不完。',
      noticeMethod: 'PHONE',
      noticeContent: '已向诉求人说明延期原因。',
    });
    const { candidates } = await demand.open('approve-extension');
    const workday = (days: number) =>
      `${calendar.addWorkingDays(dueAt.slice(0, 10), days, '341523').dueDate}T09:30:00+08:00`;
    await house.moveTo(workday(1));
    expect(await cards(demand)).toEqual([]);
    const urged = await told(demand, 'SUPERVISION');
    expect(urged).toEqual(expect.arrayContaining([candidates[0]!, DESK]));
    expect(urged).not.toContain('zhaojingzhe');
    await demand.complete('approve-extension', { extensionDecision: 'REJECTED', opinion: '不同意，请立即办理。' });
    const decided = (await demand.events()).find((event) => event.type === 'extension.decided')!;
    expect(decided.payload).toMatchObject({ decision: 'REJECTED', lateBy: 1 });
    await house.moveTo(workday(3));
    expect(await cards(demand)).toMatchObject([{ level: 'RED' }]);
  });

  test('R30: a restricted demand is told of only to those who may know of it', async () => {
    const demand = await dispatched();
    await house.house.sql.query('update demand set restricted = true where number = $1', [demand.number]);
    const { dueAt } = (await demand.clock('HANDLING'))!;
    const monday = (await house.house.calendar()).addWorkingDays(dueAt.slice(0, 10), 1, '341523').dueDate;
    await house.moveTo(`${monday}T09:30:00+08:00`);
    const people = await told(demand, 'SUPERVISION');
    expect(people).toEqual(expect.arrayContaining([DESK]));
    expect(people).not.toContain('panlichun');
    expect(await cards(demand).catch(() => [])).toEqual([]);
    await house.house.sql.query('update demand set restricted = false where number = $1', [demand.number]);
  });

  test('R30: ten thousand clocks at once are taken and told in few statements', async () => {
    const day = '2027-03-01';
    house.clock.set(`${day}T08:00:00+08:00`);
    await house.house.sql.query(
      `insert into deadline (id, subject_type, subject_id, kind, round, org_code, starts_at, base_days, unit, total_days, due_at, due_date, calendar_version,
         provisional, status, paused_days, extensions, warn_before, warn_at)
       select 'storm-' || n, 'demand', 'storm-' || n, 'HANDLING', 1, '341523', '2027-02-20T01:00:00Z', 5, 'WORKING', 5, '2027-02-26T09:30:00Z', '2027-02-26', 1,
         false, 'OPEN', 0, 0, 1, '2027-02-24T16:00:00Z' from generate_series(1, 10000) as n`,
    );
    house.clock.set(`${day}T09:00:00+08:00`);
    let statements = 0;
    const counting = (em: any): any =>
      watched(em, {
        getTransactionContext: () => {
          const context = em.getTransactionContext();
          return watched(context, {
            executeQuery: (...query: unknown[]) => {
              statements += 1;
              return context.executeQuery(...query);
            },
          });
        },
      });
    const run = <T>(effect: (work: any) => Promise<T>): Promise<T> =>
      house.house.transaction(SYSTEM_ACTOR, (unit) => effect({ ...unit, em: counting(unit.em) }));
    expect(await sweepDeadlines(run)).toBeGreaterThanOrEqual(10_000);
    expect(await sweepLevels(run)).toBeGreaterThanOrEqual(10_000);
    expect(statements).toBeLessThan(200);
    const [queued] = await house.house.sql.query<{ n: number }>(
      `select count(*)::int as n from engine_outbox where command_id like 'supervision-due:storm-%'`,
    );
    expect(queued!.n).toBeLessThanOrEqual(10_000);
    statements = 0;
    // Each is told once of the level it has come to.
    expect(await sweepLevels(run)).toBe(0);
  });
});

const WITHDRAWAL = { withdrawalMethod: 'PHONE', withdrawalReason: '问题已经自行解决，不再反映。' };

const watched = (target: any, instead: Record<string, unknown>): any =>
  new Proxy(target, {
    get(from, name) {
      if (typeof name === 'string' && name in instead) return instead[name];
      const value = Reflect.get(from, name, from);
      return typeof value === 'function' ? value.bind(from) : value;
    },
  });
