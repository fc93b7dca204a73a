import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Actor, ROLES, type Role } from '../../src/kernel/actor.ts';
import { createToken, may, type Permission, sessionIdOf } from '../../src/modules/access/index.ts';
import { openSession } from '../../src/modules/access/sessions.ts';
import { apiRoutes } from '../../src/web/api/index.ts';
import { csrfToken } from '../../src/web/middleware/csrf.ts';
import { pageRoutes } from '../../src/web/pages/index.ts';
import type { Route } from '../../src/web/route.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { walk } from '../support/walk.ts';

/** Every route of the site and the API, for every role and for nobody: opened exactly where the declared permission says so. */

let house: TestHouse;
const person = (role: Role) => `only-${role.toLowerCase().replaceAll('_', '-')}`;
/** Values of route parameters: things that exist, so that a refusal is a refusal and not a page that is not found. */
const parameters: Record<string, string> = {};

beforeAll(async () => {
  house = await testHouse('2026-11-23T09:00:00+08:00');
  const { sql } = house.house;
  for (const role of ROLES)
    await sql.query(
      `insert into app_user (login, name, org_code, department_code, roles, status, must_change_password, sort)
       values ($1, $2, '341523', '341523-TAX1', $3::text[], 'ACTIVE', false, 9999)`,
      [person(role), role, [role]],
    );
  await sql.query('update org_version set version = version + 1');
  const demand = await walk(house);
  const task = await demand.open('dispatch-demand');
  Object.assign(parameters, { number: demand.number, id: task.id, login: 'pengqingming', year: '2026' });
});
afterAll(() => house?.stop());

const pathOf = (route: Route) => route.path.replace(/:(\w+)/g, (_, name: string) => parameters[name] ?? 'x');
const named = (route: Route) => `${route.method.toUpperCase()} ${route.path}`;

interface Answer {
  status: number;
  location: string | null;
  text: string;
}

const sessions = new Map<string, string>();
async function askPage(route: Route, login: string | undefined): Promise<Answer> {
  const { house: inside } = house;
  const { sql, clock, ids } = inside;
  const known = login && sessions.get(login);
  const token = login && (known || (await openSession({ sql, clock, ids }, login, { ip: '::1', userAgent: 'test' })));
  // What is posted may end the session; what is only looked at does not.
  if (login && token) route.method === 'get' ? sessions.set(login, token) : sessions.delete(login);
  const csrf = csrfToken(inside.secret, token ? sessionIdOf(token) : 'anonymous');
  return ask(house.address + pathOf(route), route, {
    ...(token ? { cookie: `suying_session=${token}` } : {}),
    ...(route.method === 'get' ? {} : { 'content-type': 'application/x-www-form-urlencoded', 'x-csrf-token': csrf }),
  });
}

const tokens = new Map<string, string>();
async function tokenOf(login: string): Promise<string> {
  const { sql, clock, ids } = house.house;
  const token = tokens.get(login) ?? (await createToken({ sql, clock, ids }, login, { name: '测试', days: 1 })).token;
  tokens.set(login, token);
  return token;
}

async function askApi(route: Route, login: string | undefined): Promise<Answer> {
  const token = login ? await tokenOf(login) : undefined;
  return ask(`${house.address}/api/v1${pathOf(route)}`, route, {
    ...(token ? { authorization: `Bearer ${token}` } : {}),
    ...(['post', 'put'].includes(route.method) ? { 'content-type': 'application/json' } : {}),
  });
}

async function ask(url: string, route: Route, headers: Record<string, string>): Promise<Answer> {
  const json = headers['content-type'] === 'application/json';
  const response = await fetch(url, {
    method: route.method.toUpperCase(),
    redirect: 'manual',
    headers,
    ...(headers['content-type'] ? { body: json ? '{}' : '' } : {}),
    signal: AbortSignal.timeout(30_000),
  });
  return { status: response.status, location: response.headers.get('location'), text: await response.text() };
}

/** Refused for lack of a permission, not because of what stands behind the route. */
const refused = ({ status, text }: Answer) => status === 403 && text.includes('你的岗位不能做这件事');

async function expectTable(
  routes: readonly Route[],
  asking: (route: Route, login: string) => Promise<Answer>,
): Promise<void> {
  const wrong: string[] = [];
  for (const role of ROLES) {
    const actor = { kind: 'user', login: person(role), roles: [role] } as unknown as Actor;
    for (const route of routes) {
      const answer = await asking(route, person(role));
      const open = route.permission === 'public' || may(actor, route.permission as Permission);
      if (answer.status >= 500) wrong.push(`${role} ${named(route)}: ${answer.status} ${answer.text.slice(0, 200)}`);
      else if (answer.status === 401) wrong.push(`${role} ${named(route)}: not recognised`);
      else if (refused(answer) === open)
        wrong.push(`${role} ${named(route)}: ${open ? 'refused' : `opened (${answer.status})`}`);
    }
  }
  expect(wrong).toEqual([]);
}

describe('pages', () => {
  const routes = () => pageRoutes(house.house);

  test('every route declares a permission and says its scope', () => {
    for (const route of routes()) {
      expect({ route: named(route), permission: typeof route.permission }).toEqual({
        route: named(route),
        permission: 'string',
      });
      expect({ route: named(route), scope: route.scope !== '' }).toEqual({ route: named(route), scope: true });
    }
  });

  test('no path is declared twice', () => {
    const names = routes().map(named);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  test('for every role', () => expectTable(routes(), askPage), 300_000);

  test('for nobody: to the sign-in, and back after it', async () => {
    const wrong: string[] = [];
    for (const route of routes().filter((item) => item.permission !== 'public')) {
      const answer = await askPage(route, undefined);
      if (answer.status !== 303 || !answer.location?.startsWith('/login'))
        wrong.push(`${named(route)}: ${answer.status} ${answer.location}`);
    }
    expect(wrong).toEqual([]);
  }, 120_000);
});

describe('API', () => {
  const routes = () => apiRoutes(house.house);
  test('for every role', () => expectTable(routes(), askApi), 300_000);

  test('for nobody: 401', async () => {
    for (const route of routes().filter((item) => item.permission !== 'public'))
      expect({ route: named(route), ...(await askApi(route, undefined)) }).toMatchObject({
        route: named(route),
        status: 401,
      });
  });
});
