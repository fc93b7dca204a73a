import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import ExcelJS from 'exceljs';
import { makeReport, monthPeriod, TOTAL } from '../../src/modules/statistics/index.ts';
import type { IndicatorId } from '../../src/modules/statistics/indicators.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { A, B, liveMonth, MONTH_BEGINS, type Month } from '../support/month.ts';
import { type Seen, Visitor } from '../support/visitor.ts';

let house: TestHouse;
let month: Month;
let desk: Visitor;
beforeAll(async () => {
  house = await testHouse(MONTH_BEGINS);
  month = await liveMonth(house);
  desk = await Visitor.signIn(house.address, 'fandongzhi');
}, 120_000);
afterAll(() => house?.stop());

/** Counted, out of: with everything, and without what is taken out; at bureau A and in the city. */
const EXPECTED: [IndicatorId, { A: string; net: string; city: string }][] = [
  ['register-on-time', { A: '6/7', net: '5/6', city: '7/8' }],
  ['transfer-on-time', { A: '7/7', net: '6/6', city: '8/8' }],
  ['on-the-spot', { A: '1/7', net: '1/6', city: '1/8' }],
  ['repeated', { A: '0/7', net: '0/6', city: '0/8' }],
  ['acknowledged-on-time', { A: '0/6', net: '0/5', city: '0/7' }],
  ['contacted-on-time', { A: '0/5', net: '0/4', city: '0/6' }],
  ['completed-on-time', { A: '2/5', net: '2/4', city: '3/6' }],
  ['overdue', { A: '2', net: '2', city: '2' }],
  ['extended', { A: '0/4', net: '0/4', city: '0/5' }],
  ['fed-back-on-time', { A: '3/4', net: '3/4', city: '4/5' }],
  ['pushed', { A: '4/4', net: '4/4', city: '5/5' }],
  ['visit-valid', { A: '2/2', net: '2/2', city: '2/2' }],
  ['resolved', { A: '1/2', net: '1/2', city: '1/2' }],
  ['satisfied', { A: '1/2', net: '1/2', city: '1/2' }],
  ['reworked', { A: '0/4', net: '0/4', city: '0/5' }],
  ['dissatisfied-again', { A: '0/0', net: '0/0', city: '0/0' }],
  ['returned', { A: '0/6', net: '0/5', city: '0/7' }],
  ['misdirected', { A: '0/6', net: '0/5', city: '0/7' }],
  ['level-shifted', { A: '0/7', net: '0/6', city: '0/8' }],
  ['deferred', { A: 'none', net: 'none', city: '0' }],
  ['deferral-review-missed', { A: 'none', net: 'none', city: '0' }],
  ['diverted', { A: '0', net: '0', city: '0' }],
  ['extension-approved', { A: 'none', net: 'none', city: '0/0' }],
  ['approval-late', { A: 'none', net: 'none', city: '0/0' }],
];

const report = (orgCode?: string) => async () =>
  makeReport(house.house.sql, await house.house.calendar(), {
    period: monthPeriod(2026, 11),
    now: house.clock.now(),
    compare: false,
    withRestricted: true,
    ...(orgCode ? { orgCode } : {}),
  });

const said = (measure: { counted: number; among?: number } | undefined) =>
  measure ? (measure.among === undefined ? String(measure.counted) : `${measure.counted}/${measure.among}`) : 'none';

describe('R26: a month with known numbers', () => {
  test.each(EXPECTED)('%s', async (id, expected) => {
    const city = await report()();
    expect({
      A: said(city.indicators.get(A)?.get(id)?.all),
      net: said(city.indicators.get(A)?.get(id)?.net),
      city: said(city.indicators.get(TOTAL)?.get(id)?.all),
    }).toEqual(expected);
  });

  test('a county asked for alone has the numbers of its line in the table of the city', async () => {
    const [city, own] = [await report()(), await report(A)()];
    for (const { id } of city.definitions.indicators)
      expect([id, own.indicators.get(A)?.get(id)]).toEqual([id, city.indicators.get(A)?.get(id)]);
  });

  test('working days from delivery to completion, median and ninetieth percentile', async () => {
    const { indicators } = await report(A)();
    // Two in two days, one in seven.
    expect(indicators.get(A)!.get('handling-days-median')!.all).toEqual({ counted: 3, among: 3, days: 2 });
    expect(indicators.get(A)!.get('handling-days-p90')!.all).toEqual({ counted: 3, among: 3, days: 7 });
  });

  test('the table of units names what each was given and what became of it', async () => {
    const { units } = await report()();
    expect(units.all.find((line) => line.orgCode === A)).toMatchObject({
      dispatched: 7,
      hotline12345: 2,
      onTime: 3,
      late: 1,
      unfinished: 3,
      withinTime: 2,
      dissatisfied: 1,
      rated: 2,
      reworked: 0,
    });
    expect(units.net.find((line) => line.orgCode === A)).toMatchObject({ dispatched: 6, unfinished: 2, withinTime: 1 });
  });

  test('the first twelve weeks and the tags', async () => {
    const { weeks, tags, intake } = await report(A)();
    expect(weeks).toHaveLength(12);
    expect(weeks.slice(-2).map((week) => week.registered)).toEqual([6, 1]);
    expect(tags.map(({ tag, registered }) => [tag, registered])).toEqual([
      ['契税', 5],
      ['医保', 1],
      ['留抵退税', 1],
    ]);
    expect(intake).toMatchObject({ registered: 7, channels: { HOTLINE_12345: 2, HOTLINE_12366: 5 } });
  });
});

const numbers = (page: Seen) => [...new Set(page.html.match(/LASQ-\d{6}-\d{8}-\d{4}/g) ?? [])].sort();

describe('R26: the page', () => {
  test('shows counts only where there are few, never a rate', async () => {
    const page = await desk.get('/statistics');
    expect(page.status).toBe(200);
    expect(page.text).toContain('件数少，不计算比例');
    expect(page.text).not.toMatch(/按时办结率 \d+\.\d%/);
    expect(page.text).toContain('受理 7 件');
    expect(page.html).toMatch(/<svg class="chart" role="img"[^>]*aria-labelledby="chart-units-title chart-units-desc"/);
    expect(page.html).toContain('url(#chart-units-hatch)');
  });

  test('every number opens the demands behind it', async () => {
    const page = await desk.get('/statistics');
    const missed = await desk.get(linkBehind(page, 'completed-on-time', 'missed'));
    expect(numbers(missed)).toEqual([month.late, month.withdrawn, month.overdue].map((demand) => demand.number).sort());
    expect(missed.text).toContain('按时办结率的未计入分子的件（2026年11月');
    const net = await desk.get(linkBehind(await desk.get('/statistics?way=net'), 'completed-on-time', 'missed'));
    expect(numbers(net)).toEqual([month.late, month.overdue].map((demand) => demand.number).sort());
  });

  test('each count of each indicator is the length of its list', async () => {
    const { definitions, indicators } = await report(A)();
    for (const { id } of definitions.indicators) {
      const measure = indicators.get(A)?.get(id)?.all;
      for (const [part, n] of [
        ['counted', measure?.days === undefined ? measure?.counted : undefined],
        ['among', measure?.among],
      ] as const) {
        if (!n) continue;
        const list = await desk.get(`/demands?behind=${encodeURIComponent(`i~${id}~${part}~2026-11~-~all`)}`);
        expect([id, part, numbers(list).length]).toEqual([id, part, n]);
      }
    }
  });

  test('cells of the table of units open their lists', async () => {
    const page = await desk.get('/statistics');
    const cells = [...page.html.matchAll(/href="(\/demands\?behind=u[^"]+)">(\d+)</g)];
    expect(cells.length).toBeGreaterThan(8);
    for (const [, href, n] of cells) expect([href, numbers(await desk.get(href!)).length]).toEqual([href, Number(n)]);
  });

  test('a county sees itself, whatever it asks for', async () => {
    const page = await desk.get(`/statistics?orgCode=${B}`);
    expect(page.text).toContain('受理 7 件');
    expect(page.html).not.toContain(month.elsewhere.number);
    const list = await desk.get(`/demands?behind=${encodeURIComponent(`i~on-the-spot~among~2026-11~${B}~all`)}`);
    expect(numbers(list)).not.toContain(month.elsewhere.number);
  });

  test('the city sees all bureaus and any one of them', async () => {
    const city = await Visitor.signIn(house.address, 'zhaolichun');
    expect((await city.get('/statistics')).text).toContain('受理 8 件');
    expect((await city.get(`/statistics?orgCode=${B}`)).text).toContain('受理 1 件');
  });

  test("R31: a restricted demand is in the numbers of who keeps the ledger, and in nobody else's; the list behind agrees", async () => {
    const { sql } = house.house;
    const leader = await Visitor.signIn(house.address, 'panlichun');
    const behind = `/demands?behind=${encodeURIComponent('i~on-the-spot~among~2026-11~-~all')}`;
    const before = await leader.get('/statistics?period=2026-11');
    await sql.query('update demand set restricted = true where number = $1', [month.late.number]);
    const [page, list, keeper] = [
      await leader.get('/statistics?period=2026-11'),
      await leader.get(behind),
      await desk.get('/statistics?period=2026-11'),
    ];
    await sql.query('update demand set restricted = false where number = $1', [month.late.number]);
    expect(before.text).toContain('受理 7 件');
    expect(page.text).toContain('受理 6 件');
    expect(page.text).toContain('不含限定可见件');
    expect(keeper.text).toContain('受理 7 件');
    expect(keeper.text).toContain('含限定可见件（通报和其他岗位看到的数不含）');
    expect(numbers(list)).toHaveLength(6);
    expect(list.text).not.toContain('没有权限查看');
  });

  test('another period, an empty one, a wrong day', async () => {
    expect((await desk.get('/statistics?period=2026-12')).text).toContain('2026年12月还没有受理件');
    expect((await desk.get('/statistics?from=11-02&to=11-02')).text).toContain('受理 6 件');
    expect((await desk.get('/statistics?period=2026&compare=1')).text).toContain('去年同期 0 件');
    const wrong = await desk.get('/statistics?from=2026-02-30');
    expect(wrong.status).toBe(422);
    expect(wrong.html).toContain('aria-invalid="true"');
  });

  test('who has no business with statistics is refused', async () => {
    const registrar = await Visitor.signIn(house.address, 'jinqingming');
    expect((await registrar.get('/statistics')).status).toBe(403);
  });
});

describe('R26: files', () => {
  test('CSV of the table of units has the columns of the bulletin annex', async () => {
    const file = await desk.get('/statistics/download?table=units&kind=csv');
    expect(file.status).toBe(200);
    expect(file.html.split('\r\n')[0]).toBe(
      '"承办部门","派件总数","12366热线","12366平台","税务网站","12345热线","其他渠道","按时办结","超时办结","未办结","其中期内","办结率","按时办结率","不满意数","不满意率","平均工作日","延期","重办"',
    );
    expect(file.html).toContain('口径 2026-2 版');
  });

  test('Excel has a sheet per table, and the export is in the history', async () => {
    const cookie = await signedCookie();
    const response = await fetch(`${house.address}/statistics/download?kind=xlsx`, { headers: { cookie } });
    const book = new ExcelJS.Workbook();
    await book.xlsx.load(await response.arrayBuffer());
    expect(book.worksheets.map((sheet) => sheet.name)).toEqual(['承办单位情况表', '指标', '12 周受理量']);
    const [row] = await house.house.sql.query<{ n: number }>(
      `select count(*)::int as n from history_event where type = 'statistics.exported'`,
    );
    expect(row!.n).toBeGreaterThan(0);
  });
});

const linkBehind = (page: Seen, indicator: string, part: string): string => {
  const found = [...page.html.matchAll(/href="([^"]+)"/g)].find(([, href]) =>
    decodeURIComponent(href!).startsWith(`/demands?behind=i~${indicator}~${part}~`),
  );
  if (!found) throw new Error(`no link to ${part} of ${indicator}`);
  return found[1]!;
};

async function signedCookie(): Promise<string> {
  const { openSession } = await import('../../src/modules/access/sessions.ts');
  const { sql, clock, ids } = house.house;
  return `suying_session=${await openSession({ sql, clock, ids }, 'fandongzhi', { ip: '::1', userAgent: 'test' })}`;
}
