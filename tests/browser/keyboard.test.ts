import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { openBrowser, signedIn, type WindowOptions } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { prepare, type Walked } from './walked.ts';

describe('with the keyboard alone', () => {
  let house: TestHouse;
  let browser: Browser;
  let walked: Walked;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    browser = await openBrowser();
    walked = await prepare(house);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  /** A keyboard that counts what is not typing, on a window without a mouse. */
  async function sit(login: string, options: WindowOptions = {}) {
    const context = await signedIn(browser, house.address, login, options);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    let presses = 0;
    const press = async (key: string) => {
      presses += 1;
      await page.keyboard.press(key);
    };
    /** Tabs forward until the focus is on what matches. */
    const tabTo = async (selector: string, most = 60) => {
      for (let n = 0; n < most; n += 1) {
        if (await focusIs(page, selector)) return;
        await press('Tab');
      }
      throw new Error(`${selector} was not reached; the focus is on ${await focused(page)}`);
    };
    return { page, press, tabTo, type: (text: string) => page.keyboard.type(text), presses: () => presses };
  }

  const focusIs = (page: Page, selector: string): Promise<boolean> =>
    page.evaluate((wanted) => Boolean((globalThis as any).document.activeElement?.matches(wanted)), selector);
  const focused = (page: Page): Promise<string> =>
    page.evaluate(() => (globalThis as any).document.activeElement?.outerHTML.slice(0, 160) ?? '');

  test.each([true, false])('a demand is registered and answered on the spot, scripts: %s', async (scripts) => {
    const { page, press, tabTo, type, presses } = await sit('pengqingming', { scripts });
    await page.goto('/demands/new');
    expect(await focused(page)).toContain('name="contactPhone"');
    await type('199-0000-0077');
    await tabTo('[name=taxpayerName]');
    await type('曹某某');
    await tabTo('[name=category]');
    await press('Space');
    await tabTo('[name=content]');
    await type('契税申报表上的房屋面积填错了，怎样更正？');
    await tabTo('[name=intakeChoice]');
    await press('Space');
    await tabTo('[name=answerContent]');
    await type('已当场说明更正申报的入口和所需资料。');
    await tabTo('[name=answerBasis]');
    await type('税收征收管理法实施细则');
    await press('Control+Enter');
    if (!scripts) {
      await tabTo('main .button--filled');
      await press('Enter');
    }
    await page.waitForURL(/registered|LASQ/);
    expect(await page.locator('main').innerText()).toMatch(/LASQ-341523-20261123-\d{4}/);
    expect(presses()).toBeLessThanOrEqual(scripts ? 25 : 45);
    await page.context().close();
  });

  test('a task: a wrong submission leads to the field, a right one to the heading', async () => {
    const { page, press, tabTo, type } = await sit('lulidong');
    await page.goto('/tasks');
    await tabTo('a.skip');
    await press('Enter');
    await tabTo(`main a[href$="${walked.task}"]`);
    await press('Enter');
    await page.waitForURL(/\/tasks\/./);
    await tabTo('main .button--filled', 80);
    await press('Enter');
    await page.locator('#error-summary').waitFor();
    expect(await page.title()).toMatch(/^错误：/);
    expect(await focusIs(page, '#error-summary')).toBe(true);
    await press('Tab');
    const target = await page.evaluate(() => (globalThis as any).document.activeElement.getAttribute('href'));
    await press('Enter');
    const landed = await page.evaluate((hash) => {
      const { activeElement, querySelector } = (globalThis as any).document;
      const field = querySelector.call((globalThis as any).document, hash);
      return field === activeElement || field.contains(activeElement);
    }, target);
    expect(landed).toBe(true);
    await page.locator('#f-measures').focus();
    await type('联系国库核对退库资料。');
    await tabTo('[name=conclusion]');
    await press('Space');
    await tabTo('[name=policyBasis]');
    await type('契税法');
    await tabTo('[name=publicAnswer]');
    await type('退库回单已收到，三日内到账。');
    await tabTo('main .button--filled');
    await press('Enter');
    await page.waitForURL(/ok=completed/);
    await page.waitForFunction(() => (globalThis as any).document.activeElement?.tagName === 'H1');
    await page.context().close();
  });

  test('menus open and close, and shortcuts can be switched off', async () => {
    const { page, press, tabTo } = await sit('fandongzhi');
    await page.goto('/demands');
    await tabTo('.site__me summary');
    await press('Enter');
    await page.locator('.site__me .menu__list').waitFor();
    await press('Escape');
    expect(await page.locator('.site__me details').getAttribute('open')).toBeNull();
    expect(await focusIs(page, '.site__me summary')).toBe(true);
    await press('F4');
    expect(await focusIs(page, '#site-q')).toBe(true);
    await press('F2');
    await page.waitForURL(/\/demands\/new/);
    await page.context().addCookies([{ name: 'suying_shortcuts', value: 'off', url: house.address }]);
    await page.goto('/demands');
    await page.waitForLoadState('networkidle');
    await press('F2');
    await press('F4');
    expect(await focusIs(page, '#site-q')).toBe(false);
    expect(page.url()).toMatch(/\/demands$/);
    await page.context().close();
  });

  test('on a phone the action bar never covers what has the focus', async () => {
    const { page, press } = await sit('fandongzhi');
    await page.setViewportSize({ width: 390, height: 700 });
    await page.goto(`/tasks/${walked.dispatchTask}`);
    const hidden: string[] = [];
    let seen = 0;
    for (let n = 0; n < 60; n += 1) {
      await press('Tab');
      const found = await page.evaluate(() => {
        const { activeElement, querySelector } = (globalThis as any).document;
        const bar = querySelector.call((globalThis as any).document, '.buttons--sticky');
        if (!bar || !activeElement?.closest('main form') || bar.contains(activeElement)) return undefined;
        const [box, edge] = [activeElement.getBoundingClientRect(), bar.getBoundingClientRect()];
        return { covered: box.bottom > edge.top && box.top < edge.bottom, what: activeElement.outerHTML.slice(0, 80) };
      });
      if (found) seen += 1;
      if (found?.covered) hidden.push(found.what);
    }
    expect(seen).toBeGreaterThan(2);
    expect(hidden).toEqual([]);
    await page.context().close();
  });

  test('the session warns in a bar, and going on keeps it alive', async () => {
    const { page } = await sit('fandongzhi');
    await page.clock.install();
    await page.goto('/demands');
    await page.waitForLoadState('networkidle');
    house.clock.advance(25 * 60_000 + 1000);
    await page.clock.runFor(25 * 60_000 + 2000);
    const bar = page.locator('.session-bar');
    await bar.waitFor();
    expect(await bar.innerText()).toMatch(/5 分钟后自动退出。草稿已保存。/);
    await bar.getByRole('button', { name: '继续使用' }).press('Enter');
    await bar.waitFor({ state: 'detached' });
    await page.goto('/demands');
    expect(page.url()).toMatch(/\/demands$/);
    await page.context().close();
  });
});
