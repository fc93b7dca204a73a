import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { administrator, axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import { deployVersion } from '../support/deploy-version.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { takeRulesAway } from '../support/rules-away.ts';
import { scenes } from '../support/scenes.ts';

describe('instances, incidents and migrations on a wide screen and on a phone, without scripts', () => {
  let house: TestHouse;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    const story = scenes(house);
    await story.complete(await story.register(), 'dispatch-demand');
    await story.register();
    const putBack = await takeRulesAway(house, 'category-routing');
    await story.register();
    await putBack();
    await deployVersion(house, 'fast-response', (xml) =>
      xml
        .replaceAll('dispatch-demand"', 'dispatch-anew"')
        .replaceAll('formKey="dispatch-anew"', 'formKey="dispatch-demand"'),
    );
    browser = await openBrowser();
    context = await browser.newContext({
      baseURL: house.address,
      viewport: { width: 1440, height: 900 },
      locale: 'zh-CN',
    });
    await context.route('**/*.js', (route) => route.abort());
    page = await administrator(context);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  const look = async (name: string) => {
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      await picture(page, name);
      expect([name, width, await axeViolations(page)]).toEqual([name, width, []]);
      expect(await overflow(page)).toBeLessThanOrEqual(0);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  };
  const main = () => page.locator('main').innerText();

  test('from the count on the diagram to an instance, its incident, and every way on', async () => {
    await page.goto('/instances');
    await page.getByLabel('流程', { exact: true }).selectOption('fast-response');
    await page.getByRole('button', { name: '查看' }).click();
    await look('instances');
    await page.getByRole('link', { name: '建议主办部门' }).first().click();
    expect(await main()).toContain('在办 1 件');
    await page
      .getByRole('link', { name: /…1123-/ })
      .first()
      .click();
    await look('instance');
    await page.getByRole('link', { name: '看异常，决定怎么办' }).click();
    await look('incident');
    const here = page.url();
    for (const [words, name] of [
      ['改变量后重试', 'incident-variables'],
      ['转人工处理', 'incident-manual'],
      ['终止实例', 'instance-cancel'],
    ] as const) {
      await page.getByRole('link', { name: words, exact: true }).click();
      await look(name);
      await page.goto(here);
    }
    await page.getByRole('link', { name: '移到其他节点' }).click();
    await page.getByLabel('移到', { exact: false }).last().selectOption('dispatch-demand');
    await page.getByLabel('原因', { exact: false }).fill('规则集缺失，先交纳服派单');
    await look('instance-move');
    await page.getByRole('button', { name: '移到这个节点' }).click();
    expect(await main()).toContain('已移到选定的节点');
    await look('instance-moved');
    await page.goto('/incidents');
    await look('incidents');
  });

  test('chosen on the list: some instances of one version', async () => {
    await page.goto('/instances?process=fast-response&version=1');
    await look('instances-pick');
    await page.getByRole('checkbox').first().check();
    await page.getByRole('button', { name: '迁移勾选的件' }).click();
    expect(await main()).toContain('第 1 版 → 第 2 版，1 件');
    await page.getByLabel('件号或实例号').fill('LASQ-341523-20261123-9999');
    await page.getByRole('button', { name: '更新对应表' }).click();
    expect(await main()).toContain('没有找到在办的 1 件');
    await look('migration-not-found');
  });

  test('a migration: mapping, rehearsal, execution, and back', async () => {
    await page.goto('/migrations');
    await page.getByRole('button', { name: '新的迁移' }).click();
    await look('migration-new');
    await page.getByRole('button', { name: '开始预演' }).click();
    expect(await main()).toContain('至少 4 个字');
    await look('migration-new-errors');
    await page.getByLabel('重新起算').check();
    await page.getByLabel('原因').fill('新版派单一步另行编号');
    await page.getByRole('button', { name: '开始预演' }).click();
    await look('migration-rehearsed');
    await page.getByRole('button', { name: /^迁移 \d+ 件$/ }).click();
    await house.sweep();
    await house.settle();
    await page.reload();
    expect(await main()).toContain('已迁移');
    await look('migration-done');
    await page.getByRole('link', { name: '撤回本次迁移' }).click();
    await page.getByLabel('原因').fill('新版还要再改一改');
    await page.getByRole('button', { name: '撤回迁移' }).click();
    await house.sweep();
    await house.settle();
    await page.reload();
    expect(await main()).toContain('已撤回');
  });
});
