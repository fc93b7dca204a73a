import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { administrator, axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';

describe('importing a year of holidays with the keyboard alone, on a phone, without scripts', () => {
  let house: TestHouse;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    house = await testHouse('2026-12-28T10:00:00+08:00');
    const story = scenes(house);
    await story.complete(await story.register(), 'dispatch-demand');
    browser = await openBrowser();
    const context = await browser.newContext({
      baseURL: house.address,
      viewport: { width: 390, height: 844 },
      locale: 'zh-CN',
    });
    await context.route('**/*.js', (route) => route.abort());
    page = await administrator(context);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  const focused = () => page.evaluate(() => (globalThis as any).document.activeElement?.id as string);
  const press = async (name: string) => {
    await page.getByRole('button', { name, exact: true }).focus();
    const gone = page.waitForNavigation();
    await page.keyboard.press('Enter');
    await gone;
  };
  const look = async (name: string) => {
    await picture(page, name);
    expect(await axeViolations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  };

  test('from the red line of the to-do list to the published year', async () => {
    await page.getByRole('link', { name: '看 2027 年日历' }).press('Enter');
    await page.getByRole('link', { name: '导入放假安排' }).press('Enter');
    await page
      .getByLabel('放假安排')
      .fill('一、元旦：1月1日（周五）至4日（周一）放假调休，共3天。1月9日（周六）上班。');
    await press('预览差异');
    await look('calendar-import-errors');
    expect(await focused()).toBe('error-summary');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await focused()).toBe('f-text');
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.insertText('一、元旦：1月1日（周五）至4日（周一）放假调休，共4天。1月9日（周六）上班。');
    await page.getByLabel('来源').fill('测试通知〔2026〕1号');
    await press('预览差异');
    await look('calendar-preview');
    expect(await page.locator('main').innerText()).toMatch(/在办 1 件的期限会变：推迟 1 个/);
    await page.getByLabel('发布原因').fill('国办发布 2027 年放假安排');
    await page.getByLabel('上面的提醒为什么可以接受').fill('其余节日随后补发');
    await press('送复核');
    await look('calendar-sent');
    expect(await page.locator('main').innerText()).toContain('在办 1 件到期日会变');
  });
});
