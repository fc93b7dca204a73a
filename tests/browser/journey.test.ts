import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

const PASSWORD = 'suying-demo-2026';

describe('one demand from registration to write-off, in the browser, day by day', () => {
  let house: TestHouse;
  let browser: Browser;
  let page: Page;
  let number: string;

  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  /** Signs in as somebody, in a window of their own. */
  async function become(login: string, width = 1440): Promise<Page> {
    await page?.context().close();
    const context = await browser.newContext({
      baseURL: house.address,
      viewport: { width, height: 900 },
      locale: 'zh-CN',
    });
    page = await context.newPage();
    page.setDefaultTimeout(8000);
    page.on('pageerror', (error) => {
      throw error;
    });
    await page.goto('/login');
    await page.getByLabel('用户名').fill(login);
    await page.getByLabel('密码').fill(PASSWORD);
    await page.getByRole('button', { name: '登录' }).click();
    await page.waitForURL((url) => !url.pathname.startsWith('/login'));
    return page;
  }

  const look = async (name: string) => {
    await picture(page, name);
    expect(await axeViolations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  };

  async function openTask(title: string): Promise<void> {
    await page.goto('/tasks');
    await page
      .getByRole('row')
      .filter({ hasText: title })
      .filter({ hasText: number })
      .getByRole('link')
      .first()
      .click();
  }
  const text = () => page.locator('main').innerText();

  test('the receiving officer registers it', async () => {
    await become('pengqingming');
    await look('tasks-empty');
    await page.goto('/demands/new');
    await look('register');
    await page.getByRole('button', { name: '登记', exact: false }).last().click();
    await look('register-errors');
    expect(await text()).toMatch(/处需要修改/);
    await page.getByLabel('12366纳税服务热线').check();
    await page.getByLabel('联系电话').fill('199-0000-0021');
    await page
      .getByLabel(/诉求人名称|名称/)
      .first()
      .fill('曹某某');
    await page.locator('[name=taxpayerType]').selectOption('NATURAL_PERSON');
    await page.locator('[name=category][value=POLICY]').check();
    await page.locator('[name=content]').fill('开发商退房契税退税提交一个半月没到账，什么时候能到？');
    await page.locator('[name=tags][value=契税]').check();
    await page.locator('[name=intakeChoice][value=OTHER_DEPARTMENT]').check();
    await page.locator('[name=noticeMethod]').selectOption('PHONE');
    await page.locator('[name=noticeContent]').fill('已告知转纳税服务部门分派。');
    await picture(page, 'register-filled');
    await page.locator('button[value=register]').click();
    await page.waitForURL(/LASQ-341523-20261123-0001/);
    number = 'LASQ-341523-20261123-0001';
    await look('demand-registered');
  });

  test('tax service dispatches it as the rule suggests', async () => {
    await become('fandongzhi');
    await page.goto('/dispatch');
    await look('dispatch-board');
    await openTask('纳服派单');
    await look('task-dispatch');
    expect(await page.locator('[name=hostDepartment]').inputValue()).toMatch(/^341523-/);
    await page.locator('[name=hostDepartment]').selectOption('341523-TAX2');
    if (await page.locator('[name=dispatchReason]').isVisible())
      await page.locator('[name=dispatchReason]').fill('按业务分工分派。');
    await page.locator('button[value=submit]').click();
    await page.waitForURL(/\/tasks/);
  });

  test('the host department asks for more days; the clock says when', async () => {
    await house.moveTo('2026-11-26T10:00:00+08:00');
    await become('zhaojingzhe');
    await page.goto(`/demands/${number}`);
    expect(await text()).toMatch(/11月30日/);
    await look('demand-handling');
    await page.goto(`/demands/${number}/actions/extend`);
    await look('extend');
    await page.locator('[name=requestedDueDate]').fill('2026-12-04');
    await page.locator('[name=reasonType]').selectOption('EXTERNAL_UNIT');
    await page.locator('[name=reason]').fill('等国库退库回单。');
    await page.locator('main button[type=submit]').last().click();
    await page.waitForURL(/ok=extension/);
  });

  test('the deputy in charge approves on a phone', async () => {
    await house.moveTo('2026-11-26T14:00:00+08:00');
    await become('panlichun', 390);
    await page.goto('/approvals');
    await look('approvals');
    await page
      .getByRole('link', { name: /契税|审批/ })
      .first()
      .click();
    await look('task-approve');
    expect(await text()).toMatch(/12月4日/);
    await page.locator('[name=extensionDecision][value=APPROVED]').check();
    await page.locator('[name=opinion]').fill('同意。');
    await page.locator('button[value=submit]').click();
    await page.waitForURL(/\/tasks/);
    await page.goto(`/demands/${number}`);
    expect(await text()).toMatch(/12月4日/);
    await look('demand-extended');
  });

  test('the department handles it, and tells the taxpayer the next day', async () => {
    await house.moveTo('2026-12-02T15:00:00+08:00');
    await become('zhaojingzhe');
    await openTask('办理诉求');
    await look('task-handle');
    await page.locator('[name=measures]').fill('联系国库核对退库资料。');
    await page.locator('[name=conclusion][value=RESOLVED]').check();
    await page.locator('[name=policyBasis]').fill('契税法');
    await page.locator('[name=publicAnswer]').fill('退库回单已收到，三日内到账。');
    await page.locator('button[value=draft]').click();
    await page.waitForURL(/ok=draft/);
    expect(await page.locator('[name=policyBasis]').inputValue()).toBe('契税法');
    await page.locator('button[value=submit]').click();
    await page.waitForURL(/\/tasks\?/);
    await page.goto(`/demands/${number}`);
    expect(await text()).toMatch(/12月3日/);
    await house.moveTo('2026-12-03T09:00:00+08:00');
    await openTask('反馈诉求人');
    await page
      .locator('[name=feedbackMethod][value=PHONE], select[name=feedbackMethod]')
      .first()
      .evaluate((element: any) => {
        if (element.tagName === 'SELECT') element.value = 'PHONE';
        else element.checked = true;
      });
    await page.locator('[name=feedbackContent]').fill('已电话告知三日内到账。');
    await page.locator('[name=feedbackResult][value=DELIVERED]').check();
    await page.locator('button[value=submit]').click();
    await page.waitForURL(/\/tasks\?/);
  });

  test('tax service visits, reconciles and writes it off', async () => {
    await house.moveTo('2026-12-04T09:00:00+08:00');
    await become('fandongzhi');
    await openTask('电话回访');
    await look('task-visit');
    for (const [name, value] of [
      ['visitMethod', 'PHONE'],
      ['visitReached', 'YES'],
      ['feedbackReceived', 'YES'],
      ['resolved', 'RESOLVED'],
      ['satisfaction', 'SATISFIED'],
    ])
      await page.locator(`[name=${name}][value=${value}]`).check();
    await page.locator('button[value=submit]').click();
    await page.waitForURL(/\/tasks\?/);
    await openTask('对账销号');
    await look('task-write-off');
    await page.locator('[name=checked]').check();
    await page.locator('button[value=submit]').click();
    await page.waitForURL(/\/tasks\?/);
    await page.goto(`/demands/${number}`);
    expect(await text()).toMatch(/已销号|已归档/);
    await look('demand-written-off');
  });

  test.each([
    ['fandongzhi', '/demands'],
    ['fandongzhi', '/calendar'],
    ['fandongzhi', '/tasks?view=done'],
    ['pengqingming', '/account'],
    ['pengqingming', '/rules'],
    ['pengqingming', '/processes'],
    ['pengqingming', '/org'],
    ['pengqingming', '/no-such-page'],
  ])('%s opens %s, wide and narrow', async (login, path) => {
    for (const width of [1440, 390]) {
      await become(login, width);
      await page.goto(path);
      await look(path.replace(/\W+/g, '-').slice(1));
    }
  });

  test('without JavaScript the demand page and the forms still say everything', async () => {
    const context = await browser.newContext({ baseURL: house.address, javaScriptEnabled: false });
    const plain = await context.newPage();
    await plain.goto('/login');
    await plain.getByLabel('用户名').fill('pengqingming');
    await plain.getByLabel('密码').fill(PASSWORD);
    await plain.getByRole('button', { name: '登录' }).click();
    await plain.goto('/demands/new');
    await plain.locator('button[value=register]').click();
    expect(await plain.locator('main').innerText()).toMatch(/处需要修改/);
    await plain.goto(`/demands/${number}`);
    expect(await plain.locator('main').innerText()).toMatch(/12月4日/);
    await context.close();
  });
});
