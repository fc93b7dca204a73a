import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ROLES, type Role, SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { may, PERMISSIONS, type Permission } from '../../src/modules/access/index.ts';
import { apiRoutes } from '../../src/web/api/index.ts';
import { pageRoutes } from '../../src/web/pages/index.ts';
import type { Route } from '../../src/web/route.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';
import { Visitor } from '../support/visitor.ts';

/** What must never reach an administrator: name, number and matter of a taxpayer, masked or not. */
const PERSONAL = /曹某某|曹\*\*|199-?0000-?0021|199\*\*\*\*0021|退房|一个半月/;
const GUARDS = { SYSTEM_ADMIN: 'huadongzhi', PROCESS_ADMIN: 'jinqingming', AUDITOR: 'weidashu' } as const;

describe('三员分立: who guards does not act, who runs the system does not see the matter', () => {
  let house: TestHouse;
  let number: string;
  let routes: Route[];
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    const story = scenes(house);
    number = await story.register();
    await story.complete(number, 'dispatch-demand');
    routes = [
      ...pageRoutes(house.house),
      ...apiRoutes(house.house).map((route) => ({ ...route, path: `/api/v1${route.path}` })),
    ];
  });
  afterAll(() => house?.stop());

  const openTo = (role: Role) =>
    routes.filter(
      (route) =>
        route.permission !== 'public' && may({ ...SYSTEM_ACTOR, kind: 'user', roles: [role] }, route.permission),
    );

  test('an auditor may send nothing but what looks after the own account and views, and the order to verify', () => {
    const sends = openTo('AUDITOR').filter((route) => route.method !== 'get' && route.permission !== 'account.own');
    expect(sends.map((route) => `${route.method} ${route.path}`)).toEqual([
      // Filters the auditor keeps for himself, and what of the ledger comes to him every day.
      'post /demands/subscriptions/new',
      'post /demands/subscriptions/:id/end',
      'post /demands/views',
      'post /demands/views/:id/remove',
      'post /audit/verify',
      // The same digests over the API.
      'post /api/v1/subscriptions',
      'delete /api/v1/subscriptions/:id',
    ]);
  });

  test.each(['SYSTEM_ADMIN', 'PROCESS_ADMIN'] as const)(
    '%s has no door to demands, tasks, visits or statistics',
    (role) => {
      const names = Object.keys(PERMISSIONS) as Permission[];
      const held = names.filter((name) => (PERMISSIONS[name] as readonly Role[]).includes(role));
      expect(held.filter((name) => /^(demand|task|extension|visit|statistics|audit|history)\./.test(name))).toEqual([]);
      const doors = openTo(role).map((route) => route.path);
      expect(
        doors.filter((path) => /^(\/api\/v1)?\/(demands|tasks|approvals|dispatch|visits|audit|attachments)/.test(path)),
      ).toEqual([]);
    },
  );

  test('no permission is held by two guards, but reading what is no secret', () => {
    const shared = (Object.keys(PERMISSIONS) as Permission[]).filter(
      (name) => (PERMISSIONS[name] as readonly Role[]).filter((role) => Object.hasOwn(GUARDS, role)).length > 1,
    );
    expect(shared.sort()).toEqual([
      'account.own',
      'admin.read',
      'calendar.read',
      'operations.read',
      'org.read',
      'process.read',
      'rules.read',
    ]);
    expect(ROLES.filter((role) => Object.hasOwn(GUARDS, role))).toHaveLength(3);
  });

  test.each(['SYSTEM_ADMIN', 'PROCESS_ADMIN'] as const)(
    '%s walks every page that opens: nothing of a taxpayer is on it',
    async (role) => {
      const visitor = await Visitor.signIn(house.address, GUARDS[role]);
      const seen: string[] = [];
      for (const route of openTo(role).filter((item) => item.method === 'get' && !item.path.startsWith('/api/'))) {
        const path = route.path
          .replace(':login', 'zhaojingzhe')
          .replace(':department', '341523-TAX1')
          .replace(':formId', 'register-demand')
          .replace(/:id|:key/, route.path.startsWith('/rules') ? 'category-routing' : 'fast-response');
        const page = await visitor.get(path);
        if (page.status >= 500) throw new Error(`${path} answers ${page.status}`);
        // The samples a process is tried with are invented, and this demand was made from one of them.
        const said = page.html.replace(/<select[^>]* name="sample">[\s\S]*?<\/select>/, '');
        expect([path, PERSONAL.test(said)]).toEqual([path, false]);
        if (page.status === 200) seen.push(path);
      }
      expect(seen.length).toBeGreaterThan(8);
    },
  );

  test.each([
    ['huadongzhi', 'SYSTEM_ADMIN'],
    ['jinqingming', 'PROCESS_ADMIN'],
  ])('%s knocking at the doors of the work is refused, on pages and by program', async (login) => {
    const visitor = await Visitor.signIn(house.address, login);
    for (const path of [
      '/demands',
      `/demands/${number}`,
      '/tasks',
      '/dispatch',
      '/approvals',
      '/visits',
      '/audit',
      '/audit/access',
      '/demands/new',
    ])
      expect([path, (await visitor.get(path)).status]).toEqual([path, 403]);
    const program = await house.as(login);
    await expect(program.get(`/demands/${number}`)).rejects.toThrow(/^403/);
  });

  test('an auditor reads a demand masked and changes nothing on it', async () => {
    const auditor = await Visitor.signIn(house.address, GUARDS.AUDITOR);
    const page = await auditor.get(`/demands/${number}`);
    expect(page.status).toBe(200);
    expect(page.html).not.toMatch(/曹某某|199-?0000-?0021/);
    const before = await house.house.sql.query('select count(*)::int as n from history_event where subject_type = $1', [
      'demand',
    ]);
    for (const action of ['void', 'withdraw', 'extension', 'urge'])
      expect([action, (await auditor.post(`/demands/${number}/actions/${action}`, { reason: '试' })).status]).toEqual([
        action,
        expect.any(Number),
      ]);
    expect(
      await house.house.sql.query('select count(*)::int as n from history_event where subject_type = $1', ['demand']),
    ).toEqual(before);
  });
});
