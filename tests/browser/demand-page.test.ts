import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { WorkStage } from '../support/work.ts';

const HOST = 'zhaojingzhe';
const DESK = 'fandongzhi';
const REGISTRAR = 'pengqingming';

describe('the page of one demand in the browser, in every state', () => {
  let house: TestHouse;
  let stage: WorkStage;
  let browser: Browser;
  beforeAll(async () => {
    house = await testHouse('2026-11-19T09:12:00+08:00');
    stage = new WorkStage(house);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  async function as(login: string, options: { width?: number; script?: boolean } = {}): Promise<Page> {
    const context = await browser.newContext({
      baseURL: house.address,
      viewport: { width: options.width ?? 1440, height: 900 },
      locale: 'zh-CN',
      javaScriptEnabled: options.script ?? true,
    });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    await page.goto('/login');
    await page.getByLabel('用户名').fill(login);
    await page.getByLabel('密码', { exact: true }).fill('suying-demo-2026');
    await page.getByRole('button', { name: '登录' }).click();
    await page.waitForURL((url) => !url.pathname.startsWith('/login'));
    return page;
  }

  /** Opens a page wide and narrow: axe without findings, nothing scrolls sideways, one H1. */
  async function look(login: string, path: string, name: string): Promise<string> {
    let text = '';
    for (const width of [1440, 390]) {
      const page = await as(login, { width });
      await page.goto(path);
      await picture(page, `demand-${name}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(await page.locator('h1').count()).toBe(1);
      text = await page.locator('main').innerText();
      await page.context().close();
    }
    return text;
  }

  test('just registered, awaiting dispatch', async () => {
    const number = await stage.register();
    expect(await look(REGISTRAR, `/demands/${number}`, 'registered')).toMatch(/下一步：纳服派单/);
    expect(await look(DESK, `/demands/${number}`, 'awaiting-dispatch')).toMatch(/◀ 现在（/);
  });

  test('handled, extension pending, extended', async () => {
    const number = await stage.dispatched();
    expect(await look(HOST, `/demands/${number}`, 'handling')).toMatch(/还能延到/);
    await look(HOST, `/demands/${number}/actions/extend`, 'extend');
    await look(DESK, `/demands/${number}/actions/urge`, 'urge');
    await look(REGISTRAR, `/demands/${number}/actions/withdraw`, 'withdraw');
    await look(DESK, `/demands/${number}/actions/void`, 'void');
    await (await house.as(HOST)).post(`/demands/${number}/extensions`, {
      requestedDueDate: '2026-12-02',
      reasonType: 'EXTERNAL_UNIT',
      reason: '等国库退库回单。',
    });
    await house.settle();
    expect(await look(HOST, `/demands/${number}`, 'extension-pending')).toMatch(/等待审批/);
    await stage.complete(number, 'approve-extension', { extensionDecision: 'APPROVED', opinion: '同意。' });
    expect(await look(HOST, `/demands/${number}`, 'extended')).toMatch(/12月2日 17:30/);
  });

  test('fed back, withdrawn, voided, restricted, with an incident', async () => {
    const number = await stage.fedBack();
    expect(await look(DESK, `/demands/${number}`, 'fed-back')).toMatch(/下一步：纳服回访/);
    const withdrawn = await stage.dispatched();
    await (await house.as(REGISTRAR)).post(`/demands/${withdrawn}/withdrawal`, {
      withdrawalMethod: 'PHONE',
      withdrawalReason: '税款已经到账。',
    });
    await house.settle();
    expect(await look(DESK, `/demands/${withdrawn}`, 'withdrawn')).toMatch(/停钟 · 撤回/);
    const voided = await stage.dispatched();
    const page = await as(DESK);
    await page.goto(`/demands/${voided}/actions/void`);
    await page.getByLabel('作废理由').fill('重复登记，另有主件。');
    await page.getByRole('button', { name: '确定作废' }).click();
    await page.waitForURL(/ok=voided/);
    await page.context().close();
    expect(await look(DESK, `/demands/${voided}`, 'voided')).toMatch(/此件已作废，只能查看/);
    const stuck = await stage.dispatched();
    await house.house.sql.query(
      `insert into incident_view (key, process_instance_key, element_id, error_type, error_message, created_at)
       select 'incident-2', key, 'handle', 'JOB_NO_RETRIES', '短信服务三次没有回应。', 0 from process_instance
       where demand_id = (select id from demand where number = $1) and process_id = 'handle-demand'`,
      [stuck],
    );
    expect(await look(HOST, `/demands/${stuck}`, 'incident')).toMatch(/流程停在这里/);
    await house.house.sql.query('update demand set restricted = true where number = $1', [stuck]);
    expect(await look('lulidong', `/demands/${stuck}`, 'restricted')).toMatch(/限定可见件/);
    expect(await look(DESK, `/demands/${stuck}`, 'restricted-ledger')).toMatch(/看不到内容/);
  });

  test('the picture has the words of the path, its links lead there, and it scrolls in its own labelled frame', async () => {
    const number = await stage.dispatched();
    for (const width of [1440, 390]) {
      const page = await as(HOST, { width });
      await page.goto(`/demands/${number}`);
      await page.getByText(/^流程图（/).click();
      const frame = page.getByRole('region', { name: /诉求快速响应流程图/ });
      await frame.focus();
      expect(await frame.evaluate((element: any) => element.scrollWidth > element.clientWidth)).toBe(true);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
      expect(await axeViolations(page)).toEqual([]);
      await picture(page, 'demand-diagram');
      await page.locator('.bpmn a', { hasText: '纳服派单' }).first().click();
      expect(new URL(page.url()).hash).toMatch(/^#step-.*-dispatch-demand$/);
      await page.context().close();
    }
  });

  test('the keyboard alone reveals a number and reads how a due day was counted', async () => {
    const number = await stage.dispatched();
    const page = await as(HOST);
    await page.goto(`/demands/${number}`);
    await page.getByRole('link', { name: '查看完整号码' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL(/reveal/);
    expect(await axeViolations(page)).toEqual([]);
    await page.getByLabel('联系诉求人').focus();
    await page.keyboard.press('ArrowDown');
    expect(await page.getByLabel('核对身份').isChecked()).toBe(true);
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForURL(/ok=revealed/);
    expect(await page.locator('main').innerText()).toContain('199-0000-0021');
    await page.locator('.clock--open summary').focus();
    await page.keyboard.press('Enter');
    expect(await page.locator('.clock--open').innerText()).toMatch(/第 5 天/);
    await page.context().close();
  });

  test('without JavaScript: filters of the timeline, unfolding, revealing and asking for more days all work', async () => {
    const number = await stage.dispatched();
    const page = await as(HOST, { script: false });
    await page.goto(`/demands/${number}`);
    await page.getByRole('link', { name: /^全部（/ }).click();
    expect(await page.locator('#timeline').innerText()).toMatch(/期限起算/);
    await page.getByRole('link', { name: '查看完整号码' }).click();
    await page.getByRole('button', { name: '记录并查看' }).click();
    expect(await page.locator('main').innerText()).toContain('199-0000-0021');
    await page.getByRole('link', { name: '申请延期' }).first().click();
    await page.getByRole('button', { name: '提交申请' }).click();
    expect(await page.locator('main').innerText()).toMatch(/处需要修改/);
    await page.getByLabel(/12月1日 周二（第 \d 个工作日）/).check();
    await page.locator('[name=reasonType]').selectOption('EXTERNAL_UNIT');
    await page.locator('[name=reason]').fill('等国库退库回单。');
    await page.getByRole('button', { name: '提交申请' }).click();
    expect(await page.locator('main').innerText()).toMatch(/申请延期到 12月1日，等待审批/);
    await page.context().close();
  });

  test('overdue, and written off', async () => {
    const number = await stage.dispatched();
    const other = await stage.fedBack();
    await house.moveTo('2026-11-27T10:00:00+08:00');
    expect(await look(HOST, `/demands/${number}`, 'overdue')).toMatch(/已逾期 1 个工作日/);
    expect(await look(HOST, `/demands/${number}/actions/extend`, 'overdue-extend')).toMatch(/延期不能消除逾期记录/);
    await stage.complete(other, 'conduct-return-visit', {
      visitMethod: 'PHONE',
      visitReached: 'YES',
      feedbackReceived: 'YES',
      resolved: 'RESOLVED',
      satisfaction: 'SATISFIED',
    });
    await stage.complete(other, 'write-off', { checked: true });
    expect(await look(DESK, `/demands/${other}`, 'written-off')).toMatch(/没有了：此件已经了结/);
  });
});
