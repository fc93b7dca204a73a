import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Actor } from '../../src/kernel/actor.ts';
import { actorOf, createToken, may, type Permission, sessionIdOf } from '../../src/modules/access/index.ts';
import { openSession } from '../../src/modules/access/sessions.ts';
import { PAPER_KINDS } from '../../src/modules/papers/index.ts';
import { apiRoutes } from '../../src/web/api/index.ts';
import { csrfToken } from '../../src/web/middleware/csrf.ts';
import { pageRoutes } from '../../src/web/pages/index.ts';
import type { Route } from '../../src/web/route.ts';
import { type Guarded, guardedDemands, WATCHERS, type Watcher } from '../support/guarded-demands.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

/**
 * R31: the matrix of route, person and scope. Every route of the site and the API that takes a demand, a task or a file of one, and every page and
 * list that could name one, is asked by everybody for every kind of guarded demand: own bureau, other county, city, own department, the department
 * complained of, and the named posts. What somebody may not read appears nowhere: not its text, not its title, not whose it is, and for those who
 * may not even know of it, not its number.
 */

let house: TestHouse;
let demands: Guarded[];
beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00', { TRUST_PROXY: 'true' });
  demands = await guardedDemands(house);
  // Everything falls due meanwhile: reminders and notices of it are in the inboxes.
  await house.moveTo('2026-12-10T10:00:00+08:00');
}, 120_000);
afterAll(() => house?.stop());
// So many requests from one place nobody may make: each test comes from another.
let place = 0;
beforeEach(() => {
  place += 1;
});

const people = Object.keys(WATCHERS) as Watcher[];
const named = (route: Route) => `${route.method.toUpperCase()} ${route.path}`;

/** Parameters of routes that have nothing to do with one demand. Any other that appears has to be placed here or be walked. */
const OTHER_PARAMETERS =
  /^\/(admin|calendar|delegations|help|incidents|instances|me|migrations|operations|org|processes|r|releases|results|rules|topics|users|demands\/views|demands\/subscriptions|privacy|privacy-requests|subscriptions|releases|instances|migrations|bulletins|statistics|supervision|notifications|s|portal|public|evaluate|channels)\//;

interface Target {
  route: Route;
  path: string;
}

/** The routes that take something of this demand, with it put in. */
function targets(routes: readonly Route[], demand: Guarded): Target[] {
  return routes.flatMap((route): Target[] => {
    if (/:number\b/.test(route.path))
      return papersIn(route.path, demand).map((path) => ({ route, path: path.replace(':number', demand.number) }));
    if (/^\/attachments\/:id/.test(route.path))
      return [{ route, path: route.path.replace(':id', demand.attachmentId) }];
    if (/^\/(tasks|approvals)\/:id/.test(route.path))
      return demand.taskIds.map((id) => ({ route, path: route.path.replace(':id', id) }));
    return [];
  });
}

/** A path that names a paper, once for each there is; one that names a print, with the print of this demand. */
function papersIn(path: string, demand: Guarded): string[] {
  if (path.includes(':print')) return [path.replace(':doc', 'handling-sheet').replace(':print', demand.printId)];
  return path.includes(':doc') ? PAPER_KINDS.map((kind) => path.replace(':doc', kind.id)) : [path];
}

const sessions = new Map<string, string>();
async function cookieOf(login: string): Promise<string> {
  const { sql, clock, ids } = house.house;
  const known = sessions.get(login);
  if (known) return known;
  const token = await openSession({ sql, clock, ids }, login, { ip: '::1', userAgent: 'matrix' });
  sessions.set(login, token);
  return token;
}
const tokens = new Map<string, string>();
async function tokenOf(login: string): Promise<string> {
  const { sql, clock, ids } = house.house;
  const token = tokens.get(login) ?? (await createToken({ sql, clock, ids }, login, { name: '矩阵', days: 1 })).token;
  tokens.set(login, token);
  return token;
}

interface Answer {
  status: number;
  body: string;
  location: string;
}

async function askPage(method: string, path: string, login: string): Promise<Answer> {
  const token = await cookieOf(login);
  const csrf = csrfToken(house.house.secret, sessionIdOf(token));
  return ask(`${house.address}${path}`, method, {
    cookie: `suying_session=${token}`,
    accept: 'text/html',
    ...(method === 'get' ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'x-csrf-token': csrf }),
  });
}

const askApi = async (method: string, path: string, login: string): Promise<Answer> =>
  ask(`${house.address}/api/v1${path}`, method, {
    authorization: `Bearer ${await tokenOf(login)}`,
    ...(method === 'post' || method === 'put' ? { 'content-type': 'application/json' } : {}),
  });

async function ask(url: string, method: string, headers: Record<string, string>): Promise<Answer> {
  const json = headers['content-type'] === 'application/json';
  const response = await fetch(url, {
    method: method.toUpperCase(),
    redirect: 'manual',
    headers: { ...headers, 'x-forwarded-for': `10.1.0.${place}` },
    ...(headers['content-type'] ? { body: json ? '{}' : '' } : {}),
    signal: AbortSignal.timeout(30_000),
  });
  if (response.status === 429) throw new Error('asked too often: the matrix would see nothing');
  const disposition = decodeURIComponent(response.headers.get('content-disposition') ?? '');
  return {
    status: response.status,
    body: `${await response.text()}${disposition}`,
    location: response.headers.get('location') ?? '',
  };
}

const actorNamed = async (name: Watcher): Promise<Actor> =>
  actorOf(await house.house.directory(), WATCHERS[name]) as Actor;

describe('R31: routes that take a demand, a task or a file', () => {
  test('none is left out: every parameter is walked or has nothing to do with a demand', () => {
    const routes = [...pageRoutes(house.house), ...apiRoutes(house.house)];
    const walked = new Set(targets(routes, demands[0]!).map(({ route }) => named(route)));
    const left = routes.filter(
      (route) => /:/.test(route.path) && !walked.has(named(route)) && !OTHER_PARAMETERS.test(route.path),
    );
    expect(left.map(named)).toEqual([]);
    expect(walked.size).toBeGreaterThan(40);
  });

  test.each(people)(
    '%s',
    async (name) => {
      const login = WATCHERS[name];
      const actor = await actorNamed(name);
      const holes: string[] = [];
      for (const demand of demands) {
        const sight = demand.sees[name];
        const before = await demand.walk.read();
        for (const [api, asking] of [
          [false, askPage],
          [true, askApi],
        ] as const) {
          const routes = api ? apiRoutes(house.house) : pageRoutes(house.house);
          for (const { route, path } of targets(routes, demand)) {
            // Who may read may also act; that is what other tests are about.
            if (sight === 'CONTENT' && route.method !== 'get') continue;
            const permitted = route.permission === 'public' || may(actor, route.permission as Permission);
            // A door that is shut to the role is shut before anything of the demand is read: once is enough.
            if (!permitted && demand !== demands[0] && demand.name !== 'discipline') continue;
            const answer = await asking(route.method, path, login);
            const where = `${demand.name}: ${api ? 'API ' : ''}${route.method} ${path} → ${answer.status}`;
            if (answer.status >= 500) holes.push(where);
            if (sight !== 'CONTENT' && answer.body.includes(demand.marker)) holes.push(`${where} shows what it says`);
            if (sight === 'NONE' && permitted && answer.status < 300) holes.push(`${where} opened`);
            // To another route of the same demand, which is walked as well.
            const round = route.method === 'get' && answer.location.startsWith(`/demands/${demand.number}/`);
            if (sight === 'NONE' && answer.status >= 300 && answer.status < 400 && !round)
              holes.push(`${where} led to ${answer.location}`);
            if (api && sight === 'NONE' && permitted && ![403, 404, 405, 409, 415, 422, 428].includes(answer.status))
              holes.push(`${where} is no refusal`);
          }
        }
        if (sight !== 'CONTENT') {
          const after = await demand.walk.read();
          if (after.status !== before.status) holes.push(`${demand.name}: changed by ${name}`);
        }
      }
      expect(holes).toEqual([]);
    },
    300_000,
  );

  test('who may read does: the page and the API say what it is about', async () => {
    const wrong: string[] = [];
    for (const demand of demands)
      for (const name of people) {
        const [page, api] = [
          await askPage('get', `/demands/${demand.number}`, WATCHERS[name]),
          await askApi('get', `/demands/${demand.number}`, WATCHERS[name]),
        ];
        const sight = demand.sees[name];
        const shown = [page, api].map((answer) => answer.status === 200 && answer.body.includes(demand.marker));
        if (shown.some((yes) => yes !== (sight === 'CONTENT')))
          wrong.push(`${demand.name} ${name}: ${sight}, page ${page.status}, API ${api.status}`);
        if (sight === 'LEDGER' && (page.status !== 200 || api.status !== 200 || !api.body.includes(demand.number)))
          wrong.push(`${demand.name} ${name}: keeps the ledger, page ${page.status}, API ${api.status}`);
      }
    expect(wrong).toEqual([]);
  }, 120_000);

  test('clues and reports do not exist for who may not see them; the others say only that they are restricted', async () => {
    const wrong: string[] = [];
    for (const demand of demands.filter((item) => item.name !== 'plain' && item.name !== 'confidential'))
      for (const name of people.filter((one) => demand.sees[one] === 'NONE')) {
        if (!may(await actorNamed(name), 'demand.read')) continue;
        const page = await askPage('get', `/demands/${demand.number}`, WATCHERS[name]);
        const concerned = ['reportedCollection', 'reportedHall'].includes(name);
        const secret = ['discipline', 'report'].includes(demand.name);
        if (secret && page.status !== 404) wrong.push(`${demand.name} ${name}: ${page.status}`);
        if (!secret && !concerned && page.status !== 403 && page.status !== 404)
          wrong.push(`${demand.name} ${name}: ${page.status}`);
      }
    expect(wrong).toEqual([]);
  });
});

/** A search repeats what was typed into it: in its field, its title, its links, and in quotes. */
function saidBy(body: string, path: string, demand: Guarded): string {
  const typed = decodeURIComponent(path);
  if (!typed.includes(demand.marker) && !typed.includes(demand.number)) return body;
  return [/value="[^"]*"/g, /“[^”]*”/g, /<title>[^<]*<\/title>/g, /href="[^"]*"/g].reduce(
    (text, pattern) => text.replaceAll(pattern, ''),
    body,
  );
}

describe('R31: pages and lists that could name one', () => {
  /** Further addresses of lists: searches, marks, counts, exports, drill-downs. */
  const lists = () => [
    ...demands.flatMap(({ marker, number }) => [
      `/demands?q=${encodeURIComponent(marker)}`,
      `/demands?q=${number}`,
      `/demands?q=${number.slice(-4)}`,
      `/search?q=${encodeURIComponent(marker)}`,
      `/audit?q=${encodeURIComponent(marker)}`,
    ]),
    '/demands?mark=restricted',
    '/demands?state=closed',
    '/demands?size=100',
    '/demands/export',
    '/legal-routes?state=all',
    '/legal-routes?state=closed',
    '/tasks?view=dept',
    '/tasks?view=done',
    '/tasks?view=unassigned',
    '/dispatch',
    '/dispatch?order=registered',
    '/inbox',
    '/statistics?period=2026-11',
  ];
  const apiLists = () => [
    ...demands.flatMap(({ marker, number }) => [
      `/demands?q=${encodeURIComponent(marker)}`,
      `/demands?q=${number}`,
      `/demands?q=${number.slice(-4)}`,
    ]),
    '/demands?limit=200',
    '/demands?state=open',
    '/legal-routes?limit=200',
    '/tasks',
    '/tasks?view=done',
    '/tasks?view=dept',
    '/tasks?view=unassigned',
  ];

  test.each(people)(
    '%s',
    async (name) => {
      const login = WATCHERS[name];
      const actor = await actorNamed(name);
      const plain = (routes: readonly Route[]) =>
        routes
          .filter((route) => route.method === 'get' && !/:/.test(route.path) && route.permission !== 'public')
          .filter((route) => may(actor, route.permission as Permission))
          .map((route) => route.path);
      const pages = [...new Set([...plain(pageRoutes(house.house)), ...lists()])];
      const apis = [...new Set([...plain(apiRoutes(house.house)), ...apiLists()])];
      const holes: string[] = [];
      for (const [asking, paths] of [
        [askPage, pages],
        [askApi, apis],
      ] as const)
        for (const path of paths) {
          const answer = await asking('get', path, login);
          if (answer.status >= 500) holes.push(`${path} → ${answer.status}`);
          for (const demand of demands) {
            const sight = demand.sees[name];
            const said = saidBy(answer.body, path, demand);
            if (sight !== 'CONTENT' && said.includes(demand.marker))
              holes.push(`${path} shows what ${demand.name} says`);
            // A card of an ordinary demand is copied to the discipline post by rule (R30); of a guarded one it is not.
            const copied = demand.name === 'plain' && path === '/inbox';
            if (sight === 'NONE' && !copied && !path.includes(demand.number) && answer.body.includes(demand.number))
              holes.push(`${path} shows the number of ${demand.name}`);
            if (sight === 'NONE' && path.endsWith(demand.number) && said.includes(`>${demand.number}<`))
              holes.push(`${path} finds ${demand.name}`);
          }
        }
      expect([...new Set(holes)]).toEqual([]);
    },
    300_000,
  );

  test('and what may be seen is there: the walk would notice', async () => {
    const missing: string[] = [];
    for (const demand of demands)
      for (const name of people.filter((one) => demand.sees[one] !== 'NONE')) {
        const query = demand.sees[name] === 'CONTENT' ? encodeURIComponent(demand.marker) : demand.number.slice(-4);
        const { body } = await askPage('get', `/demands?q=${query}`, WATCHERS[name]);
        const found = demand.sees[name] === 'CONTENT' && demand.name === 'plain' ? demand.marker : demand.number;
        if (!body.includes(found)) missing.push(`${demand.name} ${name}`);
      }
    // Restricted texts are found by number only, whoever looks; the ledger lists them for all the same.
    expect(missing.filter((line) => /^(plain|confidential) /.test(line))).toEqual([]);
  }, 120_000);

  test('what the registration finds while somebody types: no guarded demand, neither as a duplicate nor as an earlier call', async () => {
    const holes: string[] = [];
    for (const name of people) {
      const actor = await actorNamed(name);
      if (!may(actor, 'demand.register')) continue;
      const cookie = await cookieOf(WATCHERS[name]);
      for (const demand of demands.filter((item) => item.name !== 'plain')) {
        const { contactPhone, content } = (
          await house.house.sql.query<any>(
            'select contact_phone as "contactPhone", content from demand where id = $1',
            [demand.id],
          )
        )[0]!;
        const response = await fetch(`${house.address}/demands/new/rail`, {
          method: 'POST',
          headers: {
            cookie: `suying_session=${cookie}`,
            'x-forwarded-for': `10.1.0.${place}`,
            'content-type': 'application/x-www-form-urlencoded',
            'x-csrf-token': csrfToken(house.house.secret, sessionIdOf(cookie)),
          },
          body: new URLSearchParams({
            contactPhone,
            content: content.replaceAll(demand.marker, ''),
            category: 'SERVICE',
            tags: '窗口态度',
          }),
        });
        const html = await response.text();
        if (html.includes(demand.number) || html.includes(demand.marker)) holes.push(`${name}: ${demand.name}`);
      }
    }
    expect(holes).toEqual([]);
  }, 120_000);
});
