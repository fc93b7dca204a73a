import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { activeRuleSet, evaluateRuleSet, storeEvaluation } from '../../src/modules/rules/index.ts';
import { administrator, axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import { draft, file, oneScenario, withLabel, withName, withParameter } from '../support/designs.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

describe('R27: a release between two people, without scripts, wide and on a phone', () => {
  let house: TestHouse;
  let browser: Browser;
  let author: Page;
  let second: Page;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T01:00:00Z');
    await oneScenario(house);
    await draft(house, 'jinqingming', {
      kind: 'process',
      id: 'return-visit',
      content: withName('电话回访', '回访（电话）'),
      basedOn: 1,
    });
    await draft(house, 'jinqingming', {
      kind: 'rules',
      id: 'deadlines',
      content: withParameter('reveal.minutes', 12),
      basedOn: 1,
    });
    await draft(house, 'jinqingming', {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('办理措施'),
      basedOn: 1,
    });
    browser = await openBrowser();
    [author, second] = [await open('jinqingming', 1440), await open('shuguyu', 390)];
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  async function open(login: string, width: number): Promise<Page> {
    const context = await browser.newContext({
      baseURL: house.address,
      viewport: { width, height: 900 },
      locale: 'zh-CN',
    });
    await context.route('**/*.js', (route) => route.abort());
    return administrator(context, login);
  }
  const press = async (page: Page, name: string | RegExp) => {
    await page.getByRole('button', { name, exact: true }).focus();
    const gone = page.waitForNavigation();
    await page.keyboard.press('Enter');
    await gone;
  };
  const follow = async (page: Page, name: string) => {
    const gone = page.waitForNavigation();
    await page.getByRole('link', { name, exact: true }).first().press('Enter');
    await gone;
  };
  const look = async (page: Page, name: string) => {
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await picture(page, name);
      expect([name, width, await axeViolations(page)]).toEqual([name, width, []]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
  };
  const said = (page: Page) => page.locator('main').innerText();

  test('drafts become a release, which is checked, explained, sent, opened, approved, in force, and rolled back', async () => {
    await author.goto('/releases');
    await look(author, 'releases-drafts');
    await press(author, '建立发布单');
    expect(await said(author)).toContain('还没有选要发布的草稿');
    for (const box of await author.getByRole('checkbox').all()) await box.press('Space');
    await press(author, '建立发布单');
    await look(author, 'release-begun');
    await press(author, '送复核');
    expect(await author.evaluate(() => (globalThis as any).document.activeElement?.id)).toBe('error-summary');
    await look(author, 'release-errors');
    await author.getByLabel('变更说明').fill('回访时限放宽到 6 个工作日，说法与办法一致');
    await author.getByLabel('依据').fill('局长办公会纪要〔2026〕31 号');
    for (const box of await author.getByLabel('警告为什么可以接受').all()) await box.fill('这些县局由上级代办');
    await press(author, '送复核');
    await look(author, 'release-sent');
    expect(await said(author)).toContain('你参与了这次修改，不能由你复核');

    await second.goto('/admin');
    await follow(second, '看待复核');
    await look(second, 'releases-review');
    await second.locator('table a').first().press('Enter');
    await second.waitForURL(/FB-/);
    const address = second.url();
    for (const index of [0, 1, 2]) {
      await second.goto(address);
      await second.locator('#f-items table a').nth(index).press('Enter');
      await second.waitForURL((url) => url.href !== address);
      await look(second, `release-item-${index}`);
      expect(await said(second)).toContain('已记下你看过这一项');
    }
    await follow(second, '回到发布单');
    await look(second, 'release-review');
    await press(second, '批准发布');
    await look(second, 'release-published');
    expect(await said(second)).toContain('已发布');
    expect((await said(second)).match(/第 1 版 → 第 2 版/g)).toHaveLength(3);

    await author.goto(address);
    await author.getByLabel('回退原因').fill('说法有误');
    await press(author, '回退到上一版');
    await look(author, 'release-roll-back');
    await press(author, '立即回退');
    expect(await said(author)).toContain('未经第二人复核');
    await author.goto('/releases?state=all');
    await look(author, 'releases-all');
  });

  test('what keeps a release back is put right on its page: a backtest is made and opened, an expectation renewed', async () => {
    await history();
    await author.goto('/releases');
    for (const box of await author.getByRole('checkbox').all()) await box.press('Space');
    await press(author, '建立发布单');
    await author.getByLabel('变更说明').fill('终点改了编号，揭示时间放宽');
    await press(author, '检查');
    await look(author, 'release-kept-back');
    expect(await said(author)).toContain('还没有回测');
    await press(author, /^更新期望/);
    expect(await author.evaluate(() => (globalThis as any).document.activeElement?.id)).toBe('error-summary');
    expect(await author.getByLabel('变更说明').inputValue()).toBe('终点改了编号，揭示时间放宽');
    await author.getByLabel('为什么本来就要这样走').fill('终点改了编号');
    await press(author, /^更新期望/);
    await press(author, /^开始回测/);
    await look(author, 'release-backtest');
    await follow(author, '回到发布单');
    await press(author, '检查');
    for (const box of await author.getByLabel('警告为什么可以接受').all()) await box.fill('已核对');
    await press(author, '送复核');
    await look(author, 'release-renewed');
    expect(await said(author)).toMatch(/看过：金清明/);
    await follow(author, '场景“当场答复，当场办结”');
    await look(author, 'release-expectation');
    await author.goto('/processes');
    await look(author, 'processes-checked');
    await author.goto('/processes/fast-response/try');
    await look(author, 'scenario-versions');
  });

  /** Two decisions on record, and drafts of the rules that made them and of the process a scenario goes through. */
  async function history(): Promise<void> {
    const { sql } = house.house;
    const inForce = await activeRuleSet(sql, 'deadlines', '2026-11-23');
    const evaluation = await evaluateRuleSet(inForce, {});
    for (const key of ['one', 'two'])
      await storeEvaluation(sql, {
        key,
        ruleSet: inForce,
        subjectType: 'demand',
        subjectId: key,
        facts: {},
        evaluation,
        at: house.clock.now(),
      });
    house.clock.advance(1000);
    await sql.query('delete from design_draft');
    await draft(house, 'jinqingming', {
      kind: 'rules',
      id: 'deadlines',
      content: withParameter('reveal.minutes', 14),
      basedOn: inForce.version,
    });
    await draft(house, 'jinqingming', {
      kind: 'process',
      id: 'fast-response',
      content: file('processes/fast-response/fast-response.bpmn').replaceAll('"written-off"', '"off-the-books"'),
      basedOn: 1,
    });
  }
});
