import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture, signedIn } from '../support/browser.ts';
import { draft, file } from '../support/designs.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

const HOME = '/processes/handle-demand/forms/handle-demand';

/** P23 and P21 with mouse and keyboard, wide and narrow, with and without JavaScript. */
describe('forms and comparisons in a browser', () => {
  let house: TestHouse;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;

  const open = (javaScriptEnabled: boolean) => signedIn(browser, house.address, 'jinqingming', { javaScriptEnabled });
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    await draft(house, 'jinqingming', {
      kind: 'process',
      id: 'return-visit',
      content: file('processes/return-visit/return-visit.bpmn').replace('name="电话回访"', 'name="打电话回访"'),
      basedOn: 1,
    });
    browser = await openBrowser();
    context = await open(true);
    page = await context.newPage();
    await page.setViewportSize({ width: 1440, height: 1000 });
  });
  afterAll(async () => {
    await context?.close();
    await browser?.close();
    await house?.stop();
  });

  const words = () => page.locator('main').innerText();
  const looksRight = async (name: string) => {
    for (const width of [390, 1440]) {
      await page.setViewportSize({ width, height: 1000 });
      await picture(page, `forms-${name}`);
      expect({ name, width, axe: await axeViolations(page) }).toEqual({ name, width, axe: [] });
      expect({ name, width, over: await overflow(page) }).toEqual({ name, width, over: 0 });
    }
  };

  test('R2: with the keyboard, in the table of fields: a field is added, named and moved', async () => {
    await page.goto(HOME);
    await page.getByRole('button', { name: '修改' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/edit*');
    await page.getByRole('link', { name: '字段表' }).first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/fields');
    await page.getByLabel('添加', { exact: true }).selectOption({ label: '下拉选择' });
    await page.getByRole('button', { name: '添加字段' }).focus();
    await page.keyboard.press('Enter');
    await page.waitForURL('**/fields/5*');
    await page.getByLabel('标签 *').fill('联系人电话');
    await page.keyboard.press('Enter');
    await page.locator('.error-summary').waitFor();
    expect(await page.locator('.error-summary').innerText()).toContain('“用途说明”还没有填写');
    await looksRight('field');
    await page.getByLabel('用途说明').fill('办结后联系诉求人');
    await page.getByRole('button', { name: '保存' }).click();
    await page.waitForURL('**/fields?ok=*');
    await page.getByRole('button', { name: /上移\s*“联系人电话”/ }).focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() =>
      (globalThis as any).document.querySelectorAll('#fields tbody tr')[4]?.textContent.includes('联系人电话'),
    );
    const rows = await page.locator('#fields tbody tr td:first-child').allInnerTexts();
    expect(rows.map((row) => row.trim().split('\n')[0])).toEqual([
      '措施',
      '结论',
      '政策依据',
      '对外答复',
      '联系人电话',
      '附件',
    ]);
    await looksRight('fields');
    await page.goto(`${HOME}/json`);
    await looksRight('json');
  });

  test('with the mouse: a field is dragged from the palette; it saves itself, the preview shows it', async () => {
    await page.goto(`${HOME}/edit`);
    const palette = page.locator('.fjs-palette-field[data-field-type="number"]');
    await palette.waitFor();
    expect(await palette.innerText()).toContain('数字');
    expect(await page.locator('.fjs-palette-field[data-field-type="image"]').isVisible()).toBe(false);
    const target = page.locator('.fjs-form-field').first();
    const [from, to] = [(await palette.boundingBox())!, (await target.boundingBox())!];
    await page.mouse.move(from.x + 20, from.y + 20);
    await page.mouse.down();
    await page.mouse.move(to.x + to.width / 2, to.y + 10, { steps: 12 });
    await page.mouse.move(to.x + to.width / 2, to.y + 4, { steps: 4 });
    await page.mouse.up();
    await page.waitForFunction(() =>
      /已于/.test((globalThis as any).document.querySelector('[data-form-state]').textContent),
    );
    const frame = page.frameLocator('.form-design__wide');
    await frame.locator('input[name^="number_"]').waitFor();
    expect(await frame.locator('[name="measures"]').count()).toBe(1);
    await picture(page, 'forms-canvas');
    expect(await overflow(page)).toBe(0);
    await page.goto(`${HOME}/fields`);
    expect(await words()).toContain('数字');
    await page.goto(`${HOME}/diff?from=1&to=draft`);
    expect(await words()).toContain('增加字段“联系人电话”');
    await looksRight('form-diff');
  });

  test('two versions of a diagram side by side; the list of versions', async () => {
    await page.goto('/processes/return-visit/diff?from=1&to=draft');
    expect(await words()).toContain('改了什么');
    await looksRight('process-diff');
    await page.getByText('XML 原文对比').click();
    await looksRight('process-lines');
    await page.goto('/processes/return-visit/versions');
    await looksRight('versions');
  });

  test('without JavaScript everything is there', async () => {
    const plain = await open(false);
    const other = await plain.newPage();
    for (const width of [390, 1440]) {
      await other.setViewportSize({ width, height: 1000 });
      for (const path of ['edit', 'fields', 'fields/0', 'json', 'preview', 'preview?errors=1', 'versions']) {
        await other.goto(`${HOME}/${path}`);
        await picture(other, `forms-plain-${path.replaceAll(/\W/g, '-')}`);
        expect({ path, width, over: await overflow(other) }).toEqual({ path, width, over: 0 });
      }
    }
    await other.goto(`${HOME}/edit`);
    expect(await other.locator('main').innerText()).toContain('能改的和它一样多');
    await plain.close();
  });
});
