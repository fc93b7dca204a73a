import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { draftOf, emptyProcess, insertTask, openModel } from '../../src/modules/processes/index.ts';
import { administrator, axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';

/** A small process to draw on: begins, is handled, ends. */
async function handled(): Promise<string> {
  const model = await openModel(emptyProcess({ id: 'second-look', name: '二次复核' }));
  const step = insertTask(model, 'begin-done', { kind: 'user', name: '办理' });
  const xml = await model.xml();
  return xml.replace(
    `<bpmn:userTask id="${step}" name="办理">`,
    `<bpmn:userTask id="${step}" name="办理"><bpmn:extensionElements><zeebe:formDefinition formKey="handle-demand" /><zeebe:assignmentDefinition candidateGroups="host-department" /></bpmn:extensionElements>`,
  );
}

describe('R2: a diagram in the browser, with mouse, keyboard and without scripts (P22)', () => {
  let house: TestHouse;
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  const desk = { width: 1440, height: 1000 };
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    const admin = await Visitor.signIn(house.address, 'jinqingming');
    await admin.get('/processes/import');
    expect((await admin.post('/processes/import', { xml: await handled() })).status).toBe(303);
    browser = await openBrowser();
    page = await administrator(
      await browser.newContext({ baseURL: house.address, viewport: desk, locale: 'zh-CN' }),
      'jinqingming',
    );
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  const draft = () => draftOf(house.house.sql, 'process', 'second-look');
  const shape = (id: string) => page.locator(`.djs-shape[data-element-id="${id}"]`);
  const panel = () => page.locator('[data-design-house]');
  const state = () => page.locator('[data-design-state]');

  test('the canvas opens, checks, and complains of nothing', async () => {
    await page.goto('/processes/second-look/edit');
    await page.getByText('没有问题').waitFor();
    await shape('step-user-1').click();
    expect(await panel().getByLabel('表单', { exact: true }).inputValue()).toBe('handle-demand');
    expect(await panel().getByLabel('主办部门处理人员').isChecked()).toBe(true);
    expect(await page.locator('.bjs-powered-by').isVisible()).toBe(true);
    await picture(page, 'designer');
    expect(await axeViolations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  });

  test('the keyboard goes into the canvas and out of it; undo is there only while it has the focus', async () => {
    await page.locator('.djs-container svg').first().focus();
    await page.keyboard.press('Escape');
    expect(await page.evaluate(() => (globalThis as any).document.activeElement?.getAttribute('aria-label'))).toBe(
      '属性',
    );
    await page.keyboard.press('Control+z');
    expect(await state().innerText()).toMatch(/10:00 保存/);
    await page.keyboard.press('Shift+Tab');
    expect(
      await page.evaluate(
        () => (globalThis as any).document.activeElement?.closest('[data-design-canvas], .design__zoom') !== null,
      ),
    ).toBe(true);
  });

  test('with the keyboard alone: a step is found by its Chinese name, another is put behind it and named', async () => {
    const active = () => page.evaluate(() => (globalThis as any).document.activeElement?.textContent?.trim());
    await page.locator('.djs-container svg').first().focus();
    await page.keyboard.press('Control+f');
    // As an input method leaves it: words without a key.
    await page.keyboard.insertText('办理');
    await page.locator('.djs-search-result').first().waitFor();
    await page.keyboard.press('Enter');
    await panel().getByRole('heading', { name: '属性：办理' }).waitFor();
    await page.keyboard.press('Escape');
    for (let press = 0; press < 40 && (await active()) !== '在后面插入人工任务'; press += 1)
      await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await panel().getByRole('heading', { name: '（没有名称）' }).waitFor();
    // The hand is in the name of the new step.
    await page.keyboard.type('再看一遍');
    await page.keyboard.press('Tab');
    await page.getByText('错误 2').waitFor();
    // The next field is the form; the choice takes, and the check sees it.
    await panel().getByLabel('表单', { exact: true }).selectOption('handle-demand');
    await page.getByText('错误 1').waitFor();
    expect(await panel().getByLabel('表单', { exact: true }).inputValue()).toBe('handle-demand');
    await picture(page, 'designer-keyboard');
    await page.getByRole('button', { name: '保存', exact: true }).click();
    await state().getByText('已保存').waitFor();
    expect((await draft()).content).toMatch(/formKey="handle-demand"[\s\S]*formKey="handle-demand"/);
  });

  test('what was put in by mistake goes again with undo, and comes back with redo', async () => {
    const steps = () => page.locator('.djs-shape:not([data-element-id$="_label"])').count();
    const before = await steps();
    await page.locator('.djs-container svg').first().focus();
    let presses = 0;
    for (; presses < 8 && (await steps()) === before; presses += 1) await page.keyboard.press('Control+z');
    expect(await steps()).toBe(before - 1);
    await page.getByText('没有问题').waitFor();
    for (; presses > 0; presses -= 1) await page.keyboard.press('Control+y');
    await page.getByText('错误 1').waitFor();
    expect(await page.locator('.djs-shape').filter({ hasText: '再看一遍' }).count()).toBe(1);
  });

  test('a menu shows what the house has prepared first, filters in Chinese, and stays inside the window', async () => {
    await page.setViewportSize({ width: 1440, height: 700 });
    await shape('step-user-1').click();
    await page.locator('.djs-context-pad .entry[data-action="append"]').click();
    const entries = page.locator('.djs-popup .entry');
    expect(await entries.first().innerText()).toContain('人工任务');
    const box = (await page.locator('.djs-popup').boundingBox())!;
    expect(box.y).toBeGreaterThanOrEqual(0);
    expect(box.y + box.height).toBeLessThanOrEqual(700);
    await page.keyboard.insertText('审批');
    await entries.filter({ hasText: '网关' }).waitFor({ state: 'detached' });
    expect(await entries.first().innerText()).toContain('人工任务');
    await page.keyboard.insertText('没有这种');
    await page.locator('.djs-popup').getByText('没有找到').waitFor();
    await page.keyboard.press('Escape');
    await page.setViewportSize(desk);
  });

  test('a colleague takes over: the next save is a conflict, and both versions are kept', async () => {
    const second = await Visitor.signIn(house.address, 'shuguyu');
    await second.get('/processes/second-look/draft');
    expect((await second.post('/processes/second-look/draft/take-over')).status).toBe(303);
    await shape('begin').click();
    await panel().getByLabel('名称', { exact: true }).fill('开始复核');
    await page.keyboard.press('Tab');
    await page.getByText(/没有保存：这份草稿刚刚被改过/).waitFor();
    await page.getByRole('button', { name: '对照两份' }).click();
    await page.waitForURL(/keep$/);
    expect(await page.locator('main').innerText()).toMatch(/舒谷雨 在 2026年11月23日 10:00 保存了另一份/);
    await picture(page, 'designer-conflict');
    expect(await axeViolations(page)).toEqual([]);
    await page.getByRole('button', { name: '用我的，代替现在的' }).click();
    await page.waitForURL(/edit/);
    expect((await draft()).content).toContain('name="开始复核"');
    // The refused save is on the console as the browser's own line; nothing else is.
    expect(complaints.filter((line) => !/409/.test(line))).toEqual([]);
  });

  test('on a phone and without scripts the picture is there to read, and the way to the table of elements', async () => {
    const phone = await browser.newContext({
      baseURL: house.address,
      viewport: { width: 390, height: 844 },
      locale: 'zh-CN',
    });
    await phone.route('**/*.js', (route) => route.abort());
    const small = await administrator(phone, 'jinqingming');
    await small.goto('/processes/second-look/edit');
    expect(await small.locator('[data-design]').isVisible()).toBe(false);
    await picture(small, 'designer-small');
    expect(await axeViolations(small)).toEqual([]);
    expect(await overflow(small)).toBeLessThanOrEqual(0);
    await small
      .locator('.design__fallback')
      .getByRole('link', { name: /节点表/ })
      .click();
    await small.waitForURL(/nodes$/);

    // The table of elements on a phone: a step is put in, given a form and a post, found again, taken out.
    const looksRight = async (name: string) => {
      await picture(small, `nodes-${name}`);
      expect({ name, axe: await axeViolations(small) }).toEqual({ name, axe: [] });
      expect({ name, over: await overflow(small) }).toEqual({ name, over: 0 });
    };
    await looksRight('table');
    const edit = small.getByRole('link', { name: /^修改\s*“办理”$/ });
    expect((await edit.boundingBox())!.height).toBeGreaterThanOrEqual(24);
    await edit.click();
    await looksRight('step');
    await small.getByRole('button', { name: '插入' }).click();
    expect(await small.locator('.error-summary').innerText()).toContain('没有填新步骤的名称');
    await looksRight('refused');
    await small.getByLabel('新步骤的名称').fill('复核');
    await small.getByRole('button', { name: '插入' }).click();
    await small.waitForURL(/step-user-\d+\?ok=step-inserted$/);
    expect(await small.locator('main').innerText()).toContain('错误：没有选表单。');
    await small.getByLabel('表单', { exact: true }).selectOption('handle-demand');
    await small.getByLabel('本级纳服专岗', { exact: true }).check();
    await small.getByRole('button', { name: '保存', exact: true }).click();
    await small.waitForURL(/step-user-\d+\?ok=draft-kept$/);
    await looksRight('inserted');
    await small.getByRole('link', { name: '返回节点表' }).click();
    expect(await small.locator('tr', { hasText: '复核' }).last().innerText()).toMatch(/人工任务[\s\S]*本级纳服专岗/);
    await small.getByRole('link', { name: /^修改\s*“复核”$/ }).click();
    await small.getByRole('button', { name: '删除这一步' }).click();
    await small.waitForURL(/ok=step-removed$/);
    expect((await draft()).content).not.toContain('name="复核"');
  });
});
