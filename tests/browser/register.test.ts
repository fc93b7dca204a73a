import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

/** Tab and arrow presses a registration answered on the spot may cost, besides typing. */
const MOST_PRESSES = 25;

describe('registration in the browser', () => {
  let house: TestHouse;
  let browser: Browser;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  async function open({ javaScript = true, width = 1440 } = {}): Promise<Page> {
    const context = await browser.newContext({
      baseURL: house.address,
      viewport: { width, height: 900 },
      locale: 'zh-CN',
      javaScriptEnabled: javaScript,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    page.on('pageerror', (error) => {
      throw error;
    });
    await page.goto('/login');
    await page.locator('[name=login]').fill('pengqingming');
    await page.locator('[name=password]').fill('suying-demo-2026');
    await page.locator('main button').last().press('Enter');
    await page.waitForURL((url) => !url.pathname.startsWith('/login'));
    await page.goto('/demands/new');
    return page;
  }

  /** Presses Tab until a field has the focus, and counts. */
  function counter(page: Page) {
    let presses = 0;
    const focused = () =>
      page
        .locator(':focus')
        .evaluate(
          (element: any) =>
            `${element.name ?? ''}=${element.type === 'radio' || element.tagName === 'BUTTON' ? element.value : ''}`,
        );
    return {
      presses: () => presses,
      async to(field: string) {
        for (let tries = 0; !(await focused()).startsWith(field); tries += 1) {
          if (tries > MOST_PRESSES) throw new Error(`${field} is not reached by Tab`);
          await page.keyboard.press('Tab');
          presses += 1;
        }
      },
    };
  }

  test.each([true, false])(
    'by keyboard only, JavaScript %s: answered on the spot within 25 presses',
    async (javaScript) => {
      const page = await open({ javaScript });
      const keys = counter(page);
      // The page begins at the telephone: the caller is on the line.
      await keys.to('contactPhone');
      expect(keys.presses()).toBe(0);
      await page.keyboard.type('199-0000-0021');
      await keys.to('taxpayerName');
      await page.keyboard.type('曹某某');
      await keys.to('category');
      await page.keyboard.press('Space');
      await keys.to('content');
      await page.keyboard.type('退房契税退税什么时候到账？');
      await keys.to('intakeChoice');
      await page.keyboard.press('Space');
      await keys.to('answerContent');
      await page.keyboard.type('已说明，三日内到账。');
      await keys.to('_action=register');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/registered/);
      expect(keys.presses()).toBeLessThanOrEqual(MOST_PRESSES);
      expect(await page.locator('main').innerText()).toContain('已登记并当场办结');
      expect(await page.locator(':focus').innerText()).toBe('已登记并当场办结');
      await page.context().close();
    },
  );

  test('the rail answers while one types; keys adopt, answer on the spot and submit; drafts save themselves', async () => {
    const page = await open();
    const main = page.locator('main');
    await page.locator('[name=contactPhone]').fill('199-0000-0021');
    await page.locator('[name=category][value=POLICY]').check();
    await page.locator('[name=content]').fill('退房契税退税什么时候到账？第二次来问');
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: '加标签 契税' }).click();
    await page.getByText('已选 1 个：契税').waitFor();
    await page.locator('[data-adopt]').waitFor();
    await page.keyboard.press('F8');
    await page.getByText('已采纳').waitFor();
    expect(await page.locator('[data-rail-summary]').textContent()).toMatch(
      /^找到 \d+ 件可能重复，建议主办税政二股。$/,
    );
    await page.getByRole('button', { name: '不是重复' }).first().click();
    await page.getByText('不是重复 改回未定').waitFor();
    await page.locator('[data-saved]').filter({ hasText: '草稿已于 09:12 保存，只有你能看到。' }).waitFor();
    await page.locator('[name=taxpayerName]').fill('曹某某');
    await page.keyboard.press('F9');
    expect(await page.locator('[value=ON_THE_SPOT]').isChecked()).toBe(true);
    expect(await page.locator(':focus').getAttribute('name')).toBe('answerContent');
    await page.keyboard.type('已说明，三日内到账。');
    await page.keyboard.press('Control+Enter');
    await page.waitForURL(/\/registered/);
    await page.goto('/demands/new');
    expect(await main.innerText()).not.toContain('未完成的登记');
    await page.context().close();
  });

  test('a group that becomes needed opens; one that does not apply is not asked', async () => {
    const page = await open();
    const visible = (name: string) => page.locator(`[name=${name}]`).first().isVisible();
    expect([await visible('noticeMethod'), await visible('legalIntent'), await visible('anonymousReason')]).toEqual([
      false,
      false,
      false,
    ]);
    await page.locator('[value=COMPLEX]').check();
    await page.locator('[name=category][value=LEGAL_REMEDY]').check();
    await page.locator('[name=anonymous]').check();
    expect([await visible('noticeMethod'), await visible('legalIntent'), await visible('anonymousReason')]).toEqual([
      true,
      true,
      true,
    ]);
    expect(await visible('contactPhone')).toBe(false);
    await page.context().close();
  });

  test.each([1440, 390])(
    '%s px: empty, wrong, filled, done, receipt, ledger and export are without fault',
    async (width) => {
      const page = await open({ width });
      const look = async (name: string) => {
        await picture(page, name);
        expect([name, await axeViolations(page)]).toEqual([name, []]);
        expect([name, await overflow(page)]).toEqual([name, 0]);
      };
      await look('register');
      await page.locator('button[value=register]').click();
      await page.locator('#error-summary').waitFor();
      await look('register-errors');
      await page.locator('[name=contactPhone]').fill('199-0000-0021');
      await page.locator('[name=taxpayerName]').fill(`${'很长的单位名称'.repeat(12)}公司`);
      await page.locator('[name=category][value=LEGAL_REMEDY]').check();
      await page.locator('[name=legalIntent][value=CONSULT]').check();
      await page.locator('[name=knownAt]').fill('9月29日');
      await page.locator('[name=content]').fill('不服罚款决定，问怎么复议。'.repeat(60));
      await page.locator('[value=SELF]').check();
      await page.locator('main button[value=check]').last().click();
      await page.getByText('最晚 2026年11月30日').waitFor();
      await look('register-checked');
      await page.locator('button[value=register]').click();
      await page.waitForURL(/\/registered/);
      await look('registered');
      await page.goto(page.url().replace('registered', 'receipt'));
      await look('receipt');
      for (const [name, path] of [
        ['ledger', '/demands'],
        ['ledger-empty', '/demands?status=REWORK&time=overdue'],
        ['ledger-wrong', '/demands?from=11-30&to=11-01'],
        ['export', '/demands/export'],
      ] as const) {
        await page.goto(path);
        await look(name);
      }
      await page.context().close();
    },
  );
});
