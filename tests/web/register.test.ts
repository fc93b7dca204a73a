import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readTimeline } from '../../src/modules/history/index.ts';
import { Follower } from '../support/follower.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

const OFFICER = 'pengqingming';
const GOOD = {
  channel: 'HOTLINE_12366',
  contactPhone: '199-0000-0021',
  taxpayerName: '曹某某',
  taxpayerType: 'NATURAL_PERSON',
  category: 'POLICY',
  content: '开发商退房契税退税提交一个半月没到账，什么时候能到？',
  intakeChoice: 'OTHER_DEPARTMENT',
  noticeMethod: 'PHONE',
  noticeContent: '已告知转纳税服务部门分派。',
};

describe('registration, over HTTP as a browser without JavaScript sees it', () => {
  let house: TestHouse;
  let officer: Follower;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    officer = await Follower.signedIn(house, OFFICER);
  });
  afterAll(() => house?.stop());

  const sql = <Row>(text: string, parameters: unknown[] = []) => house.house.sql.query<Row>(text, parameters);
  const count = async () => (await sql<{ n: number }>('select count(*)::int as n from demand'))[0]!.n;
  const last = async () =>
    (await sql<Record<string, any>>('select * from demand order by registered_at desc, number desc limit 1'))[0]!;
  const hidden = (name: string) => new RegExp(`name="${name}" value="([^"]+)"`).exec(officer.page.html)?.[1] ?? '';
  async function send(change: Record<string, string | string[]>, action = 'register') {
    await officer.get('/demands/new');
    return officer.post('/demands/new', {
      _once: hidden('_once'),
      _draft: hidden('_draft'),
      ...GOOD,
      ...change,
      _action: action,
    });
  }

  test('a number, a tracking code and the sentence to read out; the same form again makes nothing', async () => {
    await officer.get('/demands/new');
    const form = { _once: hidden('_once'), ...GOOD, _action: 'register' };
    await officer.post('/demands/new', form);
    expect(officer.page.path).toBe('/demands/LASQ-341523-20261123-0001/registered');
    expect(officer.text).toMatch(
      /已登记，编号 LASQ-341523-20261123-0001 ，查询码 [2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4} 。请念给诉求人：“您反映的事情已经登记，最晚 11月30日下班前办结，办好后一个工作日内联系您。”/,
    );
    await officer.get('/demands/new');
    await officer.post('/demands/new', form);
    expect(officer.text).toContain('这份表单已在 09:12:00 提交成功，没有重复登记。下面是那一次的结果。');
    expect(await count()).toBe(1);
  });

  test('R12: answered on the spot: registered and finished in one step', async () => {
    await send(
      { intakeChoice: 'COMPLEX', answerContent: '已说明到账时间，请再等三日。', answerBasis: '契税法' },
      'on-the-spot',
    );
    expect(officer.text).toContain('已登记并当场办结，同时汇总到');
    expect(await last()).toMatchObject({
      intake_choice: 'ON_THE_SPOT',
      answer_content: '已说明到账时间，请再等三日。',
    });
  });

  test.each<[string, Record<string, string | string[]>, string]>([
    ['no content', { content: '' }, '“诉求和意见”还没有填写。请写清楚什么事、什么时候发生、希望怎样解决。'],
    [
      'a phone too short',
      { contactPhone: '1990000' },
      '联系电话“1990000”位数不够。请填 11 位手机号，或带区号的固定电话，例如 0564-0000005；没有电话请选“匿名或无联系方式”并选原因。',
    ],
    [
      'no phone, not anonymous',
      { contactPhone: '' },
      '“联系电话”还没有填写；没有电话的，请选“匿名或无联系方式”并选原因。',
    ],
    ['anonymous without a reason', { anonymous: 'true' }, '还没选“匿名原因”。'],
    ['not told (R13, R14)', { intakeChoice: 'COMPLEX', noticeMethod: '' }, '还没选“告知方式”。'],
    [
      'told in the future',
      { noticeAt: '11-24 09:00' },
      '告知时间晚于现在。请填已经告知的时间；还没有告知的，先告知再登记。',
    ],
    ['no answer on the spot (R12)', { intakeChoice: 'ON_THE_SPOT' }, '“答复内容”还没有填写。'],
    [
      'received in the future',
      { receivedAt: '2026-11-23 09:13' },
      '来件时间晚于现在。请填诉求人来电、来件的实际时间。',
    ],
    ['an external limit in the past', { externalDueAt: '11-20' }, '外部期限早于来件时间。请核对工单上要求办结的日期。'],
    ['legal remedy without an intent', { category: 'LEGAL_REMEDY' }, '还没选“诉求人的救济意愿”。'],
    [
      'a department of another bureau',
      { registeringDepartment: '341503-TAX1' },
      '“首接部门”里没有“341503-TAX1”这个选项，请从列表中选择。',
    ],
    ['two categories at once', { category: ['POLICY', 'OTHER'] }, '“类别”收到了 2 个值，只能填一个，请重新填写。'],
    ['a character no database keeps', { title: 'a\u0000b' }, '“标题”里有不能保存的字符（显示为 �），请删去后再提交。'],
    ['100,000 characters', { content: '税'.repeat(100_000) }, '“诉求和意见”有 100000 个字，最多 5000 个字，请删减。'],
    ['another department without a reason', { proposedHost: '341523-TAX1' }, '另选了主办部门，请写明理由。'],
    [
      'a duplicate that is none',
      { duplicateOf: 'LASQ-341523-20261123-9999' },
      '没有找到可以并入的诉求 LASQ-341523-20261123-9999，请重新选择。',
    ],
  ])('R9: %s: named at the field, everything kept, nothing registered', async (_name, change, message) => {
    const before = await count();
    const page = await send(change);
    expect(page.status).toBe(422);
    expect(officer.text).toContain(message);
    expect(officer.text).toMatch(/有 \d+ 处需要修改，修改后才能提交/);
    expect(page.html).toContain('<title>错误：登记诉求 - 速应</title>');
    expect(page.html).toContain('value="曹某某"');
    expect(await count()).toBe(before);
  });

  test('emoji, rare characters and dates as people write them are kept', async () => {
    await send({
      content: '𠮷野家的发票😀打不开怎么办',
      receivedAt: '1122 1630',
      externalDueAt: '11月26日',
      taxpayerName: '𠮷某某',
    });
    const demand = await last();
    expect(demand).toMatchObject({ content: '𠮷野家的发票😀打不开怎么办', taxpayer_name: '𠮷某某' });
    expect(new Date(demand.received_at).toISOString()).toBe('2026-11-22T08:30:00.000Z');
    expect(new Date(demand.external_due_at).toISOString()).toBe('2026-11-26T09:30:00.000Z');
    // The shorter of both limits is promised.
    expect(officer.text).toContain('最晚 11月26日下班前办结');
  });

  test('R10: anonymous, confidential, by an agent, of another first department of the bureau', async () => {
    await send({
      anonymous: 'true',
      anonymousReason: 'NO_CALLER_ID',
      contactPhone: '',
      taxpayerName: '',
      confidential: 'true',
      agent: 'true',
      agentName: '李某，会计',
      registeringDepartment: '341523-TAX1',
      period: '2026年第三季度',
      riskFlags: ['AGITATED', 'REPEATED'],
    });
    expect(await last()).toMatchObject({
      anonymous: true,
      anonymous_reason: 'NO_CALLER_ID',
      taxpayer_type: 'ANONYMOUS',
      taxpayer_name: '匿名',
      confidential: true,
      registering_department: '341523-TAX1',
      intake: { agentName: '李某，会计', period: '2026年第三季度', riskFlags: ['AGITATED', 'REPEATED'] },
    });
  });

  describe('检查并给出建议', () => {
    test('the rail is filled, nothing is saved: caller, possible duplicates in full, host with reason and version, dates', async () => {
      const before = await count();
      await send({ tags: ['契税'] }, 'check');
      const { text } = officer;
      expect(text).toMatch(/来电历史 \d+ 件/);
      expect(text).toMatch(/…20261123-0001 · 同电话·同名称·内容相似/);
      expect(text).toContain('开发商退房契税退税提交一个半月没到账，什么时候能到？');
      expect(text).toMatch(/建议主办 税政二股 为什么 命中规则“[^”]+”（规则第 1 版）/);
      expect(text).toContain('转交 11月24日 · 办结 11月30日 17:30');
      expect(await count()).toBe(before);
    });

    test('merging is offered as what it is: a mark for tax service, kept with the registration and in its history', async () => {
      await send({}, 'same:LASQ-341523-20261123-0001');
      expect(officer.text).toContain('登记后标为“疑似与此件重复”');
      await send({
        duplicateOf: hidden('duplicateOf'),
        notDuplicateOf: ['LASQ-341523-20261123-0002', 'nonsense'],
        proposedHost: '341523-TAX1',
        proposalReason: '由税政一股办理更快',
      });
      expect(officer.text).toContain('已标为疑似与 LASQ-341523-20261123-0001 重复');
      const demand = await last();
      const [first] = await sql<{ id: string }>('select id from demand where number = $1', [
        'LASQ-341523-20261123-0001',
      ]);
      expect(demand.duplicate_of).toBe(first!.id);
      const [event] = await readTimeline(house.house.sql, 'demand', demand.id);
      expect(event!.payload).toMatchObject({
        duplicateOf: 'LASQ-341523-20261123-0001',
        notDuplicateOf: ['LASQ-341523-20261123-0002'],
        proposal: { department: '341523-TAX1', by: 'PERSON', reason: '由税政一股办理更快', ruleVersion: 1 },
      });
    });

    test('the rule’s own department is adopted with its rule', async () => {
      await send({ tags: ['契税'] }, 'check');
      const adopt = /value="adopt:([^"]+)"/.exec(officer.page.html)![1]!;
      await send({ tags: ['契税'] }, `adopt:${adopt}`);
      expect(officer.text).toContain('已采纳');
      await send({ tags: ['契税'], proposedHost: adopt });
      expect((await last()).intake).toMatchObject({ proposal: { department: adopt, by: 'RULE' } });
    });

    test('a tag that stands in the text is added; an earlier answer is put in', async () => {
      await send({}, 'tag:契税');
      expect(officer.text).toContain('已选 1 个 ：契税');
      await send({
        tags: ['契税'],
        intakeChoice: 'ON_THE_SPOT',
        answerContent: '退税一般十个工作日到账。',
        answerBasis: '契税法',
      });
      await house.settle();
      await send({ tags: ['契税'], intakeChoice: '' }, 'check');
      const number = /value="answer:([^"]+)"/.exec(officer.page.html)![1]!;
      await send({ tags: ['契税'], intakeChoice: '' }, `answer:${number}`);
      expect(officer.page.html).toMatch(/name="answerContent"[^>]*>\s*退税一般十个工作日到账。/);
      expect(officer.page.html).toMatch(/value="ON_THE_SPOT" checked/);
    });

    test('legal remedy: the last day of 60 with its reasoning, rolled forward over a weekend (民法典 203)', async () => {
      await send({ category: 'LEGAL_REMEDY', legalIntent: 'CONSULT', knownAt: '2026-09-29' }, 'check');
      // 2026-11-28 is a Saturday.
      expect(officer.text).toContain('最晚 2026年11月30日 ，还剩 7 个自然日');
      expect(officer.text).toContain(
        '9月29日（周二）知道，当日不算，数 60 个自然日到 11月28日（周六），不上班，顺延到 11月30日（周一）。',
      );
      await send(
        {
          category: 'LEGAL_REMEDY',
          legalIntent: 'CONSULT',
          knownAt: '2026-09-01',
          taxDispute: 'true',
          settlement: 'NEITHER',
        },
        'check',
      );
      expect(officer.text).toContain('已过申请期限');
      expect(officer.text).toContain('纳税争议须先缴清税款和滞纳金，或者提供担保');
    });
  });

  test('several drafts live side by side, each taken up again and given up by itself', async () => {
    await send({ content: '第一份没写完的内容' }, 'draft');
    const first = officer.page.path;
    await send({ content: '第二份没写完的内容', taxpayerName: '李某' }, 'draft');
    await officer.get('/demands/new');
    expect(officer.text).toContain('未完成的登记 2');
    await officer.get(first.replace('&ok=draft', ''));
    expect(officer.text).toContain('找到你 11月23日 09:12 没写完的草稿，已经填回。');
    expect(officer.page.html).toContain('第一份没写完的内容</textarea>');
    await officer.post('/demands/new', { _draft: hidden('_draft'), _action: 'discard' });
    expect(officer.text).toContain('未完成的登记 1');
    const other = await Follower.signedIn(house, 'fandongzhi');
    await other.get(first);
    expect(other.page.html).not.toContain('第一份没写完的内容');
  });

  test('the same caller again: name and phone are there; for somebody else’s registration they are not', async () => {
    await officer.get('/demands/new?again=LASQ-341523-20261123-0001');
    expect(officer.page.html).toContain('value="199-0000-0021"');
    const other = await Follower.signedIn(house, 'fandongzhi');
    await other.get('/demands/new?again=LASQ-341523-20261123-0001');
    expect(other.page.html).not.toContain('199-0000-0021');
  });

  test('the receipt carries number, code and limit, and nothing of the matter; only the officer prints it', async () => {
    await officer.get('/demands/LASQ-341523-20261123-0001/receipt');
    expect(officer.text).toMatch(
      /诉求受理回执 .*编号 LASQ-341523-20261123-0001 查询码 [2-9A-Z-]{14} .*最晚 2026年11月30日 17:30 办结/,
    );
    expect(officer.text).not.toContain('契税');
    expect(officer.text).not.toContain('曹某某');
    const other = await Follower.signedIn(house, 'fandongzhi');
    expect((await other.get('/demands/LASQ-341523-20261123-0001/receipt')).status).toBe(404);
  });

  test('R8: 50 registrations at once: numbers without gap or double; one key makes one demand', async () => {
    const api = await house.as(OFFICER);
    const [before] = await sql<{ last: number }>(
      `select last from demand_number where org_code = '341523' and day = '2026-11-23'`,
    );
    const made = await Promise.all(
      Array.from({ length: 50 }, (_, n) => api.post<{ number: string }>('/demands', { ...GOOD, title: `并发 ${n}` })),
    );
    const numbers = made.map((item) => Number(item.number.slice(-4))).sort((a, b) => a - b);
    expect(numbers).toEqual(Array.from({ length: 50 }, (_, n) => before!.last + 1 + n));
    const twice = await Promise.all(
      Array.from({ length: 10 }, () =>
        api.post<{ number: string }>('/demands', GOOD, { 'Idempotency-Key': 'same-key' }),
      ),
    );
    expect(new Set(twice.map((item) => item.number)).size).toBe(1);
  });

  test('R8: no demand is ever deleted, whoever asks the database', async () => {
    await expect(sql('delete from demand')).rejects.toThrow(/void it with a reason/);
    await expect(sql('truncate demand cascade')).rejects.toThrow(/void it with a reason/);
  });
});
