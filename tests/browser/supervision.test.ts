import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture, signedIn } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { type Walk, walk } from '../support/walk.ts';

/** P10 督办 as people meet it, from the yellow card to its end; and a demand that went up a level, with a co-department (R21, R23, R30). */
describe('supervision, levels and joint handling in a browser', () => {
  let house: TestHouse;
  let browser: Browser;
  let late: Walk;
  let raised: Walk;
  const windows = new Map<string, Page>();

  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    browser = await openBrowser();
    late = await walk(house);
    await late.complete('dispatch-demand', { hostDepartment: '341523-TAX2', coDepartments: ['341523-TAX1'] });
    raised = await walk(house);
    await raised.complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
    await (await house.as('zhaojingzhe')).post(`/demands/${raised.number}/level-shifts/up`, {
      toDepartment: '341500-PBT',
      reason: '口径要由上级统一。',
      workDone: '已核对资料，附初步意见。',
      noticeMethod: 'PHONE',
      noticeAt: '2026-11-23T09:00:00+08:00',
      noticeContent: '已告知诉求人转由对口部门办理。',
    });
    await house.moveTo('2026-12-01T09:00:00+08:00');
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  async function as(login: string): Promise<Page> {
    const open = windows.get(login);
    if (open) return open;
    const context = await signedIn(browser, house.address, login);
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    windows.set(login, page);
    return page;
  }
  const text = (page: Page) => page.locator('main').innerText();
  async function look(page: Page, name: string): Promise<void> {
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await picture(page, `supervision-${name}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
  }

  test('R30: the yellow card is in the list with its rule; made red by hand, an empty form says what is missing', async () => {
    const desk = await as('fandongzhi');
    await desk.goto('/supervision');
    expect(await text(desk)).toMatch(/黄牌督办[\s\S]*逾期第 1 个工作日/);
    await look(desk, 'yellow');
    await desk.goto(`/supervision/new?demand=${late.number}`);
    await desk.locator('main').getByRole('button', { name: '发出督办' }).click();
    expect(await text(desk)).toContain('还没有选“督办级别”');
    await look(desk, 'empty');
    await desk.locator('main [name=level][value=RED]').check();
    await desk.locator('main [name=reason]').fill('两次来电没有人联系');
    await desk.locator('main [name=requirement]').fill('今天联系诉求人，书面说明。');
    await desk.locator('main').getByRole('button', { name: '发出督办' }).click();
    await desk.waitForURL(/\/supervision\?ok=supervised/);
    expect(await text(desk)).toMatch(/加重为红牌督办/);
    await look(desk, 'red');
  });

  test('R30: acknowledged, accounted for by the department, lifted by tax service', async () => {
    const head = await as('zhaojingzhe');
    await head.goto('/supervision');
    await head
      .locator('main')
      .getByRole('link', { name: /^签收督办/ })
      .click();
    await look(head, 'acknowledge');
    const before = head.url();
    await head.locator('main [name=seen][type=checkbox]').check();
    await head.locator('main').getByRole('button', { name: '提交' }).click();
    await head.waitForURL((url) => url.href !== before);
    await head.goto('/supervision');
    await head
      .locator('main')
      .getByRole('link', { name: /^填写整改说明/ })
      .click();
    await look(head, 'account');
    await late.complete('account-for-supervision');
    await head.goto('/supervision');
    expect(await text(head)).toContain('你是被督办部门的人，不能自己解除。');
    await look(head, 'accounted');
    await late.complete('lift-supervision');
    const desk = await as('fandongzhi');
    await desk.goto('/supervision?state=lifted');
    expect(await text(desk)).toMatch(/红牌督办[\s\S]*已解除/);
    await look(desk, 'lifted');
  });

  test('R21, R23: joint handling and the clocks of every level, side by side, on the page of the demand', async () => {
    const desk = await as('fandongzhi');
    await desk.goto(`/demands/${late.number}`);
    await look(desk, 'joint');
    await desk.goto(`/demands/${raised.number}`);
    expect(await text(desk)).toMatch(/自首次受理累计 6 个工作日/);
    expect(await desk.locator('#levels tbody tr').count()).toBe(2);
    await look(desk, 'levels');
    await desk.goto('/inbox');
    await look(desk, 'inbox');
  });
});
