import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { activeRuleSet } from '../../src/modules/rules/index.ts';
import { administrator, openBrowser } from '../support/browser.ts';
import { oneScenario } from '../support/designs.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';

const GUIDE = readFileSync(join(import.meta.dirname, '../../docs/administrators.md'), 'utf8');

/**
 * The four tasks of the administrators' guide, done as it says: every word in quotation marks that is a button, a link or a field there
 * is pressed or filled here under that very name. SCREENSHOTS names a folder for the guide's pictures.
 */
describe('R27: the guide for administrators, followed word by word', () => {
  let house: TestHouse;
  let browser: Browser;
  let admin: Page;
  let second: Page;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    await oneScenario(house);
    const story = scenes(house);
    await story.complete(await story.register(), 'dispatch-demand');
    browser = await openBrowser();
    const open = async (login: string) => {
      const context = await browser.newContext({
        baseURL: house.address,
        viewport: { width: 1100, height: 800 },
        locale: 'zh-CN',
      });
      return administrator(context, login);
    };
    [admin, second] = [await open('jinqingming'), await open('shuguyu')];
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  const said = (page: Page = admin) => page.locator('main').innerText();
  /** What the guide names in quotation marks is there, under that name, and is pressed. */
  const press = async (name: string, page: Page = admin) => {
    expect(GUIDE).toContain(`“${name}”`);
    const thing = page
      .getByRole('button', { name, exact: true })
      .or(page.getByRole('link', { name, exact: true }))
      .first();
    const gone = page.waitForNavigation();
    await thing.click();
    await gone;
  };
  const fill = async (label: string, text: string, page: Page = admin) => {
    expect(GUIDE).toContain(`“${label}”`);
    await page.getByLabel(label).first().fill(text);
  };
  const shot = async (name: string, height: number, page: Page = admin) => {
    const folder = process.env.SCREENSHOTS;
    if (!folder) return;
    mkdirSync(folder, { recursive: true });
    await page.setViewportSize({ width: 1100, height });
    await page.screenshot({ path: join(folder, `guide-${name}.png`) });
  };
  /** 写变更说明和依据，送复核；另一位打开每一项看过，批准。 */
  const release = async () => {
    await fill('变更说明', '按局长办公会纪要调整');
    await fill('依据', '局长办公会纪要〔2026〕31 号');
    await press('检查');
    for (const box of await admin.getByLabel('警告为什么可以接受').all()) await box.fill('这些县局由上级代办');
    await press('送复核');
    const address = admin.url();
    await second.goto(address);
    const items = await second.locator('#f-items table a').count();
    for (let index = 0; index < items; index += 1) {
      await second.goto(address);
      await second.locator('#f-items table a').nth(index).click();
      await second.getByText('已记下你看过这一项').waitFor();
      if (index === 0) await shot('release-change', 620, second);
    }
    await second.goto(address);
    await second.locator('#review').scrollIntoViewIfNeeded();
    await shot('release-review', 640, second);
    await press('批准发布', second);
    expect(await said(second)).toContain('已发布');
  };

  test('例一：改一个时限', async () => {
    await admin.goto('/parameters');
    await press('修改');
    await fill('回访时限', '6');
    await press('预览影响');
    expect(await said()).toMatch(/回访时限\s+\d+ → 6 工作日/);
    await shot('parameter', 620);
    await press('保存草稿');
    await press('送发布');
    await press('检查');
    await shot('release-checks', 900);
    await release();
    const { default: now } = await activeRuleSet(house.house.sql, 'deadlines', '2026-11-23');
    expect(now.outcome['visit.within']).toBe(6);
  });

  test('例二：派单归口里加一个部门', async () => {
    await admin.goto('/rules');
    await press('派单建议');
    await press('修改');
    await press('开始修改');
    await press('加规则');
    await fill('标题', '残保金由社会保险费部门办');
    await fill('优先级', '35');
    await press('加条件');
    const choose = async (label: string, option: string) => {
      for (const word of [label, option]) expect(GUIDE).toContain(`“${word}”`);
      await admin.getByLabel(label, { exact: true }).selectOption({ label: option });
    };
    await choose('事实', '标签');
    await choose('运算', '包含');
    await fill('值', '残保金');
    expect(GUIDE).toContain('把“主办部门”选成“填写的值”');
    await admin.getByLabel('主办部门：从哪里来').selectOption({ label: '填写的值' });
    const offered = admin.locator('#departments option[label*="税政"]').first();
    const [code, name] = [(await offered.getAttribute('value'))!, (await offered.getAttribute('label'))!];
    await admin.getByLabel('主办部门：值').fill(code);
    await admin.getByRole('button', { name: '保存草稿' }).last().click();
    await admin.waitForURL('**ok=draft-kept**');
    const row = admin.locator('.rule-row', { hasText: '残保金由社会保险费部门办' });
    expect(await row.innerText()).toContain(`主办部门：${name}`);
    await row.getByRole('button', { name: '启用' }).click();
    await admin.waitForURL('**ok=draft-kept**');
    expect(await admin.locator('#analysis').innerText()).not.toMatch(/残保金由社会保险费部门办”永远/);
    await admin.goto('/rules/category-routing/edit');
    await row.evaluate((element) => element.scrollIntoView({ block: 'center' }));
    await shot('rules-table', 760);
    await press('用例');
    await press('加用例');
    await admin.getByLabel('名称').fill('残保金');
    await admin.getByLabel('标签').first().fill('残保金');
    await admin.getByLabel('主办部门：从哪里来').selectOption({ label: '填写的值' });
    await admin.getByLabel('主办部门：值').fill(code);
    await admin.getByRole('button', { name: '保存草稿' }).click();
    await admin.waitForURL('**ok=draft-kept**');
    expect(await admin.locator('#list tr', { hasText: '标签：残保金' }).innerText()).toContain('✓ 通过');
    await press('回测');
    await admin.getByRole('button', { name: '回测', exact: true }).click();
    await admin.waitForURL('**/backtest/*');
    expect(await said()).toMatch(/按草稿结果改变 \d+ 件/);
    await press('送发布');
    expect(await said()).toContain('派单建议');
  });

  test('例三：办理之后加一步复核，不用图', async () => {
    await admin.goto('/processes');
    await press('办理诉求');
    await press('编辑');
    await admin.locator('[data-design-count]', { hasText: /没有问题|错误 0/ }).waitFor();
    await press('节点表');
    await shot('nodes', 760);
    await admin
      .getByRole('link', { name: /^修改\s*“办理诉求”$/ })
      .first()
      .click();
    await admin.getByRole('heading', { name: '在其后插入任务' }).waitFor();
    await fill('新步骤的名称', '复核');
    await admin.getByLabel('人工任务').check();
    await press('插入');
    await admin.getByLabel('表单', { exact: true }).selectOption('review-completion');
    await admin.getByLabel('主办部门负责人').first().check();
    await press('保存');
    await press('返回节点表');
    await press('检查');
    expect(await said()).not.toMatch(/✗ 错误/);
  });

  test('例四：发布明年的放假安排', async () => {
    await admin.goto('/calendar?year=2027');
    await press('导入放假安排');
    await fill(
      '放假安排',
      '国务院办公厅关于2027年部分节假日安排的通知 国办发明电〔2026〕9号 一、元旦：1月1日（周五）至3日（周日）放假，共3天。二、春节：2月5日（周五）至\n11日（周四）放假调休，共7天。2月14日（周日）、2月20日（周六）上班。三、清明节：4月3日（周六）至5日（周一）放假，共3天。四、劳动节：5月1日（周六）至5日（周三）放假调休，共5天。5月8日（周六）上班。五、端午节：6月9日（周三）放假1天。六、中秋节：9月15日（周三）放假1天。七、国庆节：10月1日（周五）至7日（周四）放假调休，共7天。10月9日（周六）上班。',
    );
    await press('预览差异');
    expect(await said()).toContain('国办发明电〔2026〕9号');
    await shot('holidays', 760);
    await fill('发布原因', '国办发布 2027 年放假安排');
    for (const box of await admin.getByLabel('上面的提醒为什么可以接受').all()) await box.fill('已与主办部门沟通');
    await press('送复核');
    expect({ at: admin.url(), said: await said() }).toMatchObject({ at: expect.stringContaining('/releases/FB-') });
    const address = admin.url();
    await second.goto(address);
    await second.locator('#f-items table a').first().click();
    await second.getByText('已记下你看过这一项').waitFor();
    await second.goto(address);
    await press('发布并重算', second);
    await admin.goto('/calendar?year=2027');
    expect(await said()).not.toContain('暂定（仅法定假日）');
  });
});
