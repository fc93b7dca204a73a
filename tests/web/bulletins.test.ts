import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import ExcelJS from 'exceljs';
import { deviationsOf, knownNumbers } from '../../src/modules/statistics/bulletins/check-numbers.ts';
import { figure, say } from '../../src/modules/statistics/bulletins/sentences.ts';
import { findSnapshot, isIntact } from '../../src/modules/statistics/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { liveMonth, MONTH_BEGINS, type Month } from '../support/month.ts';
import { type Seen, Visitor } from '../support/visitor.ts';

describe('R30: numbers of an edited text are held against the frozen ones', () => {
  const said = say`11月共派件 ${figure('派件', 25)} 件，按时办结 ${figure('税政股 按时', 21)} 件，按时办结率 ${figure('按时办结率', '98.6%（212/215）')}，近 7 日 3 件。`;
  const paragraph = { id: '2.1', ...said };
  const known = knownNumbers([paragraph, { id: '2.2', ...say`未办结 ${figure('未办结', 1204)} 件。` }]);
  test.each<[string, string, { label: string; was: string | null; is: string }[]]>([
    ['unchanged', said.text, []],
    ['words only', said.text.replace('共派件', '本期派件'), []],
    ['one number changed', said.text.replace('21 件', '22 件'), [{ label: '税政股 按时', was: '21', is: '22' }]],
    [
      'two changed',
      said.text.replace('21 件', '22 件').replace('98.6%', '99.1%'),
      [
        { label: '税政股 按时', was: '21', is: '22' },
        { label: '按时办结率', was: '98.6%', is: '99.1%' },
      ],
    ],
    ['a number left out', '11月按时办结 21 件，按时办结率 98.6%（212/215）。', []],
    ['a day for putting it right is no number of the data', `${said.text}请于12月10日前整改。`, []],
    ['a year and a document number neither', `${said.text}见六税办发〔2026〕12号。`, []],
    ['a number of the same part said again', `${said.text}未办结的 1204 件要抓紧。`, []],
    ['with or without the comma', `${said.text}未办结的 1,204 件要抓紧。`, []],
    ['a number from nowhere', `${said.text}另有 8 件未报。`, [{ label: '', was: null, is: '8' }]],
    [
      'two numbers exchanged',
      said.text.replace('25', 'X').replace('21', '25').replace('X', '21'),
      [{ label: '', was: null, is: '21' }],
    ],
    ['everything deleted', '', []],
  ])('%s', (_what, edited, expected) => {
    expect(deviationsOf(paragraph, edited, known)).toEqual(expected);
  });
});

describe('R30: a bulletin from its numbers to the archive', () => {
  let house: TestHouse;
  let month: Month;
  let desk: Visitor;
  let leader: Visitor;
  let at: string;
  beforeAll(async () => {
    house = await testHouse(MONTH_BEGINS);
    month = await liveMonth(house);
    desk = await Visitor.signIn(house.address, 'fandongzhi');
    leader = await Visitor.signIn(house.address, 'panlichun');
  }, 120_000);
  afterAll(() => house?.stop());

  const stored = async () =>
    (await house.house.sql.query<any>('select * from bulletin where id = $1', [at.split('/').at(-1)]))[0]!;
  const textsOf = (page: Seen): Record<string, string> =>
    Object.fromEntries(
      [...page.html.matchAll(/<textarea[^>]* name="(text-[\d.]+)"[^>]*>([^<]*)<\/textarea>/g)].map(([, name, text]) => [
        name!,
        text!,
      ]),
    );
  const action = () => `${at}/draft`;

  test('generated from a frozen snapshot, every sentence with its basis', async () => {
    await desk.get('/bulletins');
    const made = await desk.post('/bulletins', { period: '2026-11' });
    expect(made.status).toBe(303);
    at = made.location!.split('?')[0]!;
    const page = await desk.get(at);
    expect(page.text).toContain('舒城县税务局纳税人缴费人诉求办理情况通报（2026年11月）');
    for (const title of [
      '一、基本情况',
      '二、承办单位情况',
      '三、回访情况',
      '四、热点和共性诉求',
      '五、突出问题与整改要求',
    ])
      expect(page.text).toContain(title);
    expect(textsOf(page)['text-1.1']).toMatch(/共受理纳税人缴费人诉求 7 件/);
    expect(textsOf(page)['text-1.4']).toContain('按时办结率 2/4（件数少，不计算比例）');
    expect(textsOf(page)['text-5.1']).toContain('本期逾期 2 件');
    // The deadlines missed in the month have drawn cards: they are told by level.
    const cards = await house.house.sql.query(`select 1 from supervision where org_code = '341523'`);
    expect(cards.length).toBeGreaterThan(0);
    expect(textsOf(page)['text-5.2']).toContain('本期发出督办 ');
    expect(page.text).toContain('依据：7=受理件');
    expect(page.text).toContain('口径 2026-2');
    // No names, phones or texts of people.
    expect(page.html).not.toMatch(/王某某|199-?0000|六安市某某商贸/);
  });

  test('one bulletin per period: generated again, the same one opens', async () => {
    expect(await desk.post('/bulletins', { period: '2026-11' })).toMatchObject({ status: 303, location: at });
    const future = await desk.post('/bulletins', { period: '2027-01' });
    expect(future.status).toBe(422);
    expect(future.text).toContain('还没有开始');
  });

  test('the snapshot is hashed into the history, and the database refuses to change it', async () => {
    const { snapshot_id } = await stored();
    const snapshot = (await findSnapshot(house.house.sql, snapshot_id))!;
    expect(isIntact(snapshot)).toBe(true);
    const [event] = await house.house.sql.query<any>(
      `select payload from history_event where subject_type = 'snapshot' and subject_id = $1`,
      [snapshot_id],
    );
    expect(event.payload.hash).toBe(snapshot.hash);
    await expect(house.house.sql.query(`update report_snapshot set content = '{}'`)).rejects.toThrow(/frozen/);
    await expect(house.house.sql.query('delete from report_snapshot')).rejects.toThrow(/frozen/);
  });

  test('an edited number stands in the way of the review until it is put back or explained', async () => {
    const page = await desk.get(at);
    const texts = textsOf(page);
    const changed = texts['text-2.1']!.replace('按时办结 3 件', '按时办结 4 件').replace(
      '超时办结 1 件',
      '超时办结 0 件',
    );
    const refused = await desk.fill(at, action(), { 'text-2.1': changed, do: 'submit' });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('第二部分有 2 处与冻结数据不一致：按时 3→4；超时 1→0');
    expect(refused.html).toContain('<title>错误：');
    // What was typed is kept, and the generated text is there to compare.
    expect(textsOf(await desk.get(at))['text-2.1']).toBe(changed);
    expect((await desk.get(at)).text).toContain('生成原文');
    const back = await desk.fill(at, action(), { do: 'restore:2.1' });
    expect(back.location).toBe(`${at}?ok=bulletin-restore`);
    expect(textsOf(await desk.get(at))['text-2.1']).toBe(texts['text-2.1']);
  });

  test('an empty title is refused and nothing typed is lost', async () => {
    const refused = await desk.fill(at, action(), {
      title: ' ',
      'text-5.2': '请各单位在12月10日前整改到位。',
      do: 'save',
    });
    expect(refused.status).toBe(422);
    expect(refused.text).toContain('标题还没有填写');
    expect(refused.html).toContain('请各单位在12月10日前整改到位。');
  });

  test('explained, it goes to review; the numbers taken anew are another snapshot', async () => {
    const before = await stored();
    await desk.fill(at, action(), { do: 'refetch' });
    expect((await stored()).snapshot_id).not.toBe(before.snapshot_id);
    const changed = textsOf(await desk.get(at))['text-2.1']!.replace('按时办结 3 件', '按时办结 4 件');
    await desk.fill(at, action(), {
      'text-2.1': changed,
      documentNumber: '舒税办发〔2026〕7号',
      copiesTo: '市局纳税服务科',
      do: 'save',
    });
    const sent = await desk.fill(at, action(), {
      'text-2.1': changed,
      'reason-2.1': '一件经复核改认按时，系统月底更正',
      'text-5.2': '各单位请在12月10日前整改到位。',
      do: 'submit',
    });
    expect(sent.location).toBe(`${at}?ok=bulletin-submit`);
    expect((await leader.get('/inbox')).text).toContain('通报待签发');
    expect((await desk.get(at)).text).toContain('1 处与冻结数据不一致，已说明原因');
    // In review nobody edits.
    expect((await desk.post(action(), { do: 'save' })).status).toBe(409);
  });

  test('returned with an opinion, sent again, signed by somebody else', async () => {
    expect((await leader.fill(at, `${at}/return`, { opinion: '改' })).status).toBe(422);
    expect((await leader.fill(at, `${at}/return`, { opinion: '第五部分写得再具体些' })).status).toBe(303);
    expect((await desk.get(at)).text).toContain('签发人退回：第五部分写得再具体些');
    await desk.fill(at, action(), { do: 'submit' });
    // A stale page and the author herself.
    expect((await leader.post(`${at}/sign`, { _rev: '1' })).status).toBe(409);
    await house.house.sql.query('update bulletin set author = $1 where id = $2', ['panlichun', at.split('/').at(-1)]);
    const own = await leader.post(`${at}/sign`);
    expect(own.status).toBe(403);
    await house.house.sql.query('update bulletin set author = $1 where id = $2', ['fandongzhi', at.split('/').at(-1)]);
    expect((await desk.post(`${at}/sign`)).status).toBe(403);
    expect(await leader.fill(at, `${at}/sign`)).toMatchObject({ status: 303, location: `${at}?ok=bulletin-sign` });
    expect((await leader.post(`${at}/sign`)).status).toBe(409);
  });

  test('nobody sees it before it is published; afterwards the bureaus of its scope do', async () => {
    const city = await Visitor.signIn(house.address, 'zhaolichun');
    expect((await city.get(at)).status).toBe(404);
    expect(await desk.fill(at, `${at}/publish`, { bureaus: ['341523'] })).toMatchObject({ status: 303 });
    expect((await city.get(at)).status).toBe(200);
    const page = await city.get(`${at}/print`);
    expect(page.text).toContain('舒税办发〔2026〕7号');
    expect(page.text).toContain('签发人：潘立春');
    expect(page.text).toContain('抄送：市局纳税服务科');
    expect((await city.post(`${at}/archive`)).status).toBe(403);
  });

  test('published numbers never change: not by a page, not in the database', async () => {
    const before = (await desk.get(`${at}/print`)).text;
    // The world goes on: what was open is completed, what was on time is voided.
    await month.open.complete('handle-demand');
    await expect(
      house.house.sql.query(`update bulletin set edits = '{}' where id = $1`, [at.split('/').at(-1)]),
    ).rejects.toThrow(/not changed/);
    await expect(house.house.sql.query(`delete from bulletin`)).rejects.toThrow(/not changed/);
    expect((await desk.get(`${at}/print`)).text).toBe(before);
  });

  test('archived; a correction is a new version with its own way', async () => {
    expect((await desk.fill(at, `${at}/archive`)).status).toBe(303);
    expect((await desk.fill(at, `${at}/correct`, { reason: '错' })).status).toBe(422);
    const made = await desk.fill(at, `${at}/correct`, { reason: '按时件数认定有误，改回系统数据' });
    expect(made.status).toBe(303);
    const next = made.location!.split('?')[0]!;
    expect(next).not.toBe(at);
    const page = await desk.get(next);
    expect(page.text).toContain('（更正）');
    expect((await desk.post(`${at}/correct`, { reason: '再更正一次试试看' })).status).toBe(409);
    await desk.fill(next, `${next}/draft`, { do: 'restore:2.1' });
    await desk.fill(next, `${next}/draft`, { do: 'submit' });
    await leader.fill(next, `${next}/sign`);
    await desk.fill(next, `${next}/publish`, {});
    expect((await desk.get(at)).text).toContain('这份通报已有更正');
    expect((await desk.get('/bulletins')).text).toContain('已更正');
  });

  test('the annex has the column names of the bulletin, as an Excel file', async () => {
    const { openSession } = await import('../../src/modules/access/sessions.ts');
    const { sql, clock, ids } = house.house;
    const cookie = `suying_session=${await openSession({ sql, clock, ids }, 'fandongzhi', { ip: '::1', userAgent: 'test' })}`;
    const response = await fetch(`${house.address}${at}/annex`, { headers: { cookie } });
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(await response.arrayBuffer());
    const sheet = book.getWorksheet('承办单位情况表')!;
    expect((sheet.getRow(1).values as string[]).slice(1)).toEqual(
      '承办单位 派件总数 12366热线 12366平台 税务网站 12345热线 其他渠道 按时办结 超时办结 未办结 其中期内 办结率 按时办结率 不满意数 不满意率 平均工作日 延期 重办'.split(
        ' ',
      ),
    );
  });

  test('the same paper as a PDF', async () => {
    const pdf = await desk.get(`${at}/pdf`);
    expect(pdf.status).toBe(200);
    expect(pdf.html.slice(0, 5)).toBe('%PDF-');
  });

  test('the city speaks of all bureaus and chooses whom it publishes to', async () => {
    const [author] = (await house.house.directory()).usersWithRole('341500', 'DEMAND_DESK');
    const city = await Visitor.signIn(house.address, author!.login);
    await city.get('/bulletins');
    const made = await city.post('/bulletins', { period: '2026-Q4' });
    const there = made.location!.split('?')[0]!;
    expect((await city.get(there)).text).toContain('全市税务系统共受理纳税人缴费人诉求 8 件');
    await city.fill(there, `${there}/draft`, { do: 'submit' });
    const chief = await Visitor.signIn(house.address, 'zhaolichun');
    await chief.fill(there, `${there}/sign`);
    const nobody = await city.fill(there, `${there}/publish`, {});
    expect(nobody.status).toBe(422);
    await city.fill(there, `${there}/publish`, { bureaus: ['341502'] });
    expect((await desk.get(there)).status).toBe(404);
  });
});
