import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { findTopics } from '../../src/modules/statistics/index.ts';
import { axeViolations, openBrowser, overflow, picture, signedIn } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { liveMonth, MONTH_BEGINS, type Month } from '../support/month.ts';
import { walk } from '../support/walk.ts';

/** Numbers of a month in the browser: charts, the balance, groups, and a bulletin from its numbers to its print, with and without scripts. */
describe('R26, R29, R30: the numbers of a month', () => {
  let house: TestHouse;
  let browser: Browser;
  let month: Month;

  beforeAll(async () => {
    house = await testHouse(MONTH_BEGINS);
    month = await liveMonth(house);
    for (let n = 1; n <= 5; n += 1)
      await walk(house, {
        contactPhone: `199-0002-000${n}`,
        tags: ['房产税'],
        content: `房产税减免第${'一二三四五'[n - 1]}问。`,
      });
    await house.house.transaction(SYSTEM_ACTOR, (unit) => findTopics(unit));
    browser = await openBrowser();
  }, 180_000);
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  async function windowOf(login: string, { scripts = true } = {}): Promise<Page> {
    const context = await signedIn(browser, house.address, login, { scripts, viewport: { width: 1440, height: 900 } });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    return page;
  }

  async function looksRight(page: Page, name: string): Promise<void> {
    const wrong: string[] = [];
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await picture(page, `stats-${name}`);
      const wider = await overflow(page);
      if (wider > 0) wrong.push(`at ${width}: ${wider} px wider than the window`);
      wrong.push(...(await axeViolations(page)).map((violation) => `at ${width}: ${violation}`));
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    expect([name, wrong]).toEqual([name, []]);
  }

  test('charts carry title, description and the table of their numbers', async () => {
    const page = await windowOf('zhaolichun');
    await page.goto('/statistics');
    await looksRight(page, 'indicators');
    const charts = await page.evaluate(() =>
      [...(globalThis as any).document.querySelectorAll('svg.chart')].map((svg: any) => ({
        title: svg.querySelector('title')?.textContent,
        described: svg.querySelector('desc')?.textContent.length > 10,
        next: svg.parentElement.nextElementSibling?.tagName,
      })),
    );
    expect(charts).toEqual([
      { title: '各单位办理情况', described: true, next: 'DETAILS' },
      { title: '12 周受理量', described: true, next: 'DETAILS' },
    ]);
  });

  test('from a number to its list by keyboard, without scripts', async () => {
    const page = await windowOf('fandongzhi', { scripts: false });
    await page.goto('/statistics');
    const missed = page.getByRole('link', { name: '3 件', exact: true }).first();
    await missed.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/behind=/);
    expect(await page.getByText('未计入分子的件').first().isVisible()).toBe(true);
    await looksRight(page, 'behind');
  });

  test('the balance, and what waits to be written off', async () => {
    const page = await windowOf('fandongzhi');
    await page.goto('/reconciliation');
    await page.getByRole('button', { name: '现在对账' }).click();
    await page.getByText('今天的账是平的。').waitFor();
    await looksRight(page, 'balance');
    await house.house.sql.query(`update demand set status = 'LOST' where number = $1`, [month.open.number]);
    await page.getByRole('button', { name: '现在对账' }).click();
    await page.getByText('✗ 差 1').first().waitFor();
    await looksRight(page, 'balance-broken');
    await house.house.sql.query(`update demand set status = 'HANDLING' where number = $1`, [month.open.number]);
  });

  test('a group of common demands, led and closed', async () => {
    const page = await windowOf('fandongzhi');
    await page.goto('/topics');
    await looksRight(page, 'groups');
    await page
      .getByRole('link', { name: /房产税/ })
      .first()
      .click();
    await page.getByLabel('由哪个部门牵头').selectOption('341523-TAX1');
    await page.getByRole('button', { name: '指定' }).click();
    await page.getByText('牵头科室已指定').waitFor();
    await page.getByLabel('关闭理由').fill('短');
    await page.getByRole('button', { name: '关闭群组' }).click();
    await page.getByText('还没有写措施').first().waitFor();
    await looksRight(page, 'group-error');
    await page.getByRole('button', { name: '生成专报' }).click();
    await page.getByText('共性诉求专报').first().waitFor();
    await looksRight(page, 'group-report');
  });

  test('a bulletin: an edited number is told, put back, signed by somebody else, printed', async () => {
    const page = await windowOf('fandongzhi', { scripts: false });
    await page.goto('/bulletins');
    await page.getByLabel('生成哪一期').selectOption('2026-11');
    await page.getByRole('button', { name: '生成通报' }).click();
    await page.getByRole('button', { name: '送审' }).waitFor();
    const text = page.locator('textarea[name="text-2.1"]');
    await text.fill((await text.inputValue()).replace('按时办结 3 件', '按时办结 4 件'));
    await page.getByRole('button', { name: '送审' }).click();
    await page.getByRole('link', { name: /第二部分有 1 处与冻结数据不一致：按时 3→4/ }).waitFor();
    await looksRight(page, 'bulletin-error');
    await page.getByRole('button', { name: /改回/ }).click();
    await page.getByRole('button', { name: '送审' }).click();
    await page.getByText('已送审').first().waitFor();
    const leader = await windowOf('panlichun');
    await leader.goto(page.url().split('?')[0]!);
    await leader.getByRole('button', { name: '签发', exact: true }).waitFor();
    await looksRight(leader, 'bulletin-sign');
    await leader.getByRole('button', { name: '签发', exact: true }).click();
    await leader.getByText('已签发，文字和数字不再改动').waitFor();
    await page.reload();
    await page.getByRole('button', { name: '发布' }).click();
    await page.getByText('已发布').first().waitFor();
    await looksRight(page, 'bulletin-published');
    await page.getByRole('link', { name: '预览打印' }).click();
    await page.getByText('核验码').waitFor();
    await looksRight(page, 'bulletin-print');
  });
});
