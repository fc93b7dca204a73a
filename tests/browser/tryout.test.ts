import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { administrator, axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

describe('an administrator tries a process step by step, without scripts, at a desk and on a phone', () => {
  let house: TestHouse;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    house = await testHouse('2026-11-25T10:00:00+08:00');
    browser = await openBrowser();
    const context = await browser.newContext({
      baseURL: house.address,
      viewport: { width: 1440, height: 900 },
      locale: 'zh-CN',
      javaScriptEnabled: true,
    });
    page = await administrator(context);
    page.setDefaultTimeout(30_000);
    await context.route('**/*.js', (route) => route.abort());
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  const press = async (name: string) => {
    await Promise.all([page.waitForNavigation(), page.getByRole('button', { name, exact: true }).click()]);
  };
  const look = async (name: string) => {
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await picture(page, name);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
    expect(await axeViolations(page)).toEqual([]);
    await page.setViewportSize({ width: 1440, height: 900 });
  };

  test('a wrong clock is told at its field and nothing is lost', async () => {
    await page.goto('/processes/fast-response/try');
    await look('try-begin');
    await page.getByLabel('样例').selectOption('S02');
    await page.getByLabel('时钟起点').fill('昨天');
    await press('开始试运行');
    expect(await page.getByText('时钟起点不是有效的时间').count()).toBeGreaterThan(0);
    expect(await page.getByLabel('样例').inputValue()).toBe('S02');
  });

  test('registered, dispatched, time moved, walked to the end, kept as a scenario and replayed', async () => {
    await page.getByLabel('时钟起点').fill('2026-11-20 16:55');
    await press('开始试运行');
    await look('try-register');
    await press('登记');
    expect(await page.getByRole('heading', { name: '下一步：纳服派单' }).count()).toBe(1);
    await look('try-dispatch');
    // The demand has been passed on: no time limit runs until it is handed out.
    expect(await page.getByRole('button', { name: '前进到下一期限' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: /的身份办完/ }).click();
    await page.getByRole('heading', { name: '下一步：办理诉求' }).waitFor();
    await press('前进 1 天');
    await press('申请延期');
    expect(await page.locator('.notice--warn').allInnerTexts()).toEqual([]);
    await press('运行到底');
    expect(await page.getByText('走完了').count()).toBe(1);
    await look('try-end');
    await press('保存场景');
    expect(await page.getByText('场景的名称还没有填写').count()).toBeGreaterThan(0);
    await page.getByLabel('存为场景').fill('延期后办结');
    await press('保存场景');
    expect(await page.getByText('场景已保存').count()).toBe(1);
    await press('带上全部草稿，重放这些场景');
    const rows = await page.locator('#scenarios tbody tr td:nth-child(4)').allInnerTexts();
    expect(rows).toEqual(Array(4).fill('✓ 与记录相同'));
    await look('try-scenarios');
    await press('结束试运行');
    expect(await page.getByRole('button', { name: '开始试运行' }).count()).toBe(1);
    // Nothing of all this is in the real ledger.
    expect(await house.house.sql.query('select 1 from demand')).toEqual([]);
  }, 120_000);
});
