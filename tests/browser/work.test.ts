import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { WorkStage } from '../support/work.ts';

const LONG = '办税服务厅排队叫号系统反复提示系统繁忙，已经连续三天没有办成，'.repeat(20);

/** Pages of daily work in their states, wide and narrow, with and without JavaScript: axe finds nothing, nothing scrolls sideways. */
describe('pages of daily work', () => {
  let house: TestHouse;
  let stage: WorkStage;
  let browser: Browser;
  const numbers: Record<string, string> = {};

  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    stage = new WorkStage(house);
    browser = await openBrowser();
    numbers.overdue = await stage.dispatched();
    await house.moveTo('2026-11-24T09:00:00+08:00');
    numbers.today = await stage.dispatched();
    await house.moveTo('2026-11-25T09:00:00+08:00');
    numbers.soon = await stage.dispatched('341523-TAX2', {
      urgency: 'CRITICAL',
      taxpayerType: 'ENTERPRISE',
      taxpayerName: '金寨梅山建材经营部有限责任公司舒城分公司',
    });
    await house.moveTo('2026-12-01T09:00:00+08:00');
    numbers.answered = await stage.handled();
    numbers.long = await stage.dispatched('341523-TAX2', { content: LONG, title: LONG.slice(0, 60) });
    numbers.extension = await stage.dispatched();
    await (await house.as('zhaojingzhe')).post(`/demands/${numbers.extension}/extensions`, {
      requestedDueDate: '2026-12-11',
      reasonType: 'EXTERNAL_UNIT',
      reason: LONG.slice(0, 400),
      noticeMethod: 'PHONE',
      noticeContent: '已说明。',
    });
    await house.settle();
    numbers.visit = await stage.fedBack();
    for (const tags of [['契税'], [], ['契税', '增值税']])
      numbers[`board${tags.length}`] = await stage.register({ tags });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  async function open(login: string, options: { width?: number; script?: boolean } = {}): Promise<Page> {
    const context = await browser.newContext({
      baseURL: house.address,
      viewport: { width: options.width ?? 1440, height: 900 },
      locale: 'zh-CN',
      javaScriptEnabled: options.script ?? true,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(10_000);
    await page.goto('/login');
    await page.locator('main [name=login]').fill(login);
    await page.locator('main [name=password]').fill('suying-demo-2026');
    await page.locator('main').getByRole('button', { name: '登录', exact: true }).click();
    await page.waitForURL((url) => !url.pathname.startsWith('/login'));
    return page;
  }
  const taskPath = async (name: string, formId: string) => `/tasks/${(await stage.task(numbers[name]!, formId)).id}`;

  const STATES: [string, string, () => Promise<string> | string][] = [
    ['tasks-full', 'zhaojingzhe', () => '/tasks'],
    ['tasks-dept', 'zhaojingzhe', () => '/tasks?view=dept'],
    ['tasks-filter-empty', 'zhaojingzhe', () => '/tasks?filter=news'],
    ['tasks-sorted', 'zhaojingzhe', () => '/tasks?sort=newest'],
    ['task-overdue', 'zhaojingzhe', () => taskPath('overdue', 'handle-demand')],
    ['task-long', 'zhaojingzhe', () => taskPath('long', 'handle-demand')],
    ['task-pending-extension', 'zhaojingzhe', () => taskPath('extension', 'handle-demand')],
    ['task-not-mine', 'fandongzhi', () => taskPath('today', 'handle-demand')],
    ['approvals-one', 'panlichun', () => '/approvals'],
    [
      'approve-long',
      'panlichun',
      async () => (await taskPath('extension', 'approve-extension')).replace('tasks', 'approvals'),
    ],
    ['approve-applicant', 'zhaojingzhe', () => taskPath('extension', 'approve-extension')],
    ['dispatch-three', 'fandongzhi', () => '/dispatch'],
    ['dispatch-by-time', 'fandongzhi', () => '/dispatch?order=registered'],
    ['visits-one', 'fandongzhi', () => '/visits'],
    ['visit', 'fandongzhi', () => taskPath('visit', 'conduct-return-visit')],
    ['inbox', 'zhaojingzhe', () => '/inbox'],
  ];

  test.each([
    [1440, true],
    [390, true],
    [390, false],
  ])('every state at %d px, JavaScript %s', async (width, script) => {
    const pages = new Map<string, Page>();
    const found: string[] = [];
    for (const [name, login, path] of STATES) {
      const page = pages.get(login) ?? (await open(login, { width, script }));
      pages.set(login, page);
      const answer = await page.goto(await path());
      if (answer?.status() !== 200) found.push(`${name}: ${answer?.status()}`);
      await picture(page, `${name}${script ? '' : '-plain'}`);
      if (script) for (const violation of await axeViolations(page)) found.push(`${name}: ${violation}`);
      if (script && (await overflow(page)) > 0) found.push(`${name}: ${await overflow(page)} px too wide`);
    }
    for (const page of pages.values()) await page.context().close();
    expect(found).toEqual([]);
  });

  test.each(['dark', 'forced-colors'])('%s: list, task, approval and board stay readable', async (look) => {
    const found: string[] = [];
    for (const [name, login, path] of STATES.filter(([name]) =>
      ['tasks-full', 'task-overdue', 'approve-long', 'dispatch-three'].includes(name),
    )) {
      const page = await open(login);
      if (look === 'dark')
        await page.context().addCookies([{ name: 'suying_theme', value: 'dark', url: house.address }]);
      else await page.emulateMedia({ forcedColors: 'active' });
      await page.goto(await path());
      await picture(page, `${name}-${look}`);
      for (const violation of await axeViolations(page)) found.push(`${name}: ${violation}`);
      await page.context().close();
    }
    expect(found).toEqual([]);
  });

  test('the draft saves itself, and the line says when (JS)', async () => {
    const page = await open('zhaojingzhe');
    const path = await taskPath('today', 'handle-demand');
    await page.goto(path);
    await page.locator('[name=measures]').fill('先写一半');
    await page.locator('[name=policyBasis]').focus();
    await page.getByText(/草稿已于 09:00 保存，只有你能看到。/).waitFor();
    await page.reload();
    expect(await page.locator('[name=measures]').inputValue()).toBe('先写一半');
    await page.context().close();
  });

  test('similar answers are put where the caret is, and the checklist follows (JS)', async () => {
    const page = await open('zhaojingzhe');
    await page.goto(await taskPath('overdue', 'handle-demand'));
    expect(await page.locator('main').innerText()).toMatch(/同类答复 \d/);
    await page.locator('.workspace__rail details', { hasText: '契税' }).last().locator('summary').click();
    await page.getByRole('button', { name: '插入' }).first().click();
    expect(await page.locator('[name=publicAnswer]').inputValue()).toContain('退库回单已收到，三日内到账。');
    expect(await page.locator('[data-check-field=publicAnswer].is-met').count()).toBe(2);
    await page.context().close();
  });

  test('keyboard alone: a wrong answer leads to the summary, its link into the field, the right one on', async () => {
    const page = await open('zhaojingzhe');
    await page.goto(await taskPath('soon', 'handle-demand'));
    await page.locator('[name=measures]').focus();
    await page.keyboard.type('核对退库资料。');
    await page.keyboard.press('Control+Enter');
    await page.locator('#error-summary').waitFor();
    expect(await page.evaluate(() => (globalThis as any).document.activeElement.id)).toBe('error-summary');
    await picture(page, 'task-errors');
    expect(await axeViolations(page)).toEqual([]);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => (globalThis as any).document.activeElement.id)).toMatch(/^f-conclusion/);
    await page.context().close();
  });

  test('Enter in a field submits the form and never presses another button of it', async () => {
    const page = await open('zhaojingzhe');
    await page.goto(await taskPath('answered', 'give-feedback'));
    await page.locator('[name=feedbackMethod][value=PHONE]').check();
    await page.getByText('登记一次没有联系上').click();
    await page.locator('[name=attemptNote]').press('Enter');
    await page.locator('#error-summary').waitFor();
    expect(await page.locator('#error-summary').innerText()).toContain('内容');
    expect(await page.locator('main').innerText()).toContain('不同半天未接通 0/3 次');
    await page.goto(await taskPath('soon', 'handle-demand'));
    await page.locator('[name=policyBasis]').press('Enter');
    await page.locator('#error-summary').waitFor();
    await page.context().close();
  });

  test('choosing many on the dispatch board: a whole group, with the number on the button (JS)', async () => {
    const page = await open('fandongzhi');
    await page.goto('/dispatch');
    for (const box of await page.locator('main input[name=task]').all()) await box.check();
    expect(
      await page
        .locator('main')
        .getByRole('button', { name: /派出所选/ })
        .textContent(),
    ).toBe('派出所选（3）');
    await page
      .locator('main')
      .getByRole('button', { name: /派出所选/ })
      .click();
    await page.waitForURL(/\/results\//);
    await picture(page, 'dispatch-partly');
    expect(await page.locator('main').innerText()).toMatch(/派单 [12] 件成功，[12] 件没有派/);
    expect(await axeViolations(page)).toEqual([]);
    await page.context().close();
  });

  test.each([1440, 390])('somebody was faster, at %d px', async (width) => {
    const number = await stage.dispatched();
    const { id } = await stage.task(number, 'handle-demand');
    const page = await open('zhaojingzhe', { width });
    await page.goto(`/tasks/${id}`);
    await page.locator('[name=measures]').fill('联系国库核对退库资料。');
    await page.locator('[name=conclusion][value=RESOLVED]').check();
    await page.locator('[name=policyBasis]').fill('契税法');
    await page.locator('[name=publicAnswer]').fill('退库回单已收到，三日内到账。');
    await stage.handle(number);
    await page.getByRole('button', { name: '提交办结' }).click();
    await page.getByRole('heading', { name: '这件诉求刚刚有变化' }).waitFor();
    await picture(page, 'conflict');
    expect(await page.locator('main').innerText()).toContain('契税法');
    expect(await axeViolations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
    await page.context().close();
  });
});
