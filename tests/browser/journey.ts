import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import type { TestHouse } from '../support/house.ts';

const PASSWORD = 'suying-demo-2026';

/**
 * One demand from registration to write-off, in the browser, day by day, with the dates people read on the pages; on whatever engine
 * the house runs. 2026-11-23 is a Monday; five working days end on 11月30日, nine on 12月4日.
 */
export function journeyInTheBrowser(title: string, open: (start: string) => Promise<TestHouse>): void {
  describe(title, () => steps(open));
}

function steps(open: (start: string) => Promise<TestHouse>): void {
  let house: TestHouse;
  let browser: Browser;
  let page: Page;
  let number: string;

  beforeAll(async () => {
    house = await open('2026-11-23T09:12:00+08:00');
    browser = await openBrowser();
  }, 400_000);
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  /** A window of somebody, signed in. */
  async function become(login: string, width = 1440, javaScriptEnabled = true): Promise<Page> {
    await page?.context().close();
    const context = await browser.newContext({
      baseURL: house.address,
      viewport: { width, height: 900 },
      locale: 'zh-CN',
      javaScriptEnabled,
    });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    page.on('pageerror', (error) => {
      throw error;
    });
    await page.goto('/login');
    await page.locator('main [name=login]').fill(login);
    await page.locator('main [name=password]').fill(PASSWORD);
    await page.locator('main').getByRole('button', { name: '登录', exact: true }).click();
    await page.waitForURL((url) => !url.pathname.startsWith('/login'));
    return page;
  }

  const look = async (name: string) => {
    await picture(page, name);
    expect(await axeViolations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  };
  const text = () => page.locator('main').innerText();
  const field = (name: string) => page.locator(`main [name="${name}"]`);
  const choose = (name: string, value: string) => page.locator(`main [name="${name}"][value="${value}"]`).check();

  async function openTask(title: string, list = '/tasks'): Promise<void> {
    await page.goto(list);
    await page
      .locator('main tr, main li')
      .filter({ hasText: title })
      .filter({ hasText: number })
      .getByRole('link')
      .first()
      .click();
    await page.waitForURL(/\/(tasks|approvals)\/[\w-]{8,}/);
  }
  async function submit(button: string | RegExp): Promise<void> {
    await page.locator('main').getByRole('button', { name: button }).click();
  }

  test('Monday: the receiving officer registers it, and the page says until when (R11)', async () => {
    await become('pengqingming');
    await page.goto('/tasks');
    expect(await text()).toContain('现在没有要你办的事。新任务会出现在这里，并在工作时间提醒你。');
    await look('tasks-empty');
    await page.goto('/demands/new');
    await choose('channel', 'HOTLINE_12366');
    await field('contactPhone').fill('199-0000-0021');
    await field('taxpayerName').fill('曹某某');
    await field('taxpayerType').selectOption('NATURAL_PERSON');
    await choose('category', 'POLICY');
    await field('content').fill('开发商退房契税退税提交一个半月没到账，什么时候能到？');
    await page.locator('main summary', { hasText: '已选 0 个' }).click();
    await page.locator('main [name="tags"][value="契税"]').check();
    await choose('intakeChoice', 'OTHER_DEPARTMENT');
    const method = field('noticeMethod').first();
    if ((await method.evaluate((element) => element.tagName)) === 'SELECT') await method.selectOption('PHONE');
    else await choose('noticeMethod', 'PHONE');
    await field('noticeContent').fill('已告知转纳税服务部门分派。');
    await look('register-filled');
    await page.locator('main button[value=register]').click();
    await page.waitForURL((url) => url.pathname !== '/demands/new');
    number = /LASQ-\d{6}-\d{8}-\d{4}/.exec(await text())?.[0] ?? '';
    expect(number).toBe('LASQ-341523-20261123-0001');
    await page.goto(`/demands/${number}`);
    expect(await text()).toMatch(/11月24日/);
    await look('demand-registered');
  });

  test('an hour later: tax service dispatches it as the rule suggests; handling ends on 11月30日 (R15, R17)', async () => {
    await house.moveTo('2026-11-23T10:12:00+08:00');
    await become('fandongzhi');
    await page.goto('/dispatch');
    expect(await text()).toMatch(/待分派 1 件 · 最久已等 1 小时 · 今天已派 0 件（采纳建议 0）/);
    expect(await text()).toMatch(/建议一致（1 件）[\s\S]*办结 11月30日 周一 17:30/);
    expect(await page.locator('main select[name^="host-"]').inputValue()).toBe('341523-TAX2');
    await look('dispatch-board');
    await openTask('纳服派单');
    expect(await text()).toMatch(/到 11月30日 周一 17:30，不从签收起算/);
    await look('task-dispatch');
    await page.goto('/dispatch');
    await page.locator('main input[name=task]').check();
    await submit(/派出所选/);
    await page.waitForURL(/\/results\//);
    expect(await text()).toContain('派单 1 件成功。');
    await look('dispatch-result');
    await page.goto('/dispatch');
    expect(await text()).toContain('待分派的诉求都派完了。今天已派 1 件，其中采纳建议 1 件。');
  });

  test('Thursday: the host department asks for more days; the clock says when', async () => {
    await house.moveTo('2026-11-26T10:00:00+08:00');
    await become('zhaojingzhe');
    await page.goto('/tasks');
    expect(await text()).toMatch(/正常 剩 2[\s\S]*办理诉求·办结钟[\s\S]*11月30日 17:30/);
    expect(await text()).toMatch(/待签收 1/);
    await look('tasks-handler');
    await openTask('办理诉求');
    await submit('签收');
    expect(await text()).toMatch(/已于 11月26日 10:00 签收/);
    expect(await text()).toMatch(/11月30日 周一 17:30[\s\S]*怎么算的/);
    expect(await text()).toMatch(/11月27日 09:00 提醒主办部门和纳服/);
    await page.goto(`/demands/${number}/actions/extend`);
    await look('extend');
    const due = field('requestedDueDate');
    if ((await due.first().getAttribute('type')) === 'radio') await choose('requestedDueDate', '2026-12-04');
    else await due.first().fill('2026-12-04');
    await field('reasonType').selectOption('EXTERNAL_UNIT');
    await field('reason').fill('等国库退库回单。');
    await page.locator('main form[data-form="request-extension"] button.button--filled').click();
    await page.waitForURL(/ok=extension/);
  });

  test('the same afternoon: the deputy in charge approves on a phone (R18)', async () => {
    await house.moveTo('2026-11-26T14:00:00+08:00');
    await become('panlichun', 390);
    await page.goto('/approvals');
    expect(await text()).toMatch(/待我审批 1 件/);
    expect(await text()).toMatch(/申请到 12月4日 周五（合计 9 个工作日）[\s\S]*现到期 11月30日 17:30/);
    await look('approvals');
    await openTask('契税', '/approvals');
    expect(await text()).toMatch(/现到期\s*11月30日 17:30/);
    expect(await text()).toMatch(/申请到\s*12月4日 周五 17:30（合计 9 个工作日，上限 10）/);
    expect(await text()).toMatch(/点“同意延期”后：到期时间由 11月30日 17:30 改为 12月4日 17:30（合计 9 个工作日）/);
    await look('approve');
    await submit('不同意');
    expect(await text()).toContain('不同意或退回补充的，请写明意见。');
    await look('approve-error');
    // The sticky bar never covers the field that has the focus (WCAG 2.4.11).
    await field('opinion').focus();
    const [box, bar] = [await field('opinion').boundingBox(), await page.locator('.decide').boundingBox()];
    expect(box!.y + box!.height).toBeLessThanOrEqual(bar!.y + 1);
    await field('opinion').fill('同意，请抓紧。');
    await submit('同意延期');
    await page.waitForURL(/ok=completed/);
    expect(await text()).toMatch(/已由 潘立春 于 2026年11月26日 14:00 提交/);
    await look('approve-done');
    await page.goto(`/demands/${number}`);
    expect(await text()).toMatch(/12月4日/);
    await look('demand-extended');
    await page.goto('/approvals');
    expect(await text()).toContain('没有等你审批的事。');
  });

  test('the applicant reads the decision in the inbox', async () => {
    await become('zhaojingzhe');
    await page.goto('/inbox');
    expect(await text()).toMatch(/延期已批准/);
    await look('inbox');
  });

  test('next Wednesday: the department handles it; the draft survives; feedback is due the day after (R17, R24)', async () => {
    await house.moveTo('2026-12-02T15:00:00+08:00');
    await become('zhaojingzhe');
    await openTask('办理诉求');
    expect(await text()).toMatch(/办结时间记为此刻；12月3日 周四 17:30 前要向诉求人反馈/);
    expect(await text()).toMatch(/12月4日 周五 17:30/);
    await look('task-handle');
    await submit('提交办结');
    expect(await page.title()).toMatch(/^错误：/);
    await look('task-handle-errors');
    await field('measures').fill('联系国库核对退库资料。');
    await choose('conclusion', 'RESOLVED');
    await field('policyBasis').fill('契税法');
    await field('publicAnswer').fill('退库回单已收到，三日内到账。');
    await submit('存草稿');
    await page.waitForURL(/ok=draft/);
    expect(await text()).toMatch(/找到你 12月2日 15:00 没写完的草稿，已经填回/);
    expect(await field('policyBasis').inputValue()).toBe('契税法');
    await look('task-handle-draft');
    await submit('提交办结');
    await page.waitForURL(/ok=completed/);
    expect(await text()).toMatch(/已由 赵惊蛰 于 2026年12月2日 15:00 提交/);
    await look('task-handle-done');
    await page.getByRole('link', { name: '下一步：反馈诉求人' }).click();
    expect(await text()).toMatch(/12月3日 周四 17:30/);
  });

  test('Thursday morning: the taxpayer is called; one call in vain is kept, the second reaches (R24)', async () => {
    await house.moveTo('2026-12-03T09:00:00+08:00');
    await become('zhaojingzhe');
    await openTask('反馈');
    expect(await text()).toMatch(/12月3日 周四 17:30/);
    expect(await text()).toMatch(/今日到期 · 17:30 前/);
    await page.getByText('登记一次没有联系上').click();
    await choose('attemptMethod', 'PHONE');
    await choose('attemptOutcome', 'UNREACHED');
    await look('task-feedback');
    await submit('登记这次联系');
    await page.waitForURL(/ok=attempted/);
    expect(await text()).toMatch(/12月3日上午 电话 未接通/);
    await choose('feedbackMethod', 'PHONE');
    await field('feedbackContent').fill('已电话告知三日内到账。');
    await choose('feedbackResult', 'UNREACHED');
    await submit('登记反馈');
    expect(await text()).toMatch(/不同半天的未接通记录 1 次，还差 2 次；还没有发过短信/);
    await choose('feedbackResult', 'DELIVERED');
    await submit('登记反馈');
    await page.waitForURL(/ok=completed/);
  });

  test('Friday: tax service visits, reconciles by facts and writes it off (R25, R29)', async () => {
    await house.moveTo('2026-12-04T09:00:00+08:00');
    await become('fandongzhi');
    await page.goto('/visits');
    expect(await text()).toMatch(/待回访 1 件，其中必电访 1 件/);
    expect(await text()).toMatch(/0\/3/);
    await look('visits');
    await openTask('契税', '/visits');
    expect(await page.locator('main input[type=radio]:checked').count()).toBe(0);
    await look('task-visit');
    for (const [name, value] of [
      ['visitMethod', 'PHONE'],
      ['visitReached', 'YES'],
      ['feedbackReceived', 'YES'],
      ['resolved', 'RESOLVED'],
      ['satisfaction', 'SATISFIED'],
    ] as const)
      await choose(name, value);
    await submit('保存回访');
    await page.waitForURL(/ok=completed/);
    await openTask('对账销号');
    expect(await text()).toMatch(
      /办结：已办结，2026年12月2日 15:00[\s\S]*反馈：已反馈诉求人，2026年12月3日 09:00[\s\S]*推送：已推送纳服，2026年12月3日 09:00[\s\S]*回访：已回访，2026年12月4日 09:00/,
    );
    await look('task-write-off');
    await field('checked').check();
    await submit('销号');
    await page.waitForURL(/ok=completed/);
    await page.goto(`/demands/${number}`);
    expect(await text()).toMatch(/已销号|已归档/);
    await look('demand-written-off');
  });

  test.each([
    ['fandongzhi', '/tasks?view=done'],
    ['fandongzhi', '/visits'],
    ['fandongzhi', '/dispatch'],
    ['pengqingming', '/no-such-page'],
  ])('%s opens %s, wide and narrow', async (login, path) => {
    for (const width of [1440, 390]) {
      await become(login, width);
      await page.goto(path);
      await look(path.replace(/\W+/g, '-').slice(1));
    }
  });

  test('without JavaScript the pages say the same', async () => {
    await become('zhaojingzhe', 1440, false);
    await page.goto('/tasks?view=done');
    expect(await text()).toMatch(/办理诉求/);
    await page.goto(`/demands/${number}`);
    expect(await text()).toMatch(/12月4日/);
  });
}
