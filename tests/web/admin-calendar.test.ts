import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readTimeline } from '../../src/modules/history/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';
import { Visitor } from '../support/visitor.ts';

const TABLE = `2027-01-01,放假,元旦
2027-01-02,放假,元旦
2027-01-04,放假,元旦调休
2027-01-09,补班,元旦调休上班`;

describe('the working calendar (P29)', () => {
  let house: TestHouse;
  let admin: Visitor;
  let number: string;
  beforeAll(async () => {
    house = await testHouse('2026-12-28T10:00:00+08:00');
    admin = await Visitor.signIn(house.address, 'jinqingming');
    const story = scenes(house);
    number = await story.register();
    await story.complete(number, 'dispatch-demand');
  });
  afterAll(() => house?.stop());

  const idOf = async () =>
    (await house.house.sql.query<{ id: string }>('select id from demand where number = $1', [number]))[0]!.id;
  const dueOf = async () =>
    (
      await house.house.sql.query<{ due: string; provisional: boolean }>(
        `select due_date::text as due, provisional from deadline where subject_id = $1 and kind = 'HANDLING'`,
        [await idOf()],
      )
    )[0];

  test('twelve months in words, this year published, next year provisional, and the red bar with what waits on it', async () => {
    const page = await admin.get('/calendar?year=2026');
    expect(page.status).toBe(200);
    expect(page.text).toContain('2027 年放假安排还没有导入，1 件到期日是暂定。 导入 2027 年放假安排');
    expect(page.text).toContain('国办发明电〔2025〕7号');
    expect(page.text).toContain('工作日 248 天，放假 33 天，补班 6 天，临时停班 0 天');
    expect(page.html.match(/<table class="table table--keep month">/g)).toHaveLength(12);
    expect(page.text).toMatch(/班 10 国庆节调休上班/);
    expect((await admin.get('/calendar?year=2027')).text).toContain('暂定（仅法定假日）');
    expect((await admin.get('/admin')).text).toContain(
      '日历缺 2027 年：还是暂定，没有导入正式放假安排，1 个期限的到期日是暂定。',
    );
  });

  test('a year nobody has entered says so and guesses nothing; years that are none are not found', async () => {
    expect((await admin.get('/calendar?year=2031')).text).toContain('2031 年还没有放假安排。没有数据的年份不推算期限');
    expect((await admin.get('/calendar?year=20x6')).status).toBe(404);
  });

  test('a pasted table with wrong lines comes back filled, each line named', async () => {
    const typed = '2027-01-01,放假,元旦\n2027-01-02,补班,补班\n2027-02-30,放假,春节';
    const back = await admin.fill('/calendar/import?year=2027', '/calendar/import', {
      year: '2027',
      text: typed,
      source: '',
    });
    expect(back.status).toBe(422);
    expect(back.text).toContain('第 3 行“2027-02-30”不是有效日期。');
    expect(back.text).toContain('“来源”还没有填写。请写明通知名称和文号。');
    expect(back.html).toContain('2027-02-30,放假,春节');
    expect(back.html).toMatch(/<title>错误：/);
  });

  test('the preview lists days and the demands that move, and keeps nothing', async () => {
    expect(await dueOf()).toEqual({ due: '2027-01-05', provisional: true });
    const preview = await admin.fill('/calendar/import?year=2027', '/calendar/import', {
      year: '2027',
      text: TABLE,
      source: '测试通知',
    });
    expect(preview.status).toBe(200);
    expect(preview.text).toContain('＋放假 2 天 ＋补班 1 天 －12 天');
    expect(preview.text).toContain('在办 1 件的期限会变');
    expect(preview.text).toContain(
      `${number} 办结钟 舒城县税务局 税政二股 1月5日 17:30 周二（暂定） 1月6日 17:30 周三 推迟`,
    );
    expect(preview.text).not.toContain('曹');
    expect(await dueOf()).toEqual({ due: '2027-01-05', provisional: true });
  });

  test('a notice that reaches into the year before says so: this import does not touch it', async () => {
    const preview = await admin.fill('/calendar/import?year=2027', '/calendar/import', {
      year: '2027',
      text: '一、元旦：2026年12月31日（周四）至2027年1月2日（周六）放假调休，共3天。2026年12月27日（周日）、1月3日（周日）上班。',
      source: '测试通知',
    });
    expect(preview.text).toContain(
      '通知里还有不在 2027 年的日子 ：2026年12月31日（元旦）放假、2026年12月27日上班。这次只导入 2027 年；请到那一年的日历里也补上。',
    );
    expect(preview.text).toContain('1月3日（元旦调休上班）');
  });

  test('publishing moves them with a reason and an event; a stale preview and a missing reason change nothing', async () => {
    const preview = await admin.fill('/calendar/import?year=2027', '/calendar/import', {
      year: '2027',
      text: TABLE,
      source: '测试通知',
    });
    const fields = { ...preview.hidden('/calendar/review'), text: TABLE };
    const bare = await admin.post('/calendar/review', { ...fields, reason: '' });
    expect([bare.status, bare.text]).toEqual([422, expect.stringContaining('“发布原因”还没有填写')]);
    const stale = await admin.post('/calendar/review', { ...fields, version: '999', reason: '国办发布' });
    expect([stale.status, stale.text]).toEqual([409, expect.stringContaining('你预览之后，日历已经由别人改过')]);
    expect(await dueOf()).toEqual({ due: '2027-01-05', provisional: true });

    // The table holds one of the holidays only: that wants words.
    const unexplained = await admin.post('/calendar/review', { ...fields, reason: '国办发布' });
    expect([unexplained.status, unexplained.text]).toEqual([422, expect.stringContaining('为什么可以接受')]);
    const accept = '其余节日随后补发';
    const sent = await admin.post('/calendar/review', { ...fields, reason: '国办发布 2027 年放假安排', accept });
    expect(sent.location).toMatch(/^\/releases\/FB-20261228-01\?ok=release-submitted$/);
    expect(await dueOf()).toEqual({ due: '2027-01-05', provisional: true });
    expect((await admin.get('/calendar?year=2027')).text).toContain('在发布单 FB-20261228-01 里');
    const twice = await admin.post('/calendar/review', { ...fields, reason: '再来一次', accept });
    expect([twice.status, twice.text]).toEqual([409, expect.stringContaining('已经在发布单 FB-20261228-01')]);

    const path = '/releases/FB-20261228-01';
    const second = await Visitor.signIn(house.address, 'shuguyu');
    const look = await second.get(`${path}/calendar/2027`);
    expect(look.text).toContain('在办 1 件的期限会变 ：推迟 1 个');
    expect(look.text).toContain(number);
    const review = await second.get(path);
    expect(review.text).toContain('在办 1 件到期日会变');
    expect(review.html).toContain('发布并重算');
    const done = await second.post(`${path}/sign`, review.hidden(`${path}/sign`));
    expect(done.location).toBe(`${path}?ok=release-published`);
    const page = await admin.get('/calendar?year=2027');
    expect(page.text).toContain('1 个在走的期限重算');
    expect(page.text).not.toContain('还没有导入');
    expect(await dueOf()).toEqual({ due: '2027-01-06', provisional: false });
    const last = (await readTimeline(house.house.sql, 'demand', await idOf())).at(-1)!;
    expect(last).toMatchObject({
      type: 'deadline.recomputed',
      actor: 'jinqingming',
      payload: { reason: '国办发布 2027 年放假安排（发布单 FB-20261228-01）' },
    });
    expect((await admin.get('/admin')).text).not.toContain('日历缺');
  });

  test('a closure of one bureau moves its demand, is listed, and can be taken back; twice is refused', async () => {
    const closed = await admin.fill('/calendar/closures/new', '/calendar/closures/new', {
      date: '12-30',
      name: '暴雪停班',
      orgCode: '341523',
    });
    expect(closed.location).toBe('/calendar?year=2026&done=closed&moved=1');
    expect((await dueOf())!.due).toBe('2027-01-07');
    const page = await admin.get('/calendar?year=2026&org=341523');
    expect(page.text).toContain('2026年12月30日 周三 舒城县税务局 暴雪停班');
    expect(page.text).toMatch(/停 30 暴雪停班/);
    const again = await admin.fill('/calendar/closures/new', '/calendar/closures/new', {
      date: '2026-12-30',
      name: '再停',
      orgCode: '341523',
    });
    expect([again.status, again.text]).toEqual([422, expect.stringContaining('本来就不上班（暴雪停班），不用停班')]);
    const nowhere = await admin.fill('/calendar/closures/new', '/calendar/closures/new', {
      date: '2026-12-31',
      name: '停',
      orgCode: '999999',
    });
    expect([nowhere.status, nowhere.text]).toEqual([422, expect.stringContaining('还没选单位')]);
    const back = await admin.fill('/calendar?year=2026', '/calendar/closures/remove', {
      date: '2026-12-30',
      orgCode: '341523',
    });
    expect(back.location).toBe('/calendar?year=2026&done=reopened&moved=1');
    expect((await dueOf())!.due).toBe('2027-01-06');
  });

  test('hours of a bureau from a day on set the moment a day ends', async () => {
    const path = '/calendar/hours/new';
    const wrong = await admin.fill(path, path, {
      name: '',
      from: '2026-12-01',
      orgCode: '341523',
      opens: '8点',
      lunchFrom: '12:00',
      lunchTo: '14:00',
      close: '18:00',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toMatch(/有 3 处需要修改/);
    const saved = await admin.fill(path, path, {
      name: '元旦后作息',
      from: '2027-01-04',
      orgCode: '341523',
      opens: '08:30',
      lunchFrom: '12:00',
      lunchTo: '14:00',
      close: '18:00',
    });
    expect(saved.location).toBe('/calendar?done=hours&moved=1');
    const [row] = await house.house.sql.query<{ at: string }>(
      `select due_at as at from deadline where subject_id = $1 and kind = 'HANDLING'`,
      [await idOf()],
    );
    expect(new Date(row!.at).toISOString()).toBe('2027-01-06T10:00:00.000Z');
  });

  test('others may look and not change', async () => {
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    const page = await desk.get('/calendar?year=2026');
    expect(page.status).toBe(200);
    expect(page.link('导入放假安排')).toBeUndefined();
    expect((await desk.get('/calendar/import?year=2027')).status).toBe(403);
    expect((await desk.post('/calendar/closures/new', { date: '2026-12-31', name: '停', orgCode: 'ALL' })).status).toBe(
      403,
    );
  });
});

describe('a year nobody has entered, when it has come', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await testHouse('2028-01-04T10:00:00+08:00');
  });
  afterAll(() => house?.stop());

  test('pages still open and say what is missing; a deadline is refused, not guessed; an import puts it right', async () => {
    const admin = await Visitor.signIn(house.address, 'jinqingming');
    const page = await admin.get('/calendar');
    expect(page.status).toBe(200);
    expect(page.text).toContain('2028 年放假安排没有任何数据，跨年的期限不能推算。');
    expect((await admin.get('/admin')).text).toContain('日历缺 2028 年：没有任何数据');
    await expect(scenes(house).register()).rejects.toThrow(
      '日历里没有 2028 年的放假安排，不能推算期限。请先由流程管理员导入 2028 年日历。',
    );
    const text = '2028-01-01,放假,元旦';
    const preview = await admin.fill('/calendar/import?year=2028', '/calendar/import', {
      year: '2028',
      text,
      source: '测试通知',
    });
    expect(preview.text).toContain('没有在走的期限因此改变。');
    await admin.post('/calendar/review', {
      ...preview.hidden('/calendar/review'),
      text,
      reason: '补导入',
      accept: '先放元旦',
    });
    const path = '/releases/FB-20280104-01';
    const chief = await Visitor.signIn(house.address, 'zhaolichun');
    await chief.get(`${path}/calendar/2028`);
    await chief.post(`${path}/sign`, (await chief.get(path)).hidden(`${path}/sign`));
    expect(await scenes(house).register()).toMatch(/^LASQ-341523-20280104-/);
  });
});
