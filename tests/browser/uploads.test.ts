import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

const PASSWORD = 'suying-demo-2026';
const PDF = '%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n';

describe.each([
  ['with JavaScript', true, 1440],
  ['without JavaScript, on a phone', false, 390],
] as const)('files of a registration, %s', (_title, javaScriptEnabled, width) => {
  let house: TestHouse;
  let browser: Browser;
  let page: Page;
  let folder: string;
  const at = (name: string, content: string) => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'suying-uploads-'));
    house = await testHouse('2026-11-23T09:12:00+08:00');
    browser = await openBrowser();
    const context = await browser.newContext({
      baseURL: house.address,
      javaScriptEnabled,
      viewport: { width, height: 900 },
    });
    page = await context.newPage();
    await page.goto('/login');
    await page.getByLabel('用户名').fill('pengqingming');
    await page.locator('[name=password]').fill(PASSWORD);
    await page.getByRole('button', { name: '登录' }).click();
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  const main = () => page.locator('main').innerText();

  test('a wrong one is named and the others stay; nothing typed is lost', async () => {
    await page.goto('/demands/new');
    await page.locator('[name=content]').fill('退税回单在附件里，请核对。');
    await page
      .locator('input[type=file]')
      .setInputFiles([at('回单.pdf', PDF), at('合同.pdf', PDF), at('程序.pdf', 'MZ'.padEnd(300, 'x'))]);
    await page.getByRole('button', { name: '上传', exact: true }).click();
    const text = await main();
    expect(text).toContain('“程序.pdf”不能上传：内容与名称不符');
    expect(text).toContain('回单.pdf（1 KB）');
    expect(text).toContain('合同.pdf（1 KB）');
    expect(await page.locator('[name=content]').inputValue()).toBe('退税回单在附件里，请核对。');
    await picture(page, 'register-files');
    // axe needs the scripts of the page.
    if (javaScriptEnabled) expect(await axeViolations(page)).toEqual([]);
    expect(await overflow(page)).toBeLessThanOrEqual(0);
  });

  test('one can be taken back, a draft keeps the rest, and the registration has them', async () => {
    await page.getByRole('button', { name: /移除 合同/ }).click();
    expect(await main()).not.toContain('合同.pdf');
    await page.getByRole('button', { name: '存草稿' }).click();
    await page.waitForURL(/draft=/);
    expect(await main()).toContain('回单.pdf（1 KB）');

    await page.locator('[name=channel][value=HOTLINE_12366]').check();
    await page.locator('[name=contactPhone]').fill('199-0000-0021');
    await page.locator('[name=taxpayerName]').fill('曹某某');
    await page.locator('[name=category][value=POLICY]').check();
    await page.locator('[name=intakeChoice][value=SELF]').check();
    await page.getByRole('button', { name: '登记并转交' }).click();
    await page.waitForURL(/registered/);
    const api = await house.as('pengqingming');
    const number = /LASQ-\d+-\d+-\d+/.exec(page.url())![0];
    const { events } = await api.get<{ events: { type: string; payload: { sha256?: string } }[] }>(
      `/demands/${number}/history`,
    );
    expect(events.filter((event) => event.type === 'attachment.added')).toHaveLength(1);
    const [file] = await house.house.sql.query<{ id: string; status: string }>(
      `select id, status from attachment where name = '回单.pdf'`,
    );
    expect(file!.status).toBe('ATTACHED');
    const download = await page.context().request.get(`/attachments/${file!.id}`);
    expect(download.status()).toBe(200);
    expect(download.headers()['content-disposition']).toContain(encodeURIComponent('回单.pdf'));
    expect(await download.text()).toBe(PDF);
  });
});
