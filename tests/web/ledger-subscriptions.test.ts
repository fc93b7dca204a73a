import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';
import { walk } from '../support/walk.ts';

describe('R8: a digest of the ledger by subscription', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
  });
  afterAll(() => house?.stop());

  const digests = (login: string) =>
    house.house.sql.query<{ title: string; body: string; link: string; visible_at: string }>(
      `select title, body, link, visible_at from notification where recipient = $1 and kind = 'LEDGER_DIGEST' order by created_at`,
      [login],
    );
  const NEW = '/demands/subscriptions/new';

  test('asked for with a name; wrong input is said at the field and nothing is kept', async () => {
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    const conditions = { category: 'POLICY', state: 'open' };
    const form = await desk.get(`${NEW}?category=POLICY&state=open`);
    expect(form.text).toContain('条件：类别=政策落实类、在办');
    for (const [name, said] of [
      ['', '请给日报起个名字'],
      ['长'.repeat(21), '名字有 21 个字，最多 20 个字'],
    ] as const) {
      const answer = await desk.fill(`${NEW}?category=POLICY`, NEW, { ...conditions, name });
      expect(answer.status).toBe(422);
      expect(answer.text).toContain(said);
    }
    expect((await desk.fill(NEW, NEW, { ...conditions, from: '2026-02-30', name: '甲' })).status).toBe(422);
    expect((await desk.fill(NEW, NEW, { behind: 'x', name: '甲' })).text).toContain('统计数字背后的清单不能订阅');
    expect((await desk.get('/demands/subscriptions')).text).toContain('还没有订阅');
    expect((await desk.fill(NEW, NEW, { ...conditions, name: '政策在办' })).location).toBe(
      '/demands/subscriptions?ok=subscribed',
    );
    expect((await desk.fill(NEW, NEW, { ...conditions, name: '政策在办' })).text).toContain('你已经订阅了“政策在办”');
    expect((await desk.get('/demands/subscriptions')).text).toContain('政策在办');
  });

  test('sent once a working day, in working hours, with what the person may see; a day without any sends nothing', async () => {
    const elsewhere = (await house.house.directory()).usersWithRole('341522', 'DEMAND_DESK')[0]!.login;
    await (await Visitor.signIn(house.address, elsewhere)).fill(NEW, NEW, { state: 'open', name: '在办' });
    const demand = await walk(house);
    await house.moveTo('2026-11-23T16:00:00+08:00');
    expect(await digests('fandongzhi')).toEqual([]);
    await house.moveTo('2026-11-24T07:00:00+08:00');
    expect(await digests('fandongzhi')).toEqual([]);
    await house.moveTo('2026-11-24T08:31:00+08:00');
    const [digest] = await digests('fandongzhi');
    expect(digest!.title).toBe('台账日报“政策在办”：1 件；在办逾期 0 件，今日到期 0 件');
    expect(digest!.body).toContain(demand.number);
    expect(digest!.link).toContain('category=POLICY');
    await house.moveTo('2026-11-24T10:00:00+08:00');
    expect(await digests('fandongzhi')).toHaveLength(1);
    // Another bureau sees nothing of it.
    expect(await digests(elsewhere)).toEqual([]);
    await house.moveTo('2026-11-28T10:00:00+08:00');
    expect((await digests('fandongzhi')).length).toBe(1);
    await house.moveTo('2026-11-30T10:00:00+08:00');
    expect((await digests('fandongzhi')).length).toBe(2);
  });

  test('ended by its owner only; asked for and ended are on record', async () => {
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    const [, id] = /subscriptions\/([\w.-]+)\/end/.exec((await desk.get('/demands/subscriptions')).html)!;
    const other = await Visitor.signIn(house.address, 'xibailu');
    expect((await other.fill('/demands/subscriptions', `/demands/subscriptions/${id}/end`, {})).status).toBe(404);
    expect((await desk.fill('/demands/subscriptions', `/demands/subscriptions/${id}/end`, {})).status).toBe(303);
    expect((await desk.fill('/demands/subscriptions', `/demands/subscriptions/${id}/end`, {})).status).toBe(404);
    await house.moveTo('2026-12-01T10:00:00+08:00');
    expect((await digests('fandongzhi')).length).toBe(2);
    const events = await house.house.sql.query<{ type: string }>(
      `select type from history_event where subject_type = 'ledger-subscription' and subject_id = $1 order by sequence`,
      [id],
    );
    expect(events.map((event) => event.type)).toEqual(['ledger.subscribed', 'ledger.unsubscribed']);
  });
});
