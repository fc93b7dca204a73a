import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deliveryMoment } from '../../src/modules/notifications/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';
import { type Walk, walk } from '../support/walk.ts';

/** Registered on Monday 23 November: due on the 30th at 17:30. */
const START = '2026-11-23T09:12:00+08:00';

describe('R30: supervision by level', () => {
  let house: TestHouse;
  let demand: Walk;
  beforeAll(async () => {
    house = await testHouse(START);
    demand = await walk(house);
    await demand.complete('dispatch-demand');
  });
  afterAll(() => house?.stop());

  const told = async () =>
    (
      await house.house.sql.query<{ recipient: string; title: string; visible_at: string }>(
        `select n.recipient, n.title, n.visible_at from notification n join demand d on d.id = n.demand_id
         where d.number = $1 and n.kind = 'SUPERVISION' order by n.created_at, n.recipient`,
        [demand.number],
      )
    ).map((row) => ({ ...row, visible_at: new Date(row.visible_at) }));
  const cards = () =>
    house.house.sql.query<any>(
      `select s.* from supervision s join demand d on d.id = s.demand_id where d.number = $1 order by s.issued_at`,
      [demand.number],
    );
  const at = (instant: string) => house.moveTo(`${instant}+08:00`);

  test('urged at 15:00 of the due day, not before, with tax service', async () => {
    await at('2026-11-30T14:59:00');
    expect(await told()).toEqual([]);
    await at('2026-11-30T15:00:00');
    const people = (await told()).map((row) => row.recipient);
    expect(people).toContain('zhaojingzhe');
    expect(people).toContain('fandongzhi');
    expect((await told())[0]!.title).toContain('今日到期，请尽快办理');
    expect(await cards()).toEqual([]);
    // Once is enough.
    const count = people.length;
    await at('2026-11-30T15:30:00');
    expect(await told()).toHaveLength(count);
  });

  test('a yellow card on the first working day past due, only in working hours, numbered by bureau and year', async () => {
    await at('2026-12-01T07:00:00');
    expect(await cards()).toEqual([]);
    await at('2026-12-01T08:30:00');
    const [card] = await cards();
    expect(card).toMatchObject({ number: 'HP-2026-0001', level: 'YELLOW', status: 'ISSUED', rule_id: 'SV-Y1' });
    expect(card.told).toEqual(expect.arrayContaining(['zhaojingzhe', 'xibailu']));
    for (const row of await told())
      expect(deliveryMoment(row.visible_at, { window: '08:30-17:30', isWorkday: () => true })).toEqual(row.visible_at);
    expect(await demand.openForms()).toEqual(['acknowledge-supervision', 'handle-demand']);
    const events = await demand.events();
    expect(events.find((event) => event.type === 'supervision.issued')!.payload).toMatchObject({
      level: 'YELLOW',
      rule: '逾期第 1 个工作日',
    });
  });

  test('acknowledged, accounted for, sent back, and lifted by nobody of the supervised department', async () => {
    const head = await Visitor.signIn(house.address, 'zhaojingzhe');
    const page = await head.get('/supervision');
    expect(page.text).toContain('黄牌督办 HP-2026-0001');
    expect(page.text).toContain('规则“逾期第 1 个工作日”第 1 版');
    expect(page.text).toContain('签收督办');
    await demand.complete('acknowledge-supervision');
    await demand.complete('account-for-supervision');
    const task = await demand.open('lift-supervision');
    const directory = await house.house.directory();
    const { hostDepartment } = await demand.read();
    const supervised = directory.usersInDepartment(hostDepartment).map((user) => user.login);
    expect(task.candidates.filter((login) => supervised.includes(login))).toEqual([]);
    await demand.complete('lift-supervision', { liftDecision: 'RETURN', opinion: '没有写清楚怎么改。' });
    expect(await demand.openForms()).toEqual(['account-for-supervision', 'handle-demand']);
    expect((await cards())[0]).toMatchObject({ status: 'ACKNOWLEDGED', returned: 1 });
  });

  test('an evasive account makes it red; three working days past due does not make two cards of it', async () => {
    await demand.complete('account-for-supervision');
    await demand.complete('lift-supervision', { liftDecision: 'EVASIVE', opinion: '推给别的部门。' });
    expect(await cards()).toHaveLength(1);
    expect((await cards())[0]).toMatchObject({ level: 'RED', number: 'HP-2026-0001' });
    const people = (await cards())[0].told;
    const directory = await house.house.directory();
    expect(people).toContain(directory.usersWithRole('341523', 'DISCIPLINE_OFFICER')[0]!.login);
    await at('2026-12-03T09:00:00');
    expect(await cards()).toHaveLength(1);
  });

  test('five working days past due without an account: escalated to the chief, and to the city', async () => {
    await at('2026-12-07T09:00:00');
    const [card] = await cards();
    expect(card).toMatchObject({ level: 'ESCALATION', rule_id: 'SV-E1', overdue_days: 5 });
    expect(card.told).toContain('yunxiaoshu');
    const directory = await house.house.directory();
    expect(card.told).toContain(directory.usersWithRole('341500', 'SUPERVISOR')[0]!.login);
  });

  test('the card outlives the demand and is closed with an account', async () => {
    await demand.complete('handle-demand');
    await demand.complete('account-for-supervision');
    await demand.complete('lift-supervision');
    expect((await cards())[0]).toMatchObject({ status: 'LIFTED', accounted_by_name: expect.any(String) });
    expect(await demand.openForms()).not.toContain('lift-supervision');
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    expect((await desk.get('/supervision?state=lifted')).text).toContain('HP-2026-0001');
  });

  test('by hand: refused with the field named, issued, not twice, and raised', async () => {
    const other = await walk(house);
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    const empty = await desk.fill('/supervision/new', '/supervision/new', { demand: other.number });
    expect(empty.status).toBe(422);
    expect(empty.text).toContain('还没有选“督办级别”');
    const fields = {
      demand: other.number,
      level: 'YELLOW',
      reason: '两次来电没有人联系',
      requirement: '今天联系诉求人',
    };
    const early = await desk.fill('/supervision/new', '/supervision/new', fields);
    expect(early.status).toBe(409);
    expect(early.text).toContain('还没有主办部门');
    await other.complete('dispatch-demand');
    expect((await desk.fill('/supervision/new', '/supervision/new', fields)).location).toBe(
      '/supervision?ok=supervised',
    );
    expect((await desk.fill('/supervision/new', '/supervision/new', fields)).status).toBe(409);
    const raised = await desk.fill('/supervision/new', '/supervision/new', { ...fields, level: 'ESCALATION' });
    expect(raised.status).toBe(303);
    expect((await desk.get('/supervision?level=ESCALATION')).text).toContain('人工：两次来电没有人联系');
    expect((await desk.fill('/supervision/new', '/supervision/new', { ...fields, demand: 'LASQ-1' })).status).toBe(422);
  });

  test('who sees what: the city all, a county its own, a head the own department, a handler nothing', async () => {
    const city = await Visitor.signIn(house.address, 'zhaolichun');
    expect((await city.get('/supervision?org=341523')).text).toContain('舒城县税务局');
    const elsewhere = (await house.house.directory()).usersWithRole('341522', 'DEMAND_DESK')[0]!.login;
    expect((await (await Visitor.signIn(house.address, elsewhere)).get('/supervision')).text).toContain(
      '没有黄牌、红牌',
    );
    const otherHead = await Visitor.signIn(house.address, 'lulidong');
    expect((await otherHead.get('/supervision')).text).toContain('没有黄牌、红牌');
    const clerk = (await house.house.directory()).data.users.find(
      (user) => user.orgCode === '341523' && user.roles.length === 1 && user.roles[0] === 'HANDLER',
    );
    if (clerk) expect((await (await Visitor.signIn(house.address, clerk.login)).get('/supervision')).status).toBe(403);
    const stranger = await Visitor.signIn(house.address, 'jinqingming');
    expect((await stranger.get('/supervision')).status).toBe(403);
  });
});
