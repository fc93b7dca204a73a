import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture, signedIn } from '../support/browser.ts';
import { oneScenario } from '../support/designs.ts';
import type { TestHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';

const FORM = 'second-look';

/**
 * A process administrator who is no developer draws a step behind 办理, gives it a form, mends what the check finds, tries it, and has it
 * countersigned and published; new demands take the step, one that was on its way takes it after its migration, or is told why it cannot.
 * With mouse and keyboard, on whatever engine the house runs.
 */
export function workshopWalk(
  title: string,
  open: (start: string) => Promise<TestHouse>,
  engine: { migrates: boolean },
): void {
  describe(title, () => steps(open, engine));
}

function steps(open: (start: string) => Promise<TestHouse>, engine: { migrates: boolean }): void {
  let house: TestHouse;
  let browser: Browser;
  let author: Page;
  let story: ReturnType<typeof scenes>;
  const onTheirWay: string[] = [];
  const complaints: string[] = [];
  const desk = { width: 1440, height: 900 };

  const windowOf = async (login: string): Promise<Page> => {
    const page = await (await signedIn(browser, house.address, login, { viewport: desk })).newPage();
    page.setDefaultTimeout(30_000);
    return page;
  };

  beforeAll(async () => {
    house = await open('2026-11-23T10:00:00+08:00');
    await oneScenario(house);
    story = scenes(house);
    for (const number of [await story.register(), await story.register()]) {
      await story.complete(number, 'dispatch-demand');
      onTheirWay.push(number);
    }
    browser = await openBrowser();
    author = await windowOf('jinqingming');
    author.on('pageerror', (error) => complaints.push(error.message));
  }, 400_000);
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  const look = async (page: Page, name: string, widths = [1440]) => {
    for (const width of widths) {
      await page.setViewportSize({ ...desk, width });
      await picture(page, `walk-${name}`);
      expect([name, width, await axeViolations(page)]).toEqual([name, width, []]);
      expect([name, width, await overflow(page)]).toEqual([name, width, 0]);
    }
    await page.setViewportSize(desk);
  };
  const said = (page: Page) => page.locator('main').innerText();
  const shape = (id: string) => author.locator(`.djs-shape[data-element-id="${id}"]`);
  const panel = () => author.locator('[data-design-house]');
  const findings = () => author.locator('[data-design-findings]');
  const checked = (words: string | RegExp) => author.locator('[data-design-count]').getByText(words).waitFor();

  test('R2: a step is drawn behind 办理, found by its Chinese name, with room made for it', async () => {
    await author.goto('/processes/handle-demand');
    await author.getByRole('button', { name: '编辑' }).click();
    await author.waitForURL(/edit/);
    await checked('没有问题');
    await author.locator('.djs-palette .entry[data-action="create"]').click();
    await author.keyboard.insertText('复核');
    const entry = author.locator('.djs-popup .entry').filter({ hasText: '人工任务' });
    await author.locator('.djs-popup .entry').filter({ hasText: '网关' }).waitFor({ state: 'detached' });
    await look(author, 'menu');
    await entry.click();
    const line = (await author.locator('.djs-connection[data-element-id="handle_review-required"]').boundingBox())!;
    const gateway = (await shape('review-required').boundingBox())!.x;
    await author.mouse.move(line.x + line.width / 2, line.y + line.height / 2, { steps: 5 });
    await author.mouse.down();
    await author.mouse.up();
    expect((await shape('review-required').boundingBox())!.x).toBeGreaterThan(gateway + 60);
    await author.keyboard.type('复核办结');
    await author.keyboard.press('Enter');
    await checked('错误 2，警告 0');
    await look(author, 'drawn');
  });

  test('a form of its own is made by mouse; what the form lacks is said in its table of fields', async () => {
    await panel().getByRole('link', { name: '新建表单' }).click();
    await author.waitForURL(/forms\/new/);
    await author.getByLabel('名称').fill('办结复核');
    await author.getByLabel('编号').fill(FORM);
    await author.getByRole('button', { name: '建立' }).click();
    await author.waitForURL(/second-look\/edit/);
    const field = author.locator('.fjs-palette-field[data-field-type="textarea"]');
    await field.waitFor();
    const [from, to] = [(await field.boundingBox())!, (await author.locator('.fjs-form-field').first().boundingBox())!];
    await author.mouse.move(from.x + 20, from.y + 20);
    await author.mouse.down();
    await author.mouse.move(to.x + to.width / 2, to.y + 10, { steps: 12 });
    await author.mouse.move(to.x + to.width / 2, to.y + 4, { steps: 4 });
    await author.mouse.up();
    await author.locator('[data-form-state]').getByText('草稿已于').waitFor();
    await author.frameLocator('.form-design__wide').getByText('多行文字').first().waitFor();
    await look(author, 'form');
    await author.getByRole('link', { name: '字段表' }).first().click();
    await author.waitForURL(/fields$/);
    await author.getByRole('link', { name: '编辑' }).first().click();
    await author.getByLabel('标签 *').fill('复核意见');
    await author.getByLabel('键 *').fill('secondOpinion');
    await look(author, 'form-field', [1440, 390]);
    await author.getByRole('button', { name: '保存' }).click();
    await author.waitForURL(/ok=/);
    await author.getByRole('button', { name: /删除\s*“措施”/ }).click();
    await author.waitForURL(/ok=|fields/);
    await look(author, 'form-fields', [1440, 390]);
  });

  test('findings lead to the step; form, people and results are chosen there; then nothing is wrong', async () => {
    await author.getByRole('navigation', { name: '位置' }).getByRole('link', { name: '办理诉求' }).click();
    await author.getByRole('link', { name: '继续编辑草稿' }).click();
    await author.waitForURL(/handle-demand\/edit/);
    await checked('错误 2，警告 0');
    const finding = findings().locator('li').filter({ hasText: '没有选表单' });
    expect(await finding.innerText()).toMatch(/复核办结：没有选表单。[\s\S]*怎样改：选择一张表单。/);
    await finding.getByRole('button', { name: '复核办结' }).click();
    expect(await panel().getByLabel('名称', { exact: true }).inputValue()).toBe('复核办结');
    await look(author, 'finding');
    await panel().getByLabel('表单', { exact: true }).selectOption({ label: '办结复核（草稿）' });
    await panel().getByLabel('主办部门负责人', { exact: true }).check();
    await panel().getByLabel('secondOpinion', { exact: true }).check();
    await panel().getByLabel('说明', { exact: true }).fill('办结以前由部门负责人再看一遍。');
    await author.keyboard.press('Tab');
    await author.locator('[data-design-count]').getByText('错误 0').or(author.getByText('没有问题')).waitFor();
    await look(author, 'mended');
    expect(complaints).toEqual([]);
  });

  test('tried before anybody meets it: the demand stops at the new step', async () => {
    await author.getByRole('link', { name: '试运行', exact: true }).click();
    await author.getByLabel('样例').selectOption('S02');
    await author.getByRole('button', { name: '开始试运行' }).click();
    await author.getByRole('button', { name: '登记', exact: true }).click();
    for (const step of ['纳服派单', '办理诉求']) {
      await author.getByRole('heading', { name: `下一步：${step}` }).waitFor();
      await author.getByRole('button', { name: /的身份办完/ }).click();
    }
    await author.getByRole('heading', { name: '下一步：复核办结' }).waitFor();
    expect(await author.locator('#form').innerText()).toMatch(/复核意见/);
    await look(author, 'tried', [1440, 390]);
    await author.getByRole('button', { name: /的身份办完/ }).click();
    await author.getByRole('heading', { name: /^下一步：(?!复核)/ }).waitFor();
    await author.getByRole('button', { name: '结束试运行' }).click();
  });

  let release: string;
  test('R27: sent to release with its form, everything checked, and signed by a second person who looked', async () => {
    await author.goto('/processes/handle-demand/edit');
    await author.getByRole('button', { name: '送发布' }).click();
    await author.waitForURL(/\/releases\/FB-/);
    release = new URL(author.url()).pathname;
    const items = (await author.locator('#f-items tbody tr').allInnerTexts()).join(' ');
    expect(['办理诉求', '办结复核'].map((name) => items.includes(name))).toEqual([true, true]);
    await author.getByLabel('变更说明').fill('办结以前由部门负责人复核');
    await author.getByLabel('依据').fill('局长办公会纪要〔2026〕32 号');
    await author.getByRole('button', { name: '检查', exact: true }).click();
    await author.waitForURL(/ok=release-checked/);
    await look(author, 'checked', [1440, 390]);
    for (const box of await author.getByLabel('警告为什么可以接受').all()) await box.fill('这些单位由上级代办');
    await author.getByRole('button', { name: '送复核' }).click();
    await author.waitForURL(/ok=release-submit/);
    await look(author, 'sent');
    const second = await windowOf('shuguyu');
    await second.goto(release);
    for (const name of ['办理诉求', '办结复核']) {
      await second.locator('#f-items').getByRole('link', { name }).click();
      await second.getByText('已记下你看过这一项').waitFor();
      await look(second, `item-${name === '办理诉求' ? 'diagram' : 'form'}`, [1440, 390]);
      await second.getByRole('link', { name: '回到发布单' }).click();
    }
    await second.getByRole('button', { name: '批准发布' }).click();
    await second.getByText('已发布').first().waitFor();
    await look(second, 'published');
    await second.context().close();
    await house.settle();
  }, 120_000);

  const openForms = async (number: string) => (await story.open(number)).map((task) => task.formId);

  test('a new demand takes the step: its head fills in the form the server drew; then feedback is due', async () => {
    const number = await story.register();
    await story.complete(number, 'dispatch-demand', { hostDepartment: '341523-TAX1' });
    await story.complete(number, 'handle-demand');
    const [review] = await story.open(number);
    expect(review!.formId).toBe(FORM);
    // The head has handled it himself and stays out: his deputy in charge reviews.
    expect(review!.assignee).toBe('panlichun');
    const head = await windowOf('panlichun');
    await head.goto('/tasks');
    await head
      .locator('main tr, main li')
      .filter({ hasText: '复核办结' })
      .filter({ hasText: number })
      .getByRole('link')
      .first()
      .click();
    await head.waitForURL(/\/tasks\/[\w-]{8,}/);
    await look(head, 'staff', [390, 1440]);
    await head.getByLabel('复核意见').fill('看过，同意办结。');
    await head
      .getByRole('button', { name: /提交|办完|完成/ })
      .first()
      .click();
    await head.waitForURL(/ok=completed/);
    await house.settle();
    expect(await openForms(number)).toEqual(['give-feedback']);
    await head.context().close();
  }, 120_000);

  test('a demand that was on its way stays with its version, until it is migrated or told why not', async () => {
    const untouched = onTheirWay[0]!;
    await story.complete(untouched, 'handle-demand');
    expect(await openForms(untouched)).toEqual(['give-feedback']);
    await author.goto('/migrations');
    await author.getByLabel('流程', { exact: true }).selectOption('handle-demand');
    await author.getByRole('button', { name: '新的迁移' }).click();
    await author.getByLabel('原因').fill('复核一步在办的件也要经过');
    await look(author, 'migration-new', [1440, 390]);
    await author.getByRole('button', { name: '开始预演' }).click();
    await author.getByRole('heading', { name: '预演结果' }).waitFor();
    await look(author, 'rehearsed', [1440, 390]);
    if (!engine.migrates) {
      expect(await said(author)).toMatch(/可以迁移 0 件，不能迁移 1 件/);
      expect(await author.getByRole('row').filter({ hasText: '办理诉求' }).innerText()).toMatch(/Zeebe 8\.5 不能迁移/);
      await look(author, 'refused', [1440, 390]);
      return;
    }
    await author.getByRole('button', { name: '迁移 1 件' }).click();
    await house.sweep();
    await house.settle();
    await author.reload();
    expect(await said(author)).toContain('已迁移 1 件');
    await story.complete(onTheirWay[1]!, 'handle-demand');
    expect(await openForms(onTheirWay[1]!)).toEqual([FORM]);
  }, 120_000);
}
