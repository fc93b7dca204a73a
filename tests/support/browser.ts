import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const PASSWORD = 'suying-demo-2026';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Chromium as the distribution packages it; CHROMIUM names another. */
export function openBrowser(): Promise<Browser> {
  const found = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
    (path) => path && existsSync(path),
  );
  if (!found) throw new Error('没有找到 Chromium。请安装（Debian：apt install chromium），或用 CHROMIUM 指明路径。');
  return chromium.launch({
    executablePath: found,
    args: [
      '--no-sandbox',
      '--disable-dev-shm-usage',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/**
 * Violations of WCAG 2.2 A and AA on the page, one line each. In forced colours the system chooses them and axe cannot see which:
 * there, and only there, contrast is not its question (`forcedColours`).
 */
export async function axeViolations(page: Page, options: { forcedColours?: boolean } = {}): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  const violations = await page.evaluate(async (forced) => {
    const { violations } = await (globalThis as any).axe.run((globalThis as any).document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
      rules: { 'color-contrast': { enabled: !forced } },
    });
    return violations.map((found: any) => `${found.id}: ${found.nodes.map((node: any) => node.target).join(' | ')}`);
  }, options.forcedColours ?? false);
  return violations as string[];
}

/** Saves the page as a picture when SCREENSHOTS names a folder. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env.SCREENSHOTS;
  if (!folder) return;
  mkdirSync(folder, { recursive: true });
  const width = page.viewportSize()?.width ?? 0;
  await page.screenshot({ path: join(folder, `${name}-${width}.png`), fullPage: true });
}

/** How far the page is wider than the window, in pixels: nothing may scroll sideways. */
export const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => {
    const { scrollWidth, clientWidth } = (globalThis as any).document.documentElement;
    return scrollWidth - clientWidth;
  });

/** A process administrator signs in with the keyboard and comes to the page of what is to be done. */
export async function administrator(context: BrowserContext, login = 'jinqingming'): Promise<Page> {
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  await page.goto('/login');
  await page.getByLabel('用户名').fill(login);
  await page.getByLabel('密码').fill(PASSWORD);
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.pathname === '/admin');
  return page;
}

const sessions = new Map<string, Promise<string>>();

/** What a window may be besides the usual; `scripts: false` is scripts that never arrive, not a browser without any: axe itself is a script. */
export interface WindowOptions extends BrowserContextOptions {
  scripts?: boolean;
}

/** Windows of a person who has signed in already, once for each house; of nobody without a login. */
export async function signedIn(
  browser: Browser,
  address: string,
  login: string | undefined,
  { scripts = true, ...options }: WindowOptions = {},
): Promise<BrowserContext> {
  const context = await browser.newContext({ baseURL: address, locale: 'zh-CN', ...options });
  if (!scripts) await context.route('**/*.js', (route) => route.abort());
  if (!login) return context;
  const key = `${address} ${login}`;
  if (!sessions.has(key)) sessions.set(key, sessionOf(address, login));
  await context.addCookies([{ name: 'suying_session', value: await sessions.get(key)!, url: address }]);
  return context;
}

/** Signs in through the form, without a browser: answers the session cookie. */
async function sessionOf(address: string, login: string): Promise<string> {
  const form = await fetch(`${address}/login`);
  const csrf = /name="_csrf" value="([^"]+)"/.exec(await form.text())![1]!;
  const answer = await fetch(`${address}/login`, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ login, password: PASSWORD, _csrf: csrf }),
  });
  const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('suying_session='));
  if (!cookie) throw new Error(`${login} was not signed in: ${answer.status}`);
  return cookie.slice('suying_session='.length).split(';')[0]!;
}
