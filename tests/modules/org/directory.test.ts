import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import {
  loadDirectory,
  type OrgData,
  OrgDirectory,
  resolveCandidates,
  seedOrg,
} from '../../../src/modules/org/index.ts';
import { testDatabase } from '../../support/database.ts';

const data = JSON.parse(readFileSync(join(import.meta.dirname, '../../../data/org.json'), 'utf8')) as OrgData;
const directory = new OrgDirectory(data);

describe('R1: organisation in the database', () => {
  let db: OpenDatabase;
  beforeAll(async () => {
    db = await testDatabase();
    await db.database.transaction((tx) => seedOrg(tx, data, { passwordHash: null }));
  });
  afterAll(() => db.close());

  test('what was seeded is read back as it was', async () => {
    const loaded = await loadDirectory(db.database, '2026-11-23');
    const plain = ({ leaders, delegations, vacantPosts, bureaus, departments, posts, users }: OrgData) => ({
      leaders,
      delegations,
      vacantPosts,
      bureaus: bureaus.map(({ code, level, parent }) => [code, level, parent]),
      departments: departments.map(({ code, functions, participates }) => [code, functions, participates]),
      posts: posts.map(({ code, holder }) => [code, holder]),
      users: users.map(({ login, roles, posts: held }) => [login, roles, [...held].sort()]),
    });
    expect(plain(loaded.data)).toEqual(plain(data));
  });

  test('seeding again changes nothing', async () => {
    expect(await db.database.transaction((tx) => seedOrg(tx, data, { passwordHash: null }))).toBe(false);
  });
});

describe('R18: the leader in charge', () => {
  test.each([
    ['341500-PBT', '341500-DEPUTY4'],
    ['341523-TAX1', '341523-DEPUTY2'],
    ['341500-DISC', '341500-CHIEF'],
  ])('%s is under %s', (department, post) => expect(directory.leaderPostFor(department)).toBe(post));

  test('a vacant post has no holder', () => expect(directory.holderOf('341523-DEPUTY4', '2026-11-10')).toBeUndefined());
});

describe('R28: candidates of a diagram’s groups', () => {
  const context = {
    orgCode: '341571',
    hostDepartment: '341571-REV',
    registeringDepartment: '341571-HALL',
    date: '2026-11-23',
  };
  test.each([
    ['tax-service', ['baibailu', 'doudongzhi']],
    ['host-department', ['panyushui']],
    ['registering-department', ['zhangqingming']],
  ])('%s', (token, logins) =>
    expect(resolveCandidates(directory, token, context).candidates.map((c) => c.login)).toEqual(logins),
  );

  test('a recused person leaves the task to tax service', () => {
    const resolved = resolveCandidates(directory, 'host-department', { ...context, recusedLogins: ['panyushui'] });
    expect(resolved).toMatchObject({ candidates: [], unassignable: true });
  });
  test('a delegate takes the principal’s tasks within the period', () => {
    const away = new OrgDirectory({
      ...data,
      delegations: [
        {
          id: 'D',
          principalPost: null,
          principal: 'panyushui',
          delegate: 'sulidong',
          mode: 'AB_POST',
          scope: ['TASKS'],
          from: '2026-11-23',
          to: '2026-11-24',
          reason: '出差',
        },
      ],
    });
    const on = (date: string) => resolveCandidates(away, 'host-department', { ...context, date }).candidates;
    expect(on('2026-11-24')).toContainEqual(
      expect.objectContaining({ login: 'sulidong', via: 'DELEGATE', onBehalfOf: 'panyushui' }),
    );
    expect(on('2026-11-25').map((c) => c.login)).toEqual(['panyushui']);
  });
  test('an unknown group is never lost', () =>
    expect(resolveCandidates(directory, 'nobody', context).unassignable).toBe(true));
});
