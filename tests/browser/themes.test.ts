import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture, signedIn } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { pathOf, prepare, type Walked } from './walked.ts';

/** The pages of daily work. */
const PAGES: [string, string][] = [
  ['fandongzhi', '/dispatch'],
  ['lulidong', '/tasks'],
  ['pengqingming', '/demands/new'],
  ['fandongzhi', '/demands'],
  ['fandongzhi', '/demands/:number'],
  ['lulidong', '/tasks/:task'],
  ['panlichun', '/approvals'],
  ['panlichun', '/me'],
];

/** Other eyes: what they chose, and what their window is like. */
const EYES: [string, { cookies: Record<string, string>; context: BrowserContextOptions; style?: string }][] = [
  ['dark', { cookies: { suying_theme: 'dark' }, context: {} }],
  ['dark by the system', { cookies: { suying_theme: 'system' }, context: { colorScheme: 'dark' } }],
  ['forced colours', { cookies: {}, context: { forcedColors: 'active', colorScheme: 'dark' } }],
  ['large type on a phone', { cookies: { suying_large: '1' }, context: { viewport: { width: 390, height: 844 } } }],
  ['320 pixels wide', { cookies: { suying_density: 'compact' }, context: { viewport: { width: 320, height: 640 } } }],
  [
    'wider text spacing on a phone',
    {
      cookies: {},
      // The reader's own style sheet comes past the content policy.
      context: { viewport: { width: 390, height: 844 }, bypassCSP: true },
      style:
        '* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important } p { margin-bottom: 2em !important }',
    },
  ],
];

describe('pages of daily work', () => {
  let house: TestHouse;
  let browser: Browser;
  let walked: Walked;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    browser = await openBrowser();
    walked = await prepare(house);
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  test.each(EYES)('%s: they are readable, and nothing scrolls sideways', async (name, eyes) => {
    const found: string[] = [];
    for (const [login, path] of PAGES) {
      const context = await signedIn(browser, house.address, login, eyes.context);
      await context.addCookies(
        Object.entries(eyes.cookies).map(([cookie, value]) => ({ name: cookie, value, url: house.address })),
      );
      const page = await context.newPage();
      await page.goto(pathOf(path, walked));
      if (eyes.style) await page.addStyleTag({ content: eyes.style });
      await picture(page, `${name.replaceAll(/\W+/g, '-')}${path.replaceAll(/\W+/g, '-')}`);
      found.push(
        ...(await axeViolations(page, { forcedColours: eyes.context.forcedColors === 'active' })).map(
          (violation) => `${path}: ${violation}`,
        ),
      );
      const wider = await overflow(page);
      if (wider > 0) found.push(`${path}: ${wider} px wider than the window`);
      await context.close();
    }
    expect(found).toEqual([]);
  });
});
