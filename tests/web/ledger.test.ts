import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import ExcelJS from 'exceljs';
import { readTimeline } from '../../src/modules/history/index.ts';
import { Follower } from '../support/follower.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

const REGISTRAR = 'pengqingming';
const DESK = 'fandongzhi';

const registration = (n: number, change: Record<string, unknown> = {}) => ({
  channel: n % 2 ? 'HOTLINE_12345' : 'HOTLINE_12366',
  contactPhone: `199-0000-00${20 + n}`,
  taxpayerName: n % 2 ? '皖西云雾茶业有限公司' : '曹某某',
  taxpayerType: n % 2 ? 'ENTERPRISE' : 'NATURAL_PERSON',
  category: n % 3 ? 'POLICY' : 'SERVICE',
  title: `第${n}件 ${n % 3 ? '退房契税' : '窗口排队'}`,
  content: n % 3 ? `开发商退房，契税退税没有到账，编号${n}。` : `办税服务厅窗口排队太久，等了${n}个小时。`,
  intakeChoice: 'SELF',
  ...change,
});

describe('the ledger, over HTTP as a browser without JavaScript sees it', () => {
  let house: TestHouse;
  let desk: Follower;
  const numbers: string[] = [];
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    const api = await house.as(REGISTRAR);
    for (let n = 1; n <= 6; n += 1) {
      if (n === 4) await house.moveTo('2026-11-24T09:00:00+08:00');
      numbers.push((await api.post<{ number: string }>('/demands', registration(n))).number);
    }
    await house.settle();
    desk = await Follower.signedIn(house, DESK);
  });
  afterAll(() => house?.stop());

  const shown = () =>
    [...desk.page.html.matchAll(/<td data-label="诉求"><a href="\/demands\/([^"]+)"/g)].map(
      ([, number]) => numbers.indexOf(number!) + 1,
    );
  const at = async (query: string) => {
    await desk.get(`/demands${query}`);
    return shown();
  };

  test.each<[string, string, number[]]>([
    ['everything, newest first', '', [6, 5, 4, 3, 2, 1]],
    ['by channel', '?channel=HOTLINE_12345', [5, 3, 1]],
    ['by category', '?category=SERVICE', [6, 3]],
    ['by host department', '?hostDepartment=341523-HALL', [6, 5, 4, 3, 2, 1]],
    ['by state', '?state=closed', []],
    ['from a day, as people write it', '?from=11-24', [6, 5, 4]],
    ['to a day, included', '?to=1123', [3, 2, 1]],
    ['what is due first', '?sort=due', [1, 2, 3, 4, 5, 6]],
    ['registered by oneself', '?mine=1', []],
    ['a mark nobody carries', '?mark=rework', []],
    ['words of the text', `?q=${encodeURIComponent('契税退税')}`, [5, 4, 2, 1]],
    ['words that must all occur', `?q=${encodeURIComponent('窗口 6个小时')}`, [6]],
    ['a name', `?q=${encodeURIComponent('云雾茶业')}`, [5, 3, 1]],
    ['the last four digits of a phone', '?q=0023', [3]],
    ['a whole phone', '?q=199-0000-0024', [4]],
    ['the last four digits of a number', '?q=0002', [5, 2]],
    ['one character', `?q=${encodeURIComponent('曹')}`, [6, 4, 2]],
    ['signs of a pattern taken literally', '?q=%25', []],
  ])('%s', async (_name, query, expected) => {
    expect(await at(query)).toEqual(expected);
  });

  test('an exact number leads to the demand; somebody else’s is only not found', async () => {
    await desk.get(`/demands?q=${numbers[0]!.toLowerCase()}`);
    expect(desk.page.path).toBe(`/demands/${numbers[0]}`);
    await desk.get(`/search?q=${numbers[1]}`);
    expect(desk.page.path).toBe(`/demands/${numbers[1]}`);
    const stranger = await Follower.signedIn(house, 'zhaojingzhe');
    await stranger.get(`/demands?q=${numbers[0]}`);
    expect(stranger.text).toContain(`没有“${numbers[0]}”。试试编号后四位、电话后四位，或少写几个字。`);
  });

  test('nothing found: the conditions in words, each to be dropped', async () => {
    await desk.get('/demands?channel=HOTLINE_12345&status=REWORK&time=overdue');
    expect(desk.text).toContain('没有符合条件的诉求。当前条件：渠道=12345热线平台、状态=重办中、已逾期。');
    expect(desk.page.html).toContain('href="/demands?channel=HOTLINE_12345&amp;status=REWORK">去掉“已逾期”</a>');
  });

  test.each([
    ['?from=2026-11-24&to=2026-11-23', '开始日期晚于结束日期，请对调或改一个。'],
    ['?from=2026-02-30', '“受理从”里的日期 2026-02-30 不存在，请核对月份和日期。'],
    ['?to=tomorrow', '“受理到”应当写成 年-月-日，例如 2026-11-24。'],
  ])('%s is refused with its reason, the conditions kept', async (query, message) => {
    await desk.get(`/demands${query}`);
    expect(desk.text).toContain(message);
    expect(shown()).toEqual([]);
  });

  test.each([
    '?status=%00',
    '?q=%ED%A0%80',
    '?page=-1',
    '?page=1e9',
    '?size=7',
    '?mark=__proto__',
    '?channel=__proto__',
    '?q=a&q=b',
    '?from=%00',
  ])('%s never breaks the page', async (query) => {
    expect((await desk.get(`/demands${query}`)).status).toBe(200);
  });

  test('pages of 25, 50 and 100, names masked', async () => {
    await desk.get('/demands?size=25');
    expect(desk.text).toContain('共 6 件 · 本页 6');
    expect(desk.text).toContain('曹**');
    expect(desk.page.html).not.toContain('曹某某');
    expect(desk.page.html).toContain('href="/demands?size=100"');
  });

  test('a view is kept for oneself, shared by the desk with its bureau, and removed by its owner only', async () => {
    await desk.get('/demands?category=SERVICE');
    await desk.post('/demands/views', { category: 'SERVICE', name: '窗口的事', shared: 'true' });
    expect(desk.text).toContain('视图已保存。');
    const colleague = await Follower.signedIn(house, REGISTRAR);
    await colleague.get('/demands');
    expect(colleague.page.html).toMatch(/<a href="\/demands\?category=SERVICE">窗口的事/);
    await colleague.post('/demands/views', { q: '契税', name: '契税', shared: 'true' });
    await desk.get('/demands?category=SERVICE');
    expect(desk.page.html).not.toMatch(/>契税<\/a>|>契税<span/);
    const id = /\/demands\/views\/([^/]+)\/remove/.exec(desk.page.html)![1]!;
    await colleague.post(`/demands/views/${id}/remove`, {});
    expect(colleague.page.status).toBe(404);
    await desk.get('/demands?category=SERVICE');
    await desk.post(`/demands/views/${id}/remove`, {});
    expect(desk.text).toContain('视图已删去。');
    await desk.get('/demands?category=SERVICE');
    await desk.post('/demands/views', { category: 'SERVICE', name: '名'.repeat(21) });
    expect(desk.page.status).toBe(422);
    expect(desk.text).toContain('视图名字有 21 个字，最多 20 个字，请缩短。');
  });

  describe('export', () => {
    const events = async () =>
      (await readTimeline(house.house.sql, 'export', 'fandongzhi')).filter((event) => event.type === 'ledger.exported');

    test('what, how many, which fields, for what; refused without a purpose, and then nothing is recorded', async () => {
      await desk.get('/demands/export?category=SERVICE');
      expect(desk.text).toContain('类别=纳税服务类，2 件。');
      await desk.post('/demands/export', { category: 'SERVICE', kind: 'pdf', purpose: '看' });
      expect(desk.page.status).toBe(422);
      for (const message of ['请选文件格式', '还没选要导出的字段', '请写明用途']) expect(desk.text).toContain(message);
      expect(await events()).toEqual([]);
    });

    test('CSV: masked, formulas made text, a line that says who and when; recorded with purpose and filter', async () => {
      const api = await house.as(REGISTRAR);
      await api.post('/demands', registration(2, { title: '=HYPERLINK("x")', category: 'OTHER' }));
      await desk.get('/demands/export?category=OTHER');
      const file = await desk.post('/demands/export', {
        category: 'OTHER',
        kind: 'csv',
        fields: ['number', 'title', 'taxpayer'],
        purpose: '11月例会情况通报',
      });
      expect(file.headers.get('content-disposition')).toContain(encodeURIComponent('台账-2026-11-24.csv'));
      const lines = file.html.replace('\ufeff', '').trim().split('\r\n');
      expect(lines[0]).toBe('"编号","标题","纳税人（脱敏）"');
      expect(lines[1]).toMatch(/^"LASQ-341523-20261124-\d{4}","'=HYPERLINK\(""x""\)","曹\*\*"$/);
      expect(lines[2]).toMatch(/导出人 .+（fandongzhi） 2026年11月24日 09:00，用途：11月例会情况通报，个人信息已脱敏/);
      expect((await events())[0]!.payload).toMatchObject({
        kind: 'csv',
        purpose: '11月例会情况通报',
        fields: ['number', 'title', 'taxpayer'],
        filter: { category: 'OTHER' },
        rows: 1,
      });
    });

    test('personal fields need a reason each and a leader’s agreement; every demand is noted as looked at', async () => {
      await desk.get('/demands/export?q=0023');
      const order = { q: '0023', kind: 'csv', fields: ['number', 'phone'], purpose: '电话回访核对' };
      await desk.post('/demands/export', order);
      expect(desk.page.status).toBe(422);
      expect(desk.text).toContain('“联系电话（完整）”是个人信息，请写明为什么需要，至少 4 个字。');
      expect(desk.text).toContain('导出个人信息要有本单位领导同意，请选批准人（不能是自己）。');
      const approver = /<option value="([a-z]+)">/.exec(
        /name="approver"[\s\S]*?<\/select>/.exec(desk.page.html)![0],
      )![1]!;
      const file = await desk.post('/demands/export', { ...order, 'reason.phone': '回访要打电话', approver });
      expect(file.html).toContain('199-0000-0023');
      const seen = await house.house.sql.query('select login, field, reason from pii_access_log');
      expect(seen).toEqual([{ login: DESK, field: 'phone', reason: 'EXPORT' }]);
    });

    test('Excel opens and says the same', async () => {
      await desk.get('/demands/export');
      const answer = await fetch(`${house.address}/demands/export`, {
        method: 'POST',
        headers: {
          cookie: `${['suying_session', 'sid', 'suying']
            .map((name) => [name, desk.cookie(name)])
            .filter(([, v]) => v)
            .map(([n, v]) => `${n}=${v}`)
            .join('; ')}`,
          origin: house.address,
          'sec-fetch-site': 'same-origin',
        },
        body: new URLSearchParams([
          ['_csrf', desk.csrf],
          ['kind', 'xlsx'],
          ['fields', 'number'],
          ['fields', 'status'],
          ['purpose', '核对在办情况'],
        ]),
      });
      expect(answer.status).toBe(200);
      const workbook = new ExcelJS.Workbook();
      await workbook.xlsx.load(await answer.arrayBuffer());
      const sheet = workbook.getWorksheet('台账')!;
      expect(sheet.getRow(1).values).toEqual([undefined, '编号', '状态']);
      expect(sheet.rowCount).toBe(1 + 7 + 1);
    });

    test('without the permission there is no export, and no link to it', async () => {
      const [handler] = await house.house.sql.query<{ login: string }>(
        `select login from app_user where status = 'ACTIVE' and roles && '{HANDLER,REGISTRAR,AUDITOR}'
           and not roles && '{DEMAND_DESK,DEPARTMENT_HEAD,DEPUTY_IN_CHARGE,CHIEF}' order by sort, login limit 1`,
      );
      const visitor = await Follower.signedIn(house, handler!.login);
      await visitor.get('/demands');
      expect(visitor.page.status).toBe(200);
      expect(visitor.page.html).not.toContain('/demands/export');
      expect((await visitor.get('/demands/export')).status).toBe(403);
    });
  });

  test('voiding needs a reason; number and page stay, and the ledger still lists it', async () => {
    await desk.get(`/demands/${numbers[5]}/actions/void`);
    await desk.post(`/demands/${numbers[5]}/actions/void`, { reason: '' });
    expect(desk.page.status).toBe(422);
    await desk.post(`/demands/${numbers[5]}/actions/void`, { reason: '重复登记，见第五件。', confirmed: 'true' });
    await house.settle();
    expect(await at('?status=VOIDED')).toEqual([6]);
  });
});
