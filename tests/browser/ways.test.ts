import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { axeViolations, openBrowser, overflow, picture, signedIn } from '../support/browser.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { type Walk, walk } from '../support/walk.ts';

/** Pages of the ways besides the straight one, in the states people meet them in (R17, R19, R29). */
describe('returns, deferrals, merging and splitting in a browser', () => {
  let house: TestHouse;
  let browser: Browser;
  const places: Record<string, { as: string; path: string }> = {};

  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    browser = await openBrowser();
    const dispatched = async () => {
      const demand = await walk(house);
      await demand.complete('dispatch-demand', { hostDepartment: '341523-TAX2' });
      return demand;
    };
    const asHost = async (demand: Walk, path: string, body: object) =>
      (await demand.host()).post(`/demands/${demand.number}/${path}`, body);
    const deferral = {
      deferralCategory: 'SYSTEM_OPTIMISATION',
      deferralReason: '电子税务局由省局统建，县局不能修改批量导入的功能。',
      condition: '省局统建系统新版上线。',
      reviewDate: '2027-01-08',
      responsible: 'zhaojingzhe',
      interimAnswer: '您的建议已经记录并上报省局，条件成熟时办理，有进展会告知您。',
      interimMethod: 'PHONE',
    };
    const deferred = await dispatched();
    await asHost(deferred, 'deferrals', deferral);
    await deferred.complete('approve-deferral');
    await asHost(deferred, 'deferral-reports', { reportedTo: '省局信息中心', reportContent: '请列入明年需求清单。' });
    const asked = await dispatched();
    await asHost(asked, 'deferrals', deferral);
    const returned = await dispatched();
    await asHost(returned, 'returns', {
      basis: '按职责分工第三条，房产税归税政一股。',
      proposedDepartment: '341523-TAX1',
    });
    const main = await dispatched();
    await asHost(main, 'supplement-requests', { what: '退房协议复印件', purpose: '核对退税依据' });
    const repeated = await walk(house);
    const merged = await walk(house, { content: '退房契税到底什么时候退？上周已经问过。' });
    await (await house.as('fandongzhi')).post(`/demands/${merged.number}/merge`, {
      mainNumber: main.number,
      sameMatter: true,
    });
    await house.settle();
    Object.assign(places, {
      deferrals: { as: 'zhaojingzhe', path: '/deferrals' },
      deferred: { as: 'fandongzhi', path: `/demands/${deferred.number}` },
      approval: { as: 'xibailu', path: `/tasks/${(await asked.open('approve-deferral')).id}` },
      review: { as: 'xibailu', path: `/tasks/${(await returned.open('review-return')).id}` },
      dispatch: { as: 'fandongzhi', path: '/dispatch' },
      main: { as: 'zhaojingzhe', path: `/demands/${main.number}` },
      merged: { as: 'fandongzhi', path: `/demands/${merged.number}` },
      merge: { as: 'fandongzhi', path: `/demands/${repeated.number}/actions/merge?main=${main.number}` },
      split: { as: 'fandongzhi', path: `/demands/${repeated.number}/actions/split` },
      return: { as: 'zhaojingzhe', path: `/demands/${main.number}/actions/return` },
      defer: { as: 'zhaojingzhe', path: `/demands/${main.number}/actions/defer` },
    });
  });
  afterAll(async () => {
    await browser?.close();
    await house?.stop();
  });

  test.each([
    'deferrals',
    'deferred',
    'approval',
    'review',
    'dispatch',
    'main',
    'merged',
    'merge',
    'split',
    'return',
    'defer',
  ])('R17, R19: %s is readable wide and narrow, without violations', async (name) => {
    const { as, path } = places[name]!;
    const context = await signedIn(browser, house.address, as);
    const page = await context.newPage();
    for (const width of [1440, 390]) {
      await page.setViewportSize({ width, height: 900 });
      const answer = await page.goto(path);
      expect({ name, status: answer!.status() }).toEqual({ name, status: 200 });
      await picture(page, `ways-${name}`);
      expect(await axeViolations(page)).toEqual([]);
      expect(await overflow(page)).toBe(0);
    }
    await context.close();
  });
});
