import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Actor } from '../../src/kernel/actor.ts';
import { actorOf, may } from '../../src/modules/access/index.ts';
import { pageRoutes } from '../../src/web/pages/index.ts';
import type { Route } from '../../src/web/route.ts';
import { Follower } from '../support/follower.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

/** One person for each kind of work. */
const PEOPLE = [
  'pengqingming',
  'fandongzhi',
  'panlichun',
  'zhaolichun',
  'zhangshuangjiang',
  'caoxiaoman',
  'konglichun',
  'jinqingming',
  'huadongzhi',
  'weidashu',
];
/** They would end the very session that asks. */
const ENDS_THE_SESSION = new Set(['/logout', '/me/sessions/end-others']);

describe('every page says who may open it, and nothing sent to it is a fault', () => {
  let house: TestHouse;
  let routes: Route[];
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    routes = pageRoutes(house.house).filter((route) => !route.path.startsWith('/demo'));
  });
  afterAll(() => house?.stop());

  /** Nothing is called this, whatever the parameter means. */
  const addressOf = (route: Route) => route.path.replaceAll(/:[a-zA-Z]+/g, 'nope');

  async function ask(route: Route, cookie: string, csrf: string) {
    const path = addressOf(route);
    const answer = await fetch(house.address + path, {
      method: route.method.toUpperCase(),
      redirect: 'manual',
      headers: { cookie, accept: 'text/html', 'sec-fetch-site': 'same-origin' },
      ...(route.method === 'get' ? {} : { body: new URLSearchParams({ _csrf: csrf }) }),
    });
    await answer.arrayBuffer();
    return { what: `${route.method} ${path}`, status: answer.status, location: answer.headers.get('location') ?? '' };
  }

  test('there are routes, each with a permission and a scope in words', () => {
    expect(routes.length).toBeGreaterThan(50);
    expect(routes.filter((route) => !route.scope.trim())).toEqual([]);
    const twice = routes
      .map((route) => `${route.method} ${route.path}`)
      .filter((key, at, all) => all.indexOf(key) !== at);
    expect(twice).toEqual([]);
  });

  test('who is not signed in is sent to the sign-in page, or refused', async () => {
    const visitor = new Follower(house);
    await visitor.get('/login');
    const wrong: unknown[] = [];
    for (const route of routes.filter((item) => item.permission !== 'public')) {
      const answer = await ask(route, '', visitor.csrf);
      const sentAway = answer.status === 303 && answer.location.startsWith('/login');
      if (!sentAway && !(route.path === '/counts' || route.path === '/session')) wrong.push(answer);
    }
    expect(wrong).toEqual([]);
  });

  test.each(PEOPLE)('%s: what is not permitted is refused, what is permitted never fails', async (login) => {
    const visitor = await Follower.signedIn(house, login);
    const { csrf } = visitor;
    const cookie = `suying_session=${visitor.cookie('suying_session')}`;
    const actor = actorOf(await house.house.directory(), login) as Actor;
    const wrong: unknown[] = [];
    for (const route of routes.filter((item) => !ENDS_THE_SESSION.has(item.path))) {
      const answer = await ask(route, cookie, csrf);
      const permitted = route.permission === 'public' || may(actor, route.permission);
      if (answer.status >= 500) wrong.push(answer);
      else if (!permitted && answer.status !== 403) wrong.push({ ...answer, expected: 403 });
      else if (permitted && route.method === 'get' && !/:/.test(route.path) && ![200, 303].includes(answer.status))
        wrong.push({ ...answer, expected: '200 or 303' });
    }
    expect(wrong).toEqual([]);
  });
});
