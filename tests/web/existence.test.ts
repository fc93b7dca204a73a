import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Actor } from '../../src/kernel/actor.ts';
import { actorOf, createToken, may, type Permission } from '../../src/modules/access/index.ts';
import { openSession } from '../../src/modules/access/sessions.ts';
import { apiRoutes } from '../../src/web/api/index.ts';
import { pageRoutes } from '../../src/web/pages/index.ts';
import type { Route } from '../../src/web/route.ts';
import { guardedDemands, WATCHERS, type Watcher } from '../support/guarded-demands.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

/**
 * R31: that a restricted demand is there at all is known to nobody outside of its posts. Two houses live through the same weeks; in one of them there
 * are, besides, a clue, a report, a complaint and a reconsideration, overdue and supervised as they come. Every page and list of the site and the API,
 * its counts, exports, statistics, balance and the bulletin of the month, read by people outside of these posts, says the same in both.
 */

const OUTSIDE: Watcher[] = ['chief', 'cityChief', 'host', 'otherDepartment', 'reportedCollection', 'otherCountyDesk'];
const START = '2026-11-23T09:00:00+08:00';

interface House extends TestHouse {
  bulletin: string;
  plain: { id: string; number: string };
}
let [with_, without]: House[] = [];

async function lived(restricted: boolean): Promise<House> {
  const house = await testHouse(START, { TRUST_PROXY: 'true' });
  const [plain] = await guardedDemands(house, restricted ? undefined : ['plain', 'confidential']);
  await house.moveTo('2026-12-02T10:00:00+08:00');
  // Bulletins are written by the desk, which keeps the restricted ones as well.
  const desk = await house.as(WATCHERS.desk);
  const { id } = await desk.post<{ id: string }>('/bulletins', { period: '2026-11' });
  await desk.post(`/bulletins/${id}/submit`);
  await house.moveTo('2026-12-10T10:00:00+08:00');
  return { ...house, bulletin: id, plain: plain! };
}

beforeAll(async () => {
  with_ = await lived(true);
  without = await lived(false);
}, 120_000);
afterAll(async () => {
  await with_?.stop();
  await without?.stop();
});

/** What is different in every house and every answer: ids, tokens, hashes of what is random. */
const plainly = (body: string): string =>
  body
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/(name="_csrf" value=|nonce=|name="csrf-token" content=)"[^"]*"/g, '$1"…"')
    .replaceAll(/"requestId":"[^"]*"|\bE-[0-9A-Z]{6}\b/g, 'REQUEST')
    // Keys of the engine: of a step of the path, of an arrow of the drawing.
    .replaceAll(/(?<=step-|arrow-)\d+/g, 'KEY')
    // Which of two cards issued in one moment came first is nobody's secret.
    .replaceAll(/\bHP-\d{4}-\d{4}\b/g, 'CARD')
    .replaceAll(/\b[0-9a-f]{64}\b/g, 'HASH')
    .replaceAll(/<code>[0-9a-f]{8}<\/code>|核验码 [0-9a-f]{8}/g, 'CODE')
    .replaceAll(/\b22517998\d{8}\b|"position":\s*"?\d+"?/g, 'KEY');

let place = 0;
const tokens = new Map<string, { cookie: string; token: string }>();
async function signedIn(house: House, login: string) {
  const key = `${house.address} ${login}`;
  const known = tokens.get(key);
  if (known) return known;
  const { sql, clock, ids } = house.house;
  const cookie = await openSession({ sql, clock, ids }, login, { ip: '::1', userAgent: 'twins' });
  const { token } = await createToken({ sql, clock, ids }, login, { name: '双份', days: 1 });
  const made = { cookie, token };
  tokens.set(key, made);
  return made;
}

async function read(house: House, path: string, login: string): Promise<string> {
  const { cookie, token } = await signedIn(house, login);
  const api = path.startsWith('/api/');
  const answer = await fetch(`${house.address}${path}`, {
    redirect: 'manual',
    headers: {
      'x-forwarded-for': `10.2.0.${place}`,
      ...(api ? { authorization: `Bearer ${token}` } : { cookie: `suying_session=${cookie}`, accept: 'text/html' }),
    },
    signal: AbortSignal.timeout(30_000),
  });
  if (answer.status === 429) throw new Error('asked too often: the walk would see nothing');
  return `${answer.status} ${answer.headers.get('location') ?? ''} ${plainly(await answer.text())}`;
}

/** Addresses besides the plain ones: searches, counts, marks, drill-downs, exports, the month in numbers. */
const FURTHER = [
  '/demands?size=100',
  '/demands?state=open',
  '/demands?time=overdue',
  '/demands?mark=restricted',
  '/demands?category=OTHER',
  '/demands?category=SERVICE',
  '/demands?q=LASQ-341523',
  '/demands/export?state=open',
  '/search?q=LASQ-341523-20261123-0004',
  '/search?q=0004',
  '/tasks?view=dept',
  '/tasks?view=done',
  '/supervision?state=lifted',
  '/legal-routes?state=all',
  '/statistics?period=2026-11',
  '/statistics?period=2026-11&compare=1&way=net',
  '/statistics/download?period=2026-11&kind=csv&table=units',
  '/demands?behind=i~registered-on-time~among~2026-11~-~all',
  '/demands?behind=u~unfinished~-~2026-11~-~all',
  '/api/v1/demands?limit=200',
  '/api/v1/demands?q=LASQ&state=open',
  '/api/v1/legal-routes?limit=200&state=open',
  '/api/v1/legal-routes?limit=200&state=closed',
  '/api/v1/supervision?state=lifted',
  '/api/v1/statistics?period=2026-11&compare=year',
  '/api/v1/tasks?view=done',
];

/** Machines and designs: they show no demand, and what they count is engine work of the process administrator, who has no demand in reach. */
const TECHNICAL =
  /^\/(api\/v1)?\/?(openapi|processes|rules|parameters|releases|help|admin|operations|incidents|instances|migrations|calendar|me|org|users|delegations|demo)/;

function addresses(house: House, actor: Actor): string[] {
  const plain = (routes: readonly Route[], prefix: string) =>
    routes
      .filter((route) => route.method === 'get' && !/:/.test(route.path) && route.permission !== 'public')
      .filter((route) => may(actor, route.permission as Permission))
      .map((route) => `${prefix}${route.path}`);
  return [
    ...new Set([...plain(pageRoutes(house.house), ''), ...plain(apiRoutes(house.house), '/api/v1'), ...FURTHER]),
    // A spreadsheet is packed with the time of its making; the same table is read as text.
  ].filter((path) => !TECHNICAL.test(path) && path !== '/statistics/download');
}

/** Messages, cards and tasks of the same moment stand in the order of their ids, which are different in every house: the same pieces in any order. */
const anyOrder = (path: string, body: string): string =>
  /\/inbox$|\/supervision\b|^\/demands\/LASQ-/.test(path)
    ? body
        .split(/(?=<)|(?<=\}),(?=\{)|\[|\]/)
        .sort()
        .join('')
    : body;

/** The first place where two texts differ, with what stands around it. */
function differenceOf(one: string, other: string): string | undefined {
  if (one === other) return undefined;
  let at = 0;
  while (one[at] === other[at]) at += 1;
  const around = (text: string) => text.slice(Math.max(0, at - 60), at + 60).replaceAll(/\s+/g, ' ');
  return `with: …${around(one)}… without: …${around(other)}…`;
}

describe('R31: to who is outside of its posts a restricted demand does not exist', () => {
  test.each(OUTSIDE)(
    '%s',
    async (name) => {
      place += 1;
      const login = WATCHERS[name];
      const actor = actorOf(await with_!.house.directory(), login)!;
      const told: string[] = [];
      const paths = addresses(with_!, actor);
      expect(paths.length).toBeGreaterThan(15);
      const own = (house: House) => [
        `/demands/${house.plain.number}`,
        `/bulletins/${house.bulletin}`,
        `/bulletins/${house.bulletin}/print`,
        `/api/v1/bulletins/${house.bulletin}`,
      ];
      for (const path of paths) {
        const one = await read(with_!, path, login);
        if (/^(422|5)/.test(one)) told.push(`${path} was not understood`);
        const difference = differenceOf(anyOrder(path, one), anyOrder(path, await read(without!, path, login)));
        if (difference) told.push(`${path} ${difference}`);
      }
      for (const [n, path] of own(with_!).entries()) {
        const difference = differenceOf(
          anyOrder(path, await read(with_!, path, login)),
          anyOrder(path, await read(without!, own(without!)[n]!, login)),
        );
        if (difference) told.push(`${path} ${difference}`);
      }
      expect(told).toEqual([]);
    },
    180_000,
  );

  test('and the two houses are different: who keeps the ledger sees it', async () => {
    place += 1;
    const seen = await Promise.all([with_!, without!].map((house) => read(house, '/demands?size=100', WATCHERS.desk)));
    expect(seen[0]).not.toBe(seen[1]);
    expect(seen[0]).toContain('限定可见');
    const numbers = await Promise.all(
      [with_!, without!].map((house) => read(house, '/statistics?period=2026-11', WATCHERS.desk)),
    );
    expect(numbers[0]).not.toBe(numbers[1]);
  });
});
