import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { findTopics, similarTexts } from '../../src/modules/statistics/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';
import { walk } from '../support/walk.ts';

describe('R26: texts that say the same', () => {
  test.each<[string, string[], number[][]]>([
    [
      'the same fault in other words, among others',
      [
        '电子税务局申报个人所得税时提示系统繁忙，提交不了申报表。',
        '申报个人所得税提示系统繁忙，电子税务局提交不了。',
        '用电子税务局申报个人所得税，一直提示系统繁忙，提交不了申报表，13900000001',
        '契税退税一个半月没有到账。',
        '窗口排队时间太长，希望多开几个窗口。',
      ],
      [[0, 1, 2]],
    ],
    ['nothing in common', ['契税退税没有到账。', '窗口排队太久。', '发票额度不够用，想调整。'], []],
    ['two are no group of three', ['社保缴费记录查不到了怎么办', '社保缴费记录查不到，怎么办', '房产税怎么算'], []],
    ['numbers do not make texts alike', ['13900000001', '13900000001', '13900000001'], []],
    ['empty texts', ['', '', ''], []],
  ])('%s', (_what, texts, groups) => {
    const found = similarTexts(
      texts.map((text, n) => ({ id: String(n), text })),
      3,
    );
    expect(found.map((cluster) => cluster.ids.map(Number))).toEqual(groups);
  });

  test('the words they share are a title without anybody’s name', () => {
    const [cluster] = similarTexts(
      ['张三', '李四', '王五'].map((name, n) => ({
        id: String(n),
        text: `${name}反映电子税务局登录后白屏，无法办理。`,
      })),
      3,
    );
    expect(cluster!.words).toContain('电子税务局登录后白屏');
    expect(cluster!.words).not.toMatch(/张三|李四|王五/);
    expect(cluster!.similarity).toBeGreaterThan(0.6);
  });
});

describe('R26: common demands are found, led to measures and closed', () => {
  const A = '341523';
  let house: TestHouse;
  let desk: Visitor;
  const register = (n: number, fields: object, orgCode = A) =>
    walk(house, { contactPhone: `199-0001-${String(n).padStart(4, '0')}`, ...fields }, { orgCode });
  const texts = (n: number) => `第${n}家企业反映，数电发票开具后红冲一直提示状态异常，无法继续开票。`;

  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:00:00+08:00');
    // Five of one tag from five taxpayers in one county; three of another in three counties; one taxpayer five times; similar texts under different tags.
    for (let n = 1; n <= 5; n += 1)
      await register(n, {
        tags: ['契税'],
        content: [
          '契税退税太慢。',
          '买房契税按什么税率？',
          '契税申报要带哪些材料？',
          '赠与房屋怎么缴契税？',
          '契税优惠能不能补享？',
        ][n - 1],
      });
    for (const [n, org] of ['341502', '341503', '341504'].entries())
      await register(
        10 + n,
        { tags: ['残保金'], content: ['残保金怎么申报？', '残保金减免条件是什么？', '残保金算错了想改。'][n] },
        org,
      );
    for (let n = 0; n < 5; n += 1)
      await register(20, { tags: ['印花税'], content: `印花税问题第${n}次来问，${'还没答复'.repeat(n + 1)}` });
    const tags = ['数电平台', '发票政策', '发票额度', '登记'];
    for (const [n, tag] of tags.entries())
      await register(30 + n, { tags: [tag], content: texts(n) }, ['341502', A, '341522', A][n]!);
    await register(40, { tags: ['契税'], confidential: true, content: '要求保密的契税诉求。' });
    desk = await Visitor.signIn(house.address, 'fandongzhi');
  }, 120_000);
  afterAll(() => house?.stop());

  const groups = () =>
    house.house.sql.query<any>(
      `select g.id, g.org_code, g.kind, g.title, g.level, (select count(*)::int from common_demand_member m where m.common_demand_id = g.id) as members
       from common_demand g order by g.org_code, g.kind, g.title collate "C"`,
    );

  test('by tag in a county, across counties, and by text; one taxpayer is not common, what is confidential belongs nowhere', async () => {
    await desk.get('/topics');
    expect(await desk.post('/topics/find')).toMatchObject({ status: 303, location: '/topics?ok=topics-found' });
    expect((await groups()).map(({ org_code, kind, title, members }: any) => [org_code, kind, title, members])).toEqual(
      [
        ['341500', 'TAG', '契税', 5],
        ['341500', 'TAG', '残保金', 3],
        ['341500', 'TEXT', expect.stringContaining('红冲一直提示状态异常'), 4],
        [A, 'TAG', '契税', 5],
      ],
    );
  });

  test('searched again: nothing twice; a new demand joins its group', async () => {
    await house.house.transaction(SYSTEM_ACTOR, (unit) => findTopics(unit));
    expect(await groups()).toHaveLength(4);
    await register(6, { tags: ['契税'], content: '契税发票丢了怎么办？' });
    const { found, joined } = await house.house.transaction(SYSTEM_ACTOR, (unit) => findTopics(unit));
    expect({ found, joined }).toEqual({ found: 0, joined: 2 });
  });

  test('the day finds them by itself, once', async () => {
    const runs = () => house.house.sql.query(`select day from statistics_done where kind = 'topics'`);
    await house.sweep();
    const before = (await runs()).length;
    await house.sweep();
    expect((await runs()).length).toBe(before);
    await house.moveTo('2026-11-24T08:40:00+08:00');
    expect((await runs()).length).toBe(before + 1);
    desk = await Visitor.signIn(house.address, 'fandongzhi');
  });

  test('a county sees its own group, why it became one, and the demands behind it', async () => {
    const list = await desk.get('/topics');
    expect(list.text).toContain('标签“契税”');
    expect(list.text).not.toContain('残保金');
    expect(list.html).toMatch(/<svg class="spark" role="img"/);
    const [own] = (await groups()).filter((group: any) => group.org_code === A);
    const page = await desk.get(`/topics/${own.id}`);
    expect(page.text).toContain('7 日内同一标签 5 件以上');
    expect(page.text).toContain('近 7 日件数');
    const members = await desk.get(page.link('6 件')!);
    expect(members.text).toContain('共 6 件');
    const [city] = (await groups()).filter((group: any) => group.org_code === '341500');
    expect((await desk.get(`/topics/${city.id}`)).status).toBe(404);
  });

  test('no personal data on the pages of groups', async () => {
    const city = await Visitor.signIn(house.address, 'zhaolichun');
    for (const group of await groups()) {
      const page = await city.get(`/topics/${group.id}`);
      expect(page.status).toBe(200);
      expect(page.html).not.toMatch(/199-?0001|王某某|六安市某某商贸/);
    }
  });

  test('lead, measures, report, closing; each with its history', async () => {
    const [own] = (await groups()).filter((group: any) => group.org_code === A);
    const at = `/topics/${own.id}`;
    const early = await desk.fill(at, `${at}/close`, { reason: '已经解决，不再发生' });
    expect(early.status).toBe(422);
    expect(early.text).toContain('还没有写措施');
    expect(early.html).toContain('已经解决，不再发生');
    expect((await desk.fill(at, `${at}/lead`, { department: '341502-TAX1' })).status).toBe(422);
    expect(await desk.fill(at, `${at}/lead`, { department: '341523-TAX1', note: '本周拿出办法' })).toMatchObject({
      status: 303,
      location: `${at}?ok=topic-lead`,
    });
    const head = await Visitor.signIn(house.address, 'lulidong');
    expect((await head.get('/inbox')).text).toContain('牵头处理共性诉求：标签“契税”');
    const other = await Visitor.signIn(house.address, 'xibailu');
    const page = await head.get(at);
    expect(page.text).toContain('针对原因采取什么措施');
    const short = await head.fill(at, `${at}/measures`, { measures: '尽快' });
    expect(short.status).toBe(422);
    expect(short.text).toContain('至少写 10 个字');
    await head.fill(at, `${at}/measures`, { measures: '税政一股编写契税办理指引，12 月 10 日前发到各办税厅。' });
    expect((await other.get(at)).text).toContain('编写契税办理指引');
    // Somebody opened the page before and closes it now.
    const stale = await desk.post(`${at}/close`, { reason: '指引已发，近期没有新增', _rev: '1' });
    expect(stale.status).toBe(409);

    const report = await desk.post(`${at}/reports`);
    expect(report.status).toBe(303);
    const paper = await desk.get(report.location!);
    expect(paper.text).toContain('共性诉求专报');
    expect(paper.text).toContain('共 6 件');
    expect(paper.text).toContain('由税政一股牵头');
    expect((await desk.get(paper.link('PDF')!)).html.slice(0, 5)).toBe('%PDF-');

    expect(await desk.fill(at, `${at}/close`, { reason: '指引已发，近期没有新增' })).toMatchObject({ status: 303 });
    const closed = await desk.get(at);
    expect(closed.text).toContain('已关闭');
    for (const what of ['发现共性诉求', '指定牵头科室', '填写措施', '生成共性诉求专报', '关闭共性群组'])
      expect(closed.text).toContain(what);
    expect((await desk.post(`${at}/lead`, { department: '341523-TAX1' })).status).toBe(409);
  });

  test('what was settled with a closed group begins no new one; what comes after does', async () => {
    await house.house.transaction(SYSTEM_ACTOR, (unit) => findTopics(unit));
    const of = async () =>
      (await groups()).filter((group: any) => group.org_code === A && group.title === '契税').length;
    expect(await of()).toBe(1);
    for (let n = 50; n < 55; n += 1) await register(n, { tags: ['契税'], content: `契税新问题${'问'.repeat(n - 48)}` });
    await house.house.transaction(SYSTEM_ACTOR, (unit) => findTopics(unit));
    expect(await of()).toBe(2);
  });

  test('who has no business with statistics is refused; the auditor looks and changes nothing', async () => {
    const handler = await Visitor.signIn(house.address, 'jinqingming');
    expect((await handler.get('/topics')).status).toBe(403);
    const auditor = await Visitor.signIn(house.address, 'weidashu');
    expect((await auditor.get('/topics')).status).toBe(200);
    expect((await auditor.post('/topics/find')).status).toBe(403);
  });
});
