import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import { type Actor, ROLES, type Role } from '../../../src/kernel/actor.ts';
import {
  actorOf,
  canSeeDemand,
  demandScopeSql,
  demandView,
  may,
  PERMISSIONS,
  type Permission,
  permissionsOfRoles,
  permissionTitle,
  requirePermission,
  type ScopedDemand,
  scopeOf,
} from '../../../src/modules/access/index.ts';
import { OrgDirectory } from '../../../src/modules/org/index.ts';
import { testDatabase } from '../../support/database.ts';
import { seededDirectory, seededOrg } from '../../support/organisation.ts';

const directory = seededDirectory();
const as = (login: string): Actor => actorOf(directory, login)!;
const withRoles = (...roles: Role[]): Actor => ({ ...as('lulidong'), roles });

const demand = (over: Partial<ScopedDemand> = {}): ScopedDemand => ({
  orgCode: '341523',
  hostOrgCode: '341523',
  hostDepartment: '341523-TAX1',
  registeringDepartment: '341523-HALL',
  coDepartments: [],
  receivingOfficer: 'somebody',
  restricted: false,
  confidential: false,
  reportedDepartment: null,
  recusedLogins: [],
  legalDepartments: [],
  involved: [],
  ...over,
});

describe('R31: permissions', () => {
  const names = Object.keys(PERMISSIONS) as Permission[];

  test('三员分立: nobody who guards the system sees demands, and the auditor only reads', () => {
    const business = names.filter((name) => /^(demand|task|extension|visit|statistics)\./.test(name));
    for (const name of business) {
      expect(may(withRoles('PROCESS_ADMIN'), name)).toBe(false);
      expect(may(withRoles('SYSTEM_ADMIN'), name)).toBe(false);
    }
    const auditor = permissionsOfRoles(['AUDITOR']).filter((name) => !/\.(read|verify)$/.test(name));
    expect(auditor).toEqual(['account.own']);
  });

  test('several roles are the union', () => {
    fc.assert(
      fc.property(fc.subarray([...ROLES]), fc.subarray([...ROLES]), (a, b) => {
        const union = new Set([...permissionsOfRoles(a), ...permissionsOfRoles(b)]);
        expect(new Set(permissionsOfRoles([...a, ...b]))).toEqual(union);
      }),
    );
  });

  test('every permission has a title and somebody who holds it', () => {
    for (const name of names) {
      expect(permissionTitle(name)).toMatch(/\p{Script=Han}/u);
      expect(directory.data.users.some((user) => may(as(user.login), name))).toBe(true);
    }
  });

  test('a refusal says what is missing and who can help', () => {
    expect(() => requirePermission(withRoles('HANDLER'), 'demand.dispatch')).toThrow(
      '你的岗位不能做这件事（派单）。可以办理的岗位：纳服专岗。需要权限的，请联系本单位系统管理员。',
    );
  });

  test('a token narrows what its owner may do and never widens it', () => {
    const narrowed = (...scopes: Permission[]) => actorOf(directory, 'lulidong', undefined, { tokenScopes: scopes })!;
    expect(may(narrowed('demand.read'), 'demand.read')).toBe(true);
    expect(may(narrowed('demand.read'), 'demand.register')).toBe(false);
    expect(may(narrowed('org.edit'), 'org.edit')).toBe(false);
    expect(() => requirePermission(narrowed('demand.read'), 'demand.register')).toThrow(
      '这个访问令牌没有“登记诉求”的权限',
    );
  });
});

describe('who acts', () => {
  test('an actor has the departments of home and posts', () => {
    expect(as('chuxiaohan')).toMatchObject({ bureauLevel: 'CITY', departmentCode: '341500-PBT', name: '褚小寒' });
    expect([...as('chuxiaohan').departments].sort()).toEqual(['341500-PBT', '341500-RET']);
    expect(actorOf(directory, 'nobody')).toBeUndefined();
  });

  test('somebody disabled does not act', () => {
    const data = seededOrg();
    data.users.find((user) => user.login === 'lulidong')!.status = 'DISABLED';
    expect(actorOf(new OrgDirectory(data), 'lulidong')).toBeUndefined();
  });

  test('a delegate has what the delegation lends, on its days only', () => {
    const on = (date: string) =>
      actorOf(directory, 'zhouqingming', undefined, { onBehalfOf: { login: 'sunbailu', date } });
    expect(on('2026-11-20')).toMatchObject({
      login: 'zhouqingming',
      onBehalfOf: { login: 'sunbailu', name: '孙白露' },
    });
    expect(may(on('2026-11-20')!, 'extension.approve')).toBe(true);
    expect(on('2026-11-20')!.departments).toEqual(as('zhouqingming').departments);
    expect(() => on('2026-11-28')).toThrow('你现在没有代 孙白露 办理的授权');
    expect(() =>
      actorOf(directory, 'lulidong', undefined, { onBehalfOf: { login: 'sunbailu', date: '2026-11-20' } }),
    ).toThrow('没有代 孙白露');
  });

  test('guarding and auditing are never lent', () => {
    const data = seededOrg();
    data.users.find((user) => user.login === 'huadongzhi')!.roles = ['SYSTEM_ADMIN', 'HANDLER'];
    data.delegations = [
      {
        id: 'x',
        principalPost: null,
        principal: 'huadongzhi',
        delegate: 'chuxiaohan',
        mode: 'AB_POST',
        scope: ['ALL'],
        from: '2026-11-01',
        to: '2026-11-30',
        reason: '公出',
      },
    ];
    const actor = actorOf(new OrgDirectory(data), 'chuxiaohan', undefined, {
      onBehalfOf: { login: 'huadongzhi', date: '2026-11-20' },
    })!;
    expect(actor.roles).not.toContain('SYSTEM_ADMIN');
    expect(actor.departments).toContain('341500-IT');
  });
});

describe('R31: data scope', () => {
  test.each<[string, DemandViewCase]>([
    ['the city desk sees every bureau', { login: 'shixiaoshu', demand: demand(), view: 'CONTENT' }],
    ['the chief of the city too', { login: 'zhaolichun', demand: demand(), view: 'CONTENT' }],
    ['a county desk sees its own', { login: 'fandongzhi', demand: demand(), view: 'CONTENT' }],
    [
      'and not that of another county',
      { login: 'fandongzhi', demand: demand({ orgCode: '341524', hostOrgCode: '341524' }), view: 'NONE' },
    ],
    [
      'but what was passed on to it',
      { login: 'fandongzhi', demand: demand({ orgCode: '341524', hostOrgCode: '341523' }), view: 'CONTENT' },
    ],
    [
      'the process administrator sees none',
      { login: 'jinqingming', demand: demand({ hostDepartment: '341500-TPS' }), view: 'NONE' },
    ],
    [
      'the system administrator sees none',
      { login: 'huadongzhi', demand: demand({ hostDepartment: '341500-IT' }), view: 'NONE' },
    ],
    [
      'the auditor sees all',
      { login: 'weidashu', demand: demand({ restricted: true, reportedDepartment: '341500-AUDIT' }), view: 'CONTENT' },
    ],
    [
      'the desk keeps a restricted one in the ledger only',
      { login: 'fandongzhi', demand: demand({ restricted: true }), view: 'LEDGER' },
    ],
    [
      'the chief does not see a restricted one',
      { login: 'zhaolichun', demand: demand({ restricted: true }), view: 'NONE' },
    ],
    [
      'unless a task is his',
      { login: 'zhaolichun', demand: demand({ restricted: true }), task: true, view: 'CONTENT' },
    ],
    [
      'a confidential one is not for the whole bureau',
      { login: 'zhaolichun', demand: demand({ confidential: true }), view: 'NONE' },
    ],
    ['but for the desk', { login: 'fandongzhi', demand: demand({ confidential: true }), view: 'CONTENT' }],
    [
      'who is recused sees nothing, task or not',
      { login: 'zhaolichun', demand: demand({ recusedLogins: ['zhaolichun'] }), task: true, view: 'NONE' },
    ],
  ])('%s', (_, { login, demand: item, task, view }) => {
    expect(demandView(as(login), item, task ?? false)).toBe(view);
  });

  test('a handler sees what the departments registered, host or co-handle, and what a task gives', () => {
    const handler = as('chuxiaohan');
    const elsewhere = { registeringDepartment: '341500-HALL', hostDepartment: null };
    expect(demandView(handler, demand(elsewhere), false)).toBe('NONE');
    expect(demandView(handler, demand(elsewhere), true)).toBe('CONTENT');
    expect(demandView(handler, demand({ ...elsewhere, hostDepartment: '341500-RET' }), false)).toBe('CONTENT');
    expect(demandView(handler, demand({ ...elsewhere, coDepartments: ['x', '341500-PBT'] }), false)).toBe('CONTENT');
    expect(demandView(handler, demand({ ...elsewhere, receivingOfficer: 'chuxiaohan' }), false)).toBe('CONTENT');
    expect(demandView(handler, demand({ registeringDepartment: '341500-PBT' }), false)).toBe('CONTENT');
  });

  test('the department complained of sees nothing of it', () => {
    const about = demand({
      reportedDepartment: '341500-RET',
      hostDepartment: '341500-RET',
      receivingOfficer: 'chuxiaohan',
    });
    expect(demandView(as('chuxiaohan'), about, false)).toBe('NONE');
    expect(demandView(as('chuxiaohan'), about, true)).toBe('NONE');
  });

  test('the scope in words', () => {
    expect(scopeOf(as('zhaolichun'))).toEqual({ kind: 'city' });
    expect(scopeOf(as('fandongzhi'))).toEqual({ kind: 'bureau', orgCode: '341523' });
    expect(scopeOf(as('chuxiaohan'))).toMatchObject({ kind: 'departments' });
    expect(scopeOf(as('huadongzhi'))).toEqual({ kind: 'none' });
  });
});

interface DemandViewCase {
  login: string;
  demand: ScopedDemand;
  task?: boolean;
  view: 'CONTENT' | 'LEDGER' | 'NONE';
}

describe('the scope in SQL', () => {
  let db: OpenDatabase;
  beforeAll(async () => {
    db = await testDatabase();
  });
  afterAll(() => db.close());

  const bureaus = ['341500', '341523', '341524'];
  const departments = ['341500-TPS', '341523-TAX1', '341523-HALL', '341524-TAX1'];
  const logins = ['a', 'b', 'c'];
  const generatedDemand: fc.Arbitrary<ScopedDemand & { open: string[]; done: string | null }> = fc.record({
    orgCode: fc.constantFrom(...bureaus),
    hostOrgCode: fc.constantFrom(...bureaus),
    hostDepartment: fc.option(fc.constantFrom(...departments)),
    registeringDepartment: fc.constantFrom(...departments),
    coDepartments: fc.subarray(departments),
    receivingOfficer: fc.constantFrom(...logins),
    restricted: fc.boolean(),
    confidential: fc.boolean(),
    reportedDepartment: fc.option(fc.constantFrom(...departments), { freq: 2 }),
    recusedLogins: fc.subarray(logins, { maxLength: 1 }),
    legalRoute: fc.option(
      fc.constantFrom('DISCIPLINE_CLUE', 'TAX_VIOLATION_REPORT', 'RECONSIDERATION', 'SERVICE_COMPLAINT'),
    ),
    legalDepartments: fc.subarray(departments, { maxLength: 2 }),
    involved: fc.subarray([...departments, ...bureaus], { maxLength: 2 }),
    open: fc.subarray(logins, { maxLength: 1 }),
    done: fc.option(fc.constantFrom(...logins), { freq: 2 }),
  });
  const generatedActor: fc.Arbitrary<Actor> = fc.record({
    kind: fc.constant('user' as const),
    login: fc.constantFrom(...logins),
    name: fc.constant('某'),
    orgCode: fc.constantFrom(...bureaus),
    bureauLevel: fc.constantFrom('CITY' as const, 'COUNTY' as const),
    departmentCode: fc.constantFrom(...departments),
    departments: fc.subarray(departments),
    posts: fc.constant([]),
    roles: fc.subarray([...ROLES], { maxLength: 3 }),
  });

  /** One row per demand, one task where somebody has one. */
  async function store(demands: readonly (ScopedDemand & { open: string[]; done: string | null })[]) {
    await db.database.query('delete from task');
    // The ledger refuses deletion; this database is the test's own.
    await db.database.transaction(async (tx) => {
      await tx.query('set local session_replication_role = replica');
      await tx.query('delete from demand_search');
      await tx.query('delete from demand');
    });
    const rows = demands.map((item, n) => ({ ...item, id: `d${n}` }));
    await db.database.query(
      `insert into demand (id, number, tracking_code, status, org_code, host_org_code, host_department, registering_department, co_departments,
         receiving_officer, receiving_officer_name, channel, received_at, registered_at, taxpayer_name, taxpayer_type, category, title, content, intake_choice,
         restricted, confidential, reported_department, recused_logins, legal_route, legal_departments, involved)
       select id, id, id, 'HANDLING', "orgCode", "hostOrgCode", "hostDepartment", "registeringDepartment", array(select jsonb_array_elements_text("coDepartments")),
         "receivingOfficer", '某', 'OTHER', now(), now(), '某', 'PERSON', 'OTHER', '题', '文', 'COMPLEX',
         restricted, confidential, "reportedDepartment", array(select jsonb_array_elements_text("recusedLogins")), "legalRoute", array(select jsonb_array_elements_text("legalDepartments")),
         array(select jsonb_array_elements_text(involved))
       from jsonb_to_recordset($1::jsonb) as r(id text, "orgCode" text, "hostOrgCode" text, "hostDepartment" text, "registeringDepartment" text,
         "coDepartments" jsonb, "receivingOfficer" text, restricted boolean, confidential boolean, "reportedDepartment" text, "recusedLogins" jsonb, "legalRoute" text, "legalDepartments" jsonb, involved jsonb)`,
      [JSON.stringify(rows)],
    );
    await db.database.query(
      `insert into task (id, job_key, process_instance_key, process_id, process_version, element_id, element_instance_key, title, demand_id, candidates, status, created_at, completed_by)
       select id || '-' || status, id || '-' || status, '1', 'p', 1, 'e', '1', '题', id, array(select jsonb_array_elements_text(candidates)), status, now(), done
       from jsonb_to_recordset($1::jsonb) as r(id text, status text, candidates jsonb, done text)`,
      [
        JSON.stringify(
          rows.flatMap((row) => [
            ...(row.open.length > 0 ? [{ id: row.id, status: 'OPEN', candidates: row.open, done: null }] : []),
            ...(row.done ? [{ id: row.id, status: 'COMPLETED', candidates: logins, done: row.done }] : []),
          ]),
        ),
      ],
    );
  }

  test('lists exactly what may be seen one by one', async () => {
    let seen = 0;
    let hidden = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(generatedDemand, { minLength: 40, maxLength: 40 }),
        fc.array(generatedActor, { minLength: 15, maxLength: 15 }),
        async (demands, actors) => {
          await store(demands);
          for (const actor of actors) {
            const { sql, parameters } = demandScopeSql(actor, 2);
            const rows = await db.database.query<{ id: string }>(
              `select d.id from demand d where d.status = $1 and ${sql}`,
              ['HANDLING', ...parameters],
            );
            const expected = demands.flatMap((item, n) =>
              canSeeDemand(actor, item, item.open.includes(actor.login) || item.done === actor.login) ? [`d${n}`] : [],
            );
            expect(rows.map((row) => row.id).sort()).toEqual([...expected].sort());
            seen += expected.length;
            hidden += demands.length - expected.length;
          }
        },
      ),
      { numRuns: 8 },
    );
    // The law is worth nothing when everything or nothing is seen.
    expect(Math.min(seen, hidden)).toBeGreaterThan(200);
  });
});
