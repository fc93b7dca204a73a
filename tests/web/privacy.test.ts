import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';
import { type Walk, walk } from '../support/walk.ts';

describe('R31: personal data after its time, and requests about it', () => {
  let house: TestHouse;
  let closed: Walk;
  const NEW = '/privacy/new';
  const ASKED = {
    kind: 'DELETE',
    requester: '曹某某',
    contact: '199-0000-0021',
    receivedVia: 'WINDOW',
    content: '请删除我的联系方式。',
  };
  const finish = async (demand: Walk) => {
    await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
    await demand.complete('handle-demand');
    await demand.complete('give-feedback');
    if ((await demand.openForms()).includes('conduct-return-visit')) await demand.complete('conduct-return-visit');
    await demand.complete('write-off');
  };
  const row = async (demand: Walk) =>
    (await house.house.sql.query<any>('select * from demand where number = $1', [demand.number]))[0];

  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    closed = await walk(house, {
      taxpayerName: '曹某某',
      taxpayerType: 'NATURAL_PERSON',
      contactPhone: '199-0000-0021',
      content: '契税退税没有到账，请打 19900000021 联系。',
    });
    await finish(closed);
  });
  afterAll(() => house?.stop());

  test('registered: each wrong field is named, what was typed stays, nothing is kept', async () => {
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    const empty = await desk.fill(NEW, NEW, { content: '长'.repeat(501), requester: '曹某某' });
    expect(empty.status).toBe(422);
    for (const said of ['还没有选“请求事项”', '“联系方式”还没有填写', '“请求内容”最多 500 个字，现在 501 个'])
      expect(empty.text).toContain(said);
    expect(empty.html).toContain('value="曹某某"');
    expect((await desk.fill(NEW, NEW, { ...ASKED, demand: 'LASQ-1' })).status).toBe(422);
    expect((await desk.get('/privacy')).text).toContain('还没有登记');
    expect((await desk.fill(NEW, NEW, { ...ASKED, demand: closed.number.toLowerCase() })).status).toBe(303);
    const page = await desk.get('/privacy');
    expect(page.text).toContain('GRXX-341523-2026-0001');
    expect(page.text).toContain('曹** 199****0021');
    expect(page.text).toContain('12月14日');
    expect((await (await Visitor.signIn(house.address, 'zhaojingzhe')).get('/privacy')).status).toBe(403);
    expect((await (await Visitor.signIn(house.address, 'weidashu')).get('/privacy')).text).toContain(
      'GRXX-341523-2026-0001',
    );
  });

  test('deleting waits for the end of the demand, is done once, and leaves the chain whole', async () => {
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    const open = await walk(house);
    await desk.fill(NEW, NEW, { ...ASKED, demand: open.number });
    const ids = [...(await desk.get('/privacy')).html.matchAll(/\/privacy\/([\w-]{20,})/g)].map(([, id]) => id!);
    const [first, second] = [`/privacy/${ids[0]}`, `/privacy/${ids[1]}`];
    const granted = { result: 'GRANTED', answer: '已删除。' };
    const answers = [await desk.fill(first, first, granted), await desk.fill(second, second, granted)];
    expect(answers.map((answer) => answer.status).sort()).toEqual([303, 422]);
    expect(answers.find((answer) => answer.status === 422)!.text).toContain('还没有销号');
    const done = answers[0]!.status === 303 ? first : second;
    const stale = await desk.post(done, granted);
    expect(stale.status).toBe(409);
    expect(stale.text).toContain('这条请求已由');
    expect(await row(closed)).toMatchObject({
      taxpayer_name: '匿名化',
      contact_phone: null,
      content: '契税退税没有到账，请打 199****0021 联系。',
    });
    expect(await row(open)).toMatchObject({ contact_phone: expect.any(String), anonymised_at: null });
    expect((await closed.events()).at(-1)).toMatchObject({ type: 'demand.anonymised', payload: { why: 'REQUEST' } });
    expect((await desk.get(`/demands/${closed.number}`)).text).toContain('个人信息匿名化');
    const elsewhere = (await house.house.directory()).usersWithRole('341522', 'DEMAND_DESK')[0]!.login;
    expect((await (await Visitor.signIn(house.address, elsewhere)).get(done)).status).toBe(404);
  });

  test('the period is a parameter: nothing before it is over, all of it then, open demands never, statistics stay', async () => {
    const second = await walk(house, { taxpayerName: '曹某某', taxpayerType: 'NATURAL_PERSON' });
    await finish(second);
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    expect((await desk.get('/privacy')).text).toContain('销号、作废满 3 年');
    await house.house.sql.query(`update demand set written_off_at = '2023-11-24T02:00:00Z' where number = $1`, [
      second.number,
    ]);
    expect((await desk.get('/privacy')).text).toContain(`今后 30 天内到期（最多列 50 件）： ${second.number}`);
    await house.moveTo('2026-11-24T08:00:00+08:00');
    expect(await row(second)).toMatchObject({ anonymised_at: null });
    await house.moveTo('2026-11-25T00:30:00+08:00');
    const after = await row(second);
    expect(after).toMatchObject({ taxpayer_name: '匿名化', contact_phone: null, category: 'POLICY' });
    expect(after.anonymised_at).not.toBeNull();
    expect((await second.events()).at(-1)).toMatchObject({ type: 'demand.anonymised', payload: { why: 'RETENTION' } });
    const again = await row(second);
    await house.moveTo('2026-11-26T00:30:00+08:00');
    expect((await row(second)).revision).toBe(again.revision);
  });
});
