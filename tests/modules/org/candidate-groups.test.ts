import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { candidateGroups, emptyPlaces, type OrgData, OrgDirectory } from '../../../src/modules/org/index.ts';

const data = JSON.parse(readFileSync(join(import.meta.dirname, '../../../data/org.json'), 'utf8')) as OrgData;
const DAY = '2026-11-23';

test('every group of the list is known and has people in the organisation as it ships', () => {
  const directory = new OrgDirectory(data);
  expect(candidateGroups().map(({ token }) => [token, emptyPlaces(directory, token, DAY)])).toEqual(
    candidateGroups().map(({ token }) => [token, []]),
  );
  expect(new Set(candidateGroups().map((group) => group.title)).size).toBe(candidateGroups().length);
});

test.each([
  ['everybody', undefined],
  ['department:nowhere', undefined],
  ['department:341523-TAX2', []],
  // The prefix of an expression: which department, the process says.
  ['department:', []],
])('%s is empty in %j', (token, places) => {
  expect(emptyPlaces(new OrgDirectory(data), token, DAY)).toEqual(places);
});

test('where a desk or a department has nobody in office, it is named', () => {
  const away = (login: string) => ['fandongzhi', 'xibailu'].includes(login);
  const directory = new OrgDirectory({
    ...data,
    users: data.users.map((user) =>
      (user.orgCode === '341523' && user.roles.includes('DEMAND_DESK')) || away(user.login)
        ? { ...user, status: 'DISABLED' }
        : user,
    ) as OrgData['users'],
  });
  expect(emptyPlaces(directory, 'tax-service', DAY)).toEqual(['舒城县税务局']);
  expect(emptyPlaces(directory, 'host-department', DAY)).toContain('舒城县税务局纳税服务股');
});
