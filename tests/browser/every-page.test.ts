import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture, signedIn } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { PAGES, type WalkedPage } from './pages.ts';
import { pathOf, prepare, type Walked } from './walked.ts';

const WIDTHS = [1440, 390];

describe('every page, wide and narrow, with and without JavaScript', () => {
  let house: TestHouse;
  let browser: Browser;
  let walked: Walked;
  const windows = new Map<string, Page>();
  const titles = new Map<string, Set<string>>();

  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    browser = await openBrowser();
    walked = await prepare(house);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  /** One window per person, with and without scripts; a person signs in once. */
  async function windowOf(as: string | undefined, scripts: boolean): Promise<Page> {
    const key = `${as} ${scripts}`;
    const open = windows.get(key);
    if (open) return open;
    const context = await signedIn(browser, house.address, as, { scripts });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    windows.set(key, page);
    return page;
  }

  test.each(PAGES.map((page) => [page.as ?? '未登录', page.path, page] as const))(
    '%s %s',
    async (_as, _path, entry) => {
      const found: string[] = [];
      for (const scripts of [true, false]) {
        const page = await windowOf(entry.as, scripts);
        found.push(
          ...(await problemsOf(page, entry, scripts)).map((what) => (scripts ? what : `without scripts: ${what}`)),
        );
      }
      expect(found).toEqual([]);
    },
  );

  test('no two pages of a person have the same title', () => {
    const shared = [...titles].filter(([, paths]) => paths.size > 1).map(([title, paths]) => [title, [...paths]]);
    expect(titles.size).toBeGreaterThan(10);
    expect(shared).toEqual([]);
  });

  async function problemsOf(page: Page, entry: WalkedPage, scripts: boolean): Promise<string[]> {
    const path = pathOf(entry.path, walked);
    const wrong: string[] = [];
    const say = (bad: boolean, what: string) => bad && wrong.push(what);
    const onError = (error: Error) => wrong.push(`script: ${error.message}`);
    page.on('pageerror', onError);
    await page.setViewportSize({ width: WIDTHS[0]!, height: 900 });
    const answer = await page.goto(path);
    say(answer?.status() !== (entry.status ?? 200), `status ${answer?.status()}`);
    const facts = await page.evaluate(() => {
      const { document } = globalThis as any;
      return {
        lang: document.documentElement.lang,
        h1: document.querySelectorAll('h1').length,
        title: document.title,
        positive: document.querySelectorAll('[tabindex]:not([tabindex="0"]):not([tabindex="-1"])').length,
        first: document.querySelector('a[href], button, input, summary')?.className ?? '',
        bare: [...document.querySelectorAll('.lamp, .badge')].filter((mark: any) => !mark.textContent.trim()).length,
        inline: document.querySelectorAll('[style], script:not([src])').length,
      };
    });
    const key = `${entry.as ?? ''} ${facts.title}`;
    // The same page under other conditions keeps its title; a filter is no page of its own.
    titles.set(key, (titles.get(key) ?? new Set()).add(new URL(page.url()).pathname));
    say(facts.lang !== 'zh-CN', `lang ${facts.lang}`);
    say(facts.h1 !== 1, `${facts.h1} h1`);
    say(!/ - 速应$/.test(facts.title) || facts.title.length < 7, `title “${facts.title}”`);
    say(facts.positive > 0, 'positive tabindex');
    say(facts.first !== 'skip', 'the skip link is not first');
    say(facts.bare > 0, 'a lamp or badge without a word');
    say(facts.inline > 0, 'inline style or script, which the content policy forbids');
    for (const width of WIDTHS) {
      await page.setViewportSize({ width, height: 900 });
      await picture(page, `${entry.as ?? 'nobody'}${path.replaceAll(/\W+/g, '-')}${scripts ? '' : '-plain'}`);
      const wider = await overflow(page);
      say(wider > 0, `at ${width}: ${wider} px wider than the window`);
      // Without scripts only the narrow page is looked at again: the wide one differs by nothing axe could see.
      if (scripts || width < 500)
        wrong.push(...(await axeViolations(page)).map((violation) => `at ${width}: ${violation}`));
    }
    page.off('pageerror', onError);
    return wrong;
  }
});
