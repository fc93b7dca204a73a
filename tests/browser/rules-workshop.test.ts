import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { Actor } from '../../src/kernel/actor.ts';
import { draftOf, keepDraft } from '../../src/modules/processes/index.ts';
import { activeRuleSet, evaluateRuleSet, type Facts, storeEvaluation } from '../../src/modules/rules/index.ts';
import { axeViolations, openBrowser, overflow, picture, signedIn } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

/** The rules workshop (P24) with mouse and keyboard: from a new row to a backtest that says exactly what moves. */
describe('the rules workshop in a browser', () => {
  let house: TestHouse;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    await record(house);
    browser = await openBrowser();
    context = await signedIn(browser, house.address, 'jinqingming');
    page = await context.newPage();
    await page.setViewportSize({ width: 1440, height: 900 });
  });
  afterAll(async () => {
    await context?.close();
    await browser?.close();
    await house?.stop();
  });

  const words = () => page.locator('main').innerText();
  const looksRight = async (name: string) => {
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 900 });
      await picture(page, `rules-${name}`);
      expect({ name, width, axe: await axeViolations(page) }).toEqual({ name, width, axe: [] });
      expect({ name, width, over: await overflow(page) }).toEqual({ name, width, over: 0 });
    }
  };
  const typeInto = async (label: string, text: string) => {
    await page.getByLabel(label, { exact: true }).click();
    await page.keyboard.press('Control+A');
    await page.keyboard.type(text);
  };

  test('a draft begins as the version in force: a table, the whole file, examples that pass', async () => {
    await page.goto('/rules/on-the-spot');
    await page.getByRole('link', { name: '修改' }).first().click();
    await looksRight('begin');
    await page.getByRole('button', { name: '开始修改' }).click();
    await page.waitForURL('**/edit');
    expect(await words()).toContain('如果 怎么办等于当场答复，并且已填写答复：是，那么 当场办结：是');
    expect(await words()).toContain('近 12 个月记录 1,000 次判断');
    await looksRight('table');
    await page.getByRole('link', { name: '用例', exact: true }).click();
    expect(await words()).toContain('✓ 通过 9');
    await looksRight('examples');
  });

  test('a row is added with the keyboard; it shadows another, and an example breaks: both are told', async () => {
    await page.goto('/rules/on-the-spot/edit');
    await page.getByRole('button', { name: '加规则' }).click();
    await page.getByLabel('标题').waitFor();
    await typeInto('标题 *', '直接办理的一律先转交');
    await typeInto('优先级', '9');
    await page.getByRole('button', { name: '加条件', exact: true }).focus();
    await page.keyboard.press('Enter');
    await page.getByLabel('事实', { exact: true }).waitFor();
    expect(await page.getByLabel('标题 *').inputValue()).toBe('直接办理的一律先转交');
    // What does not fit is refused beside its field, and nothing typed is lost.
    await page.getByLabel('事实', { exact: true }).selectOption({ label: '怎么办' });
    await typeInto('值', '立刻办');
    await page.getByRole('button', { name: '保存草稿' }).last().click();
    expect(await page.locator('.error-summary').innerText()).toContain(
      '“怎么办”的值没有“立刻办”。可填：当场答复、本部门直接办理、情况复杂、涉及其他部门。',
    );
    await looksRight('refused');
    await typeInto('值', '本部门直接办理');
    await page.getByLabel('理由：值').fill('先转交纳服');
    await page.keyboard.press('Enter');
    await page.waitForURL('**ok=draft-kept**');
    await page.goto('/rules/on-the-spot/edit');
    await page.getByRole('button', { name: '启用 直接办理的一律先转交' }).click();
    await page.waitForURL('**ok=draft-kept**');
    const finding = page.locator('#analysis .finding', { hasText: '永远不会起作用' });
    expect(await finding.innerText()).toContain(
      '规则“受理部门自身有职责的直接办理”永远不会起作用：被规则“直接办理的一律先转交”完全覆盖',
    );
    expect(await finding.innerText()).toContain('近 12 月 37 件');
    await looksRight('shadowed');
    await finding.getByRole('link', { name: '放进试一试' }).click();
    expect(await words()).toContain('结果不同');
    expect(await words()).toMatch(/草稿[\s\S]*由 R1 决定[\s\S]*在用的第 1 版[\s\S]*由 OS-S1 决定/);
    await looksRight('try');
    // Run on change: another answer without pressing the button.
    await page.getByLabel('怎么办').selectOption({ label: '情况复杂' });
    await page.getByText('结果相同').waitFor();
    await page.getByRole('link', { name: '用例', exact: true }).click();
    expect(await page.locator('.badge--red').first().innerText()).toMatch(/× 失败 [1-9]/);
    expect(await words()).toMatch(/本部门直接办理：实得 否/);
  });

  test('an example is mended and added; the new one runs at once', async () => {
    await page.goto('/rules/on-the-spot/edit?view=examples&example=new');
    await page.getByLabel('名称').fill('直接办理的先转交');
    await page.getByLabel('怎么办').selectOption({ label: '本部门直接办理' });
    await page.getByLabel('本部门直接办理：从哪里来').selectOption('value');
    await page.getByLabel('本部门直接办理：值').fill('否');
    await looksRight('example');
    await page.getByRole('button', { name: '保存草稿' }).click();
    await page.waitForURL('**ok=draft-kept**');
    expect(await page.locator('tr', { hasText: '直接办理的先转交' }).innerText()).toContain('✓ 通过');
  });

  test('what is typed into a rule and an example is kept by itself; a change by somebody else is told, not overwritten', async () => {
    await page.clock.install();
    const idle = () => page.clock.fastForward(5000);
    await page.goto('/rules/on-the-spot/edit?rule=R1');
    const kept = () => draftOf(house.house.sql, 'rules', 'on-the-spot');
    await typeInto('说明', '转交后纳服');
    await idle();
    await page.getByText(/草稿已于 \d\d:\d\d 保存/).waitFor();
    expect((await kept()).content).toContain('"note": "转交后纳服"');
    await typeInto('优先级', '零');
    await idle();
    await page.getByText('还没有自动保存：优先级应当是不小于 1 的整数').waitFor();
    await typeInto('优先级', '9');
    await idle();
    await page.getByText(/草稿已于 \d\d:\d\d 保存/).waitFor();
    // Another row of the same page goes on from what was kept.
    await page.getByRole('button', { name: '复制 能当场答复的当场办结' }).click();
    await page.waitForURL('**ok=draft-kept**');
    await page.getByLabel('标题 *').waitFor();
    await typeInto('标题 *', '副本改了名');
    // Somebody else keeps the same draft meanwhile.
    const now = await kept();
    const actor = { login: 'jinqingming', name: '金清明' } as Actor;
    await keepDraft(house.house.sql, { ...now, content: now.content }, { actor, now: house.clock.now() });
    await idle();
    await page.getByText('草稿刚刚被别人改过，没有自动保存').waitFor();
    expect((await kept()).content).toBe(now.content);
    page.once('dialog', (dialog) => dialog.accept());
    await page.getByRole('button', { name: '保存草稿' }).last().click();
    expect(await words()).toContain('草稿刚刚有变化。');
    expect(await page.getByLabel('标题 *').inputValue()).toBe('副本改了名');
    await looksRight('conflict');
    await page.goto('/rules/on-the-spot/edit');
    await page.getByRole('button', { name: /^删除 能当场答复的当场办结（副本）/ }).click();
    await page.waitForURL('**ok=draft-kept**');
    await page.goto('/rules/on-the-spot/edit?view=examples&example=0#open');
    await page.getByLabel('为什么').fill('写一句为什么');
    await idle();
    await page.getByText(/草稿已于 \d\d:\d\d 保存/).waitFor();
    await page.locator('#list').getByText('写一句为什么').waitFor();
    // Whoever leaves before the five seconds are over takes it along all the same.
    await page.getByLabel('为什么').fill('走得很快');
    await page.getByRole('link', { name: '收起' }).click();
    await page.waitForURL('**view=examples');
    for (let asked = 0; asked < 20 && !(await kept()).examples!.includes('走得很快'); asked += 1) await page.reload();
    expect(await words()).toContain('走得很快');
  });

  test('a mistake in the JSON has its line and column; mended, the table shows the same file', async () => {
    await page.goto('/rules/on-the-spot/edit?view=json');
    const area = page.getByLabel('规则文件');
    const before = await area.inputValue();
    await area.fill(before.replace('"effectiveFrom": "2025-01-01",', '"effectiveFrom": "2025-01-01"'));
    await page.getByRole('button', { name: '保存草稿' }).click();
    expect(await page.locator('.error-summary').innerText()).toContain(
      '第 6 行第 3 列：前一项后面应当是英文逗号 , 或“}”，却是“"”',
    );
    await looksRight('json');
    await area.fill(before.replace('"fact": "answered"', '"fact": "answred"'));
    await page.getByRole('button', { name: '保存草稿' }).click();
    expect(await words()).toMatch(/第 \d+ 行：没有声明事实“answred”。可用的事实：/);
    await area.fill(before);
    await page.getByRole('button', { name: '保存草稿' }).click();
    await page.waitForURL('**ok=draft-kept**');
    expect(await page.getByLabel('规则文件').inputValue()).toBe(before);
    expect(await words()).toContain('✓ 没有错误');
  });

  test('R27: a backtest says exactly which 37 of 1,000 recorded decisions move, from what to what', async () => {
    await page.goto('/rules/on-the-spot/backtest');
    await looksRight('backtests');
    await page.getByRole('button', { name: '回测', exact: true }).click();
    await page.waitForURL('**/backtest/*');
    expect(await words()).toContain('记录的 1,000 件判断，按草稿结果改变 37 件，不变 963 件。');
    expect(await words()).toMatch(/本部门直接办理：37 件\s+是 → 否\s+37 件/);
    expect(await page.locator('#changed tbody tr').count()).toBe(37);
    await looksRight('backtest');
    await page.getByRole('link', { name: '是 → 否' }).click();
    expect(await page.locator('#changed h2').innerText()).toMatch(/本部门直接办理 是 → 否\s*37 件/);
    await page.locator('#changed tbody a').first().click();
    expect(await words()).toMatch(/当时：第 1 版[\s\S]*由 OS-S1 决定[\s\S]*按草稿[\s\S]*由 R1 决定/);
    await looksRight('decision');
  });

  test('a parameter is changed by a form, its effect shown before it is kept', async () => {
    await page.goto('/parameters/edit');
    await page.getByLabel('反馈时限').fill('2');
    await page.getByRole('button', { name: '预览影响' }).click();
    expect(await words()).toMatch(/预览：还没有保存[\s\S]*反馈时限\s+1 → 2 工作日/);
    await looksRight('parameters');
    await page.getByRole('button', { name: '保存草稿' }).click();
    await page.waitForURL('**ok=draft-kept**');
    expect(await page.getByRole('button', { name: '送发布' }).count()).toBe(1);
  });

  test('three hundred rules are turned over and found by their words', async () => {
    const now = await draftOf(house.house.sql, 'rules', 'on-the-spot');
    const set = JSON.parse(now.content);
    const rules = Array.from({ length: 300 }, (_, n) => ({
      ...set.rules[n % set.rules.length],
      id: `N${n}`,
      title: `第 ${n + 1} 条`,
      note: n === 271 ? '房产税专用' : '',
      priority: 1000 - n,
    }));
    const actor = { login: 'jinqingming', name: '金清明' } as Actor;
    const by = { actor, now: house.clock.now() };
    const large = await keepDraft(house.house.sql, { ...now, content: JSON.stringify({ ...set, rules }, null, 2) }, by);
    await page.goto('/rules/on-the-spot/edit');
    expect(await page.locator('.rule-row').count()).toBe(50);
    await looksRight('large');
    await page.getByRole('link', { name: '下一页' }).click();
    expect(await page.locator('.rule-row').first().innerText()).toContain('N50');
    await page.getByRole('textbox', { name: '查找' }).fill('房产税');
    await page.keyboard.press('Enter');
    await page.getByText('有“房产税”的规则 1 条。').waitFor();
    await page.getByRole('link', { name: '修改 第 272 条' }).click();
    expect(await page.getByLabel('说明').inputValue()).toBe('房产税专用');
    await page.getByRole('link', { name: '收起' }).click();
    await page.waitForURL(/q=.*#r-N271$/);
    await looksRight('found');
    await keepDraft(house.house.sql, { ...large, content: now.content }, by);
  });

  test('without JavaScript the same pages do the same', async () => {
    const plain = await signedIn(browser, house.address, 'jinqingming', { javaScriptEnabled: false });
    const own = await plain.newPage();
    await own.setViewportSize({ width: 390, height: 900 });
    await own.goto('/rules/on-the-spot/edit');
    await own.getByRole('button', { name: '上移 受理部门自身有职责的直接办理' }).click();
    const titles = await own.locator('.rule-row strong').allInnerTexts();
    expect(titles.indexOf('受理部门自身有职责的直接办理')).toBeLessThan(titles.indexOf('直接办理的一律先转交'));
    await own.getByRole('link', { name: '修改 能当场答复的当场办结' }).click();
    await own.getByRole('button', { name: '加一组' }).click();
    expect(await own.getByRole('group', { name: '第 3 组' }).count()).toBe(1);
    await own.getByRole('button', { name: '删除这一组' }).click();
    await own.getByLabel('说明').fill('当场答复要写明依据');
    await own.getByRole('button', { name: '保存草稿' }).last().click();
    expect(await own.locator('main').innerText()).toContain('草稿已保存');
    await own.goto('/rules/on-the-spot/edit?view=try');
    await own.getByLabel('怎么办').selectOption({ label: '情况复杂' });
    await own.getByRole('button', { name: '求值' }).click();
    expect(await own.locator('main').innerText()).toContain('结果相同');
    await plain.close();
  });
});

/** A thousand recorded decisions, of which thirty-seven were handled by the receiving department itself. */
async function record(house: TestHouse): Promise<void> {
  const { sql, clock } = house.house;
  const set = await activeRuleSet(sql, 'on-the-spot', '2026-11-23');
  for (let n = 0; n < 1000; n += 1) {
    const facts: Facts =
      n % 27 === 0 && n < 27 * 37
        ? { intakeChoice: 'SELF', answered: false }
        : n % 2 === 0
          ? { intakeChoice: 'COMPLEX', answered: false }
          : { intakeChoice: 'ON_THE_SPOT', answered: true };
    await storeEvaluation(sql, {
      key: `seeded-${n}`,
      ruleSet: set,
      subjectType: 'demand',
      subjectId: `seeded-${n}`,
      facts,
      evaluation: await evaluateRuleSet(set, facts),
      at: new Date(+clock.now() - (n + 1) * 3_600_000),
    });
  }
}
