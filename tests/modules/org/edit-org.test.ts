import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import { type Actor, SYSTEM_ACTOR } from '../../../src/kernel/actor.ts';
import { AdjustableClock, shanghaiDate } from '../../../src/kernel/clock.ts';
import { randomIds } from '../../../src/kernel/ids.ts';
import { readTimeline, verifyAll } from '../../../src/modules/history/index.ts';
import {
  changePosts,
  changeRoles,
  createDelegation,
  createUser,
  type DelegationInput,
  disableUser,
  enableUser,
  endDelegation,
  listDelegations,
  loadDirectory,
  type OrgWork,
  orgVersion,
  roleProblems,
  seedOrg,
} from '../../../src/modules/org/index.ts';
import { testDatabase } from '../../support/database.ts';
import { seededDirectory, seededOrg } from '../../support/organisation.ts';

const seeded = seededDirectory();
const as = (login: string): Actor => {
  const user = seeded.user(login)!;
  return {
    ...SYSTEM_ACTOR,
    kind: 'user',
    login,
    name: user.name,
    orgCode: user.orgCode,
    departments: seeded.departmentsOfUser(login),
    roles: user.roles as Actor['roles'],
  };
};
const admin = as('huadongzhi');

describe('editing the organisation', () => {
  let db: OpenDatabase;
  const clock = new AdjustableClock('2026-11-24T01:00:00Z');
  const ids = randomIds(() => clock.now().getTime());
  const date = () => shanghaiDate(clock.now());
  const directory = () => loadDirectory(db.database, date());
  const act = async <T>(actor: Actor, run: (work: OrgWork) => Promise<T>): Promise<T> => {
    const people = await directory();
    return db.em().transactional((em) => run({ em: em as OrgWork['em'], actor, clock, ids, directory: people }));
  };
  const problemsOf = async (promise: Promise<unknown>): Promise<string[]> => {
    const error: any = await promise.then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error?.code).toBe('Invalid');
    return error.problems.map(
      (problem: { pointer: string; message: string }) => `${problem.pointer} ${problem.message}`,
    );
  };

  beforeAll(async () => {
    db = await testDatabase();
    await db.database.transaction((tx) => seedOrg(tx, seededOrg(), { passwordHash: null }));
  });
  afterAll(() => db.close());

  describe('delegation', () => {
    const input = (over: Partial<DelegationInput> = {}): DelegationInput => ({
      delegate: 'fandongzhi',
      scope: ['TASKS'],
      from: '2026-11-25',
      to: '2026-11-27',
      reason: '公出',
      ...over,
    });
    const delegate = (over: Partial<DelegationInput> = {}, login = 'lulidong') =>
      act(as(login), (work) => createDelegation(work, input(over)));

    test('a delegation works on its days, is on record, raises the version, and can be taken back', async () => {
      const before = await orgVersion(db.database);
      const made = await delegate();
      expect(await orgVersion(db.database)).toBe(before + 1);
      expect((await directory()).delegationsFrom('lulidong', '2026-11-27', 'TASKS')).toHaveLength(1);
      expect((await directory()).delegationsFrom('lulidong', '2026-11-28', 'TASKS')).toHaveLength(0);
      expect(await listDelegations(db.database, { login: 'fandongzhi', date: '2026-11-24' })).toMatchObject([
        { id: made.id, state: 'COMING', principalName: seeded.user('lulidong')!.name, createdBy: 'lulidong' },
      ]);
      const states = async (day: string) =>
        (await listDelegations(db.database, { login: 'lulidong', date: day })).map((item) => item.state);
      expect(await states('2026-11-25')).toEqual(['CURRENT']);
      expect(await states('2026-11-28')).toEqual(['EXPIRED']);
      await act(as('lulidong'), (work) => endDelegation(work, made.id));
      expect(await states('2026-11-25')).toEqual(['REVOKED']);
      expect((await directory()).delegationsFrom('lulidong', '2026-11-25')).toEqual([]);
      const events = await readTimeline(db.database, 'org', '341523');
      expect(events.map((event) => [event.type, event.actor])).toEqual([
        ['delegation.created', 'lulidong'],
        ['delegation.revoked', 'lulidong'],
      ]);
      await expect(act(as('lulidong'), (work) => endDelegation(work, made.id))).rejects.toThrow('已经收回');
    });

    test.each<[string, Partial<DelegationInput>, string[]]>([
      [
        'it ends before it starts',
        { from: '2026-11-27', to: '2026-11-25' },
        ['/to 结束日期早于开始日期，请对调或改一个。'],
      ],
      [
        'it starts in the past',
        { from: '2026-11-23' },
        ['/from 开始日期已经过去，代理不能补设。最早从今天（2026-11-24）开始。'],
      ],
      [
        'a day does not exist',
        { from: '2026-02-30', to: 'x' },
        ['/from “2026-02-30”不是日期，请写成 2026-11-24 的样子。', '/to “x”不是日期，请写成 2026-11-24 的样子。'],
      ],
      ['it is longer than a year', { to: '2027-11-26' }, ['/to 一次最多代理一年；更久的请调整岗位。']],
      ['it is to oneself', { delegate: 'lulidong' }, ['/delegate 受托人不能是委托人自己，请另选一位。']],
      ['it is to nobody', { delegate: 'nobody' }, ['/delegate 请从本单位选一位在岗的受托人。']],
      [
        'it is to another bureau',
        { delegate: 'zhaolichun' },
        ['/delegate 赵立春不是本单位的人。代理只能委托给本单位在岗人员。'],
      ],
      ['no scope is named', { scope: [] }, ['/scope 请选代理范围。']],
      ['a scope is unknown', { scope: ['TASKS', 'toString'] }, ['/scope/1 没有“toString”这个范围，请从列表里选。']],
      ['no reason is given', { reason: ' ' }, ['/reason 请写明原因，例如“公出”。']],
      [
        'the post is not held',
        { principalPost: '341523-CHIEF' },
        ['/principalPost 委托人不在这个岗位上，请重新选岗位。'],
      ],
    ])('is refused when %s', async (_, over, problems) => {
      expect(await problemsOf(delegate(over))).toEqual(problems);
    });

    test('everything wrong is said at once', async () => {
      const problems = await problemsOf(delegate({ delegate: 'lulidong', scope: [], from: 'x', to: 'y', reason: '' }));
      expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
        '/delegate',
        '/scope',
        '/from',
        '/to',
        '/reason',
      ]);
    });

    test('the same matter is not delegated twice, other matters and other days are', async () => {
      const first = await delegate();
      expect(await problemsOf(delegate({ delegate: 'panlichun', from: '2026-11-27', to: '2026-12-31' }))).toEqual([
        `/from 期间与已有授权 11月25日–11月27日（受托人 ${seeded.user('fandongzhi')!.name}）重叠。请改期间、改范围，或先收回那一项。`,
      ]);
      expect(await problemsOf(delegate({ scope: ['ALL'] }))).toHaveLength(1);
      const second = await delegate({ scope: ['SUPERVISION_RECEIPT'] });
      const third = await delegate({ from: '2026-11-28', to: '2026-11-30' });
      for (const made of [first, second, third]) await act(as('lulidong'), (work) => endDelegation(work, made.id));
    });

    test('who is away cannot be a delegate: delegations do not chain', async () => {
      const first = await delegate();
      expect(await problemsOf(delegate({ delegate: 'lulidong' }, 'panlichun'))).toEqual([
        expect.stringMatching(/^\/delegate .*11月25日–11月27日 已委托给.*不能再转委托/),
      ]);
      await act(as('lulidong'), (work) => endDelegation(work, first.id));
    });

    test('two set at the same moment do not both stand', async () => {
      const outcomes = await Promise.allSettled([delegate(), delegate({ delegate: 'panlichun' })]);
      expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected']);
      const [current] = (await listDelegations(db.database, { login: 'lulidong', date: date() })).filter(
        (item) => item.state === 'COMING',
      );
      await act(as('lulidong'), (work) => endDelegation(work, current!.id));
    });

    test('guards of the system neither lend nor borrow', async () => {
      expect(await problemsOf(delegate({ delegate: 'jinqingming' }, 'zhaolichun'))).toEqual([
        expect.stringContaining('金清明是三员'),
      ]);
      expect(await problemsOf(delegate({ delegate: 'chuxiaohan' }, 'huadongzhi'))).toEqual([
        expect.stringContaining('/principal 华冬至是三员岗位'),
      ]);
    });

    test('an administrator sets and ends it for somebody, a colleague does not', async () => {
      await expect(delegate({ principal: 'lulidong', delegate: 'panlichun' }, 'fandongzhi')).rejects.toThrow(
        '只能设置自己的代理',
      );
      const made = await act(admin, (work) => createDelegation(work, input({ principal: 'lulidong' })));
      await expect(act(as('panlichun'), (work) => endDelegation(work, made.id))).rejects.toThrow('没有找到这项代理');
      await act(admin, (work) => endDelegation(work, made.id));
      const [expired] = await listDelegations(db.database, { login: 'jiangyushui', date: date() });
      await expect(act(admin, (work) => endDelegation(work, expired!.id))).rejects.toThrow('已于 2026-10-23 到期');
    });
  });

  describe('users', () => {
    const reason = '调离';

    test('disabling and enabling is on record and takes effect in the directory', async () => {
      await act(admin, (work) => disableUser(work, 'pengqingming', { reason, openTasks: 0 }));
      expect((await directory()).activeUser('pengqingming')).toBeUndefined();
      await expect(act(admin, (work) => disableUser(work, 'pengqingming', { reason, openTasks: 0 }))).rejects.toThrow(
        '已经停用',
      );
      await act(admin, (work) => enableUser(work, 'pengqingming', { reason: '复职' }));
      expect((await directory()).activeUser('pengqingming')).toBeDefined();
      await expect(act(admin, (work) => enableUser(work, 'pengqingming', { reason }))).rejects.toThrow('没有停用');
      expect(
        (await readTimeline(db.database, 'user', 'pengqingming')).map((event) => [event.type, event.payload]),
      ).toEqual([
        ['user.disabled', { reason }],
        ['user.enabled', { reason: '复职' }],
      ]);
    });

    test.each<[string, Actor, string, { reason: string; openTasks: number }, string]>([
      [
        'somebody who is no administrator asks',
        as('zhaolichun'),
        'lulidong',
        { reason, openTasks: 0 },
        '由系统管理员维护',
      ],
      ['nobody is meant', admin, 'nobody', { reason, openTasks: 0 }, '没有用户“nobody”'],
      ['work is left', admin, 'lulidong', { reason, openTasks: 4 }, '名下还有 4 件在办，请先移交'],
      ['it is the own account', admin, 'huadongzhi', { reason, openTasks: 0 }, '不能停用自己的账号'],
      ['no reason is given', admin, 'lulidong', { reason: ' ', openTasks: 0 }, '请写明原因'],
      ['it is the last administrator', SYSTEM_ACTOR, 'huadongzhi', { reason, openTasks: 0 }, '最后一位系统管理员'],
    ])('disabling is refused when %s', async (_, actor, login, input, message) => {
      await expect(act(actor, (work) => disableUser(work, login, input))).rejects.toThrow(message);
    });

    test.each<[string[], string | undefined]>([
      [['HANDLER', 'REGISTRAR', 'DEPARTMENT_HEAD'], undefined],
      [['DEPARTMENT_HEAD', 'AUDITOR'], undefined],
      [['SYSTEM_ADMIN'], undefined],
      [[], '请至少选一个角色'],
      [['BOSS'], '没有“BOSS”这个角色'],
      [['SYSTEM_ADMIN', 'AUDITOR'], '三员分立'],
      [['PROCESS_ADMIN', 'HANDLER'], '不能兼任业务角色'],
      [['AUDITOR', 'HANDLER'], '审计员不能兼任'],
    ])('roles %j', (roles, message) => {
      expect(roleProblems(roles).map((problem) => problem.message)).toEqual(
        message ? [expect.stringContaining(message)] : [],
      );
    });

    test('every role set of the seeded organisation keeps to the separation', () => {
      expect(seeded.data.users.filter((user) => roleProblems(user.roles).length > 0)).toEqual([]);
    });

    test('roles are replaced, and the last administrator stays one', async () => {
      await act(admin, (work) => changeRoles(work, 'pengqingming', { roles: ['HANDLER'], reason: '轮岗' }));
      expect((await directory()).user('pengqingming')!.roles).toEqual(['HANDLER']);
      await expect(
        act(admin, (work) => changeRoles(work, 'huadongzhi', { roles: ['HANDLER'], reason: '轮岗' })),
      ).rejects.toThrow('最后一位系统管理员');
    });

    test('a new person is entered with everything checked at once', async () => {
      const fresh = {
        login: 'newadmin',
        name: '新某',
        orgCode: '341500',
        departmentCode: '341500-IT',
        roles: ['SYSTEM_ADMIN'],
      };
      await act(admin, (work) => createUser(work, fresh));
      expect((await directory()).activeUser('newadmin')).toMatchObject({ roles: ['SYSTEM_ADMIN'], posts: [] });
      expect(
        await problemsOf(
          act(admin, (work) =>
            createUser(work, { ...fresh, login: 'Bad Name', name: '', departmentCode: '341523-HALL', roles: [] }),
          ),
        ),
      ).toHaveLength(4);
      expect(await problemsOf(act(admin, (work) => createUser(work, fresh)))).toEqual([
        '/login 用户名“newadmin”已经有人用了，请换一个。',
      ]);
    });
  });

  describe('posts', () => {
    const head = '341500-RET-HEAD';

    test('a post passes from one to the other on a day, and the past stays as it was', async () => {
      const taken = act(admin, (work) => changePosts(work, 'sunbailu', { posts: [head], reason: '轮岗' }));
      expect(await problemsOf(taken)).toEqual([
        expect.stringContaining('现由褚小寒担任。请先变动褚小寒的岗位，再安排孙白露。'),
      ]);
      await act(admin, (work) =>
        changePosts(work, 'chuxiaohan', { posts: ['341500-PBT-HEAD'], from: '2026-12-01', reason: '轮岗' }),
      );
      await act(admin, (work) =>
        changePosts(work, 'sunbailu', { posts: ['341500-DEPUTY2', head], from: '2026-12-01', reason: '轮岗' }),
      );
      const holder = async (day: string) => (await loadDirectory(db.database, day)).holderOf(head, day)?.login;
      expect(await holder('2026-11-30')).toBe('chuxiaohan');
      expect(await holder('2026-12-01')).toBe('sunbailu');
      const after = await loadDirectory(db.database, '2026-12-01');
      expect(after.departmentsOfUser('chuxiaohan')).toEqual(['341500-PBT']);
      expect((await readTimeline(db.database, 'user', 'sunbailu')).at(-1)).toMatchObject({
        type: 'user.posts-changed',
        payload: { entered: [head], left: [], from: '2026-12-01' },
      });
    });

    test('what is undone before it begins leaves no trace in the posts', async () => {
      await act(admin, (work) =>
        changePosts(work, 'sunbailu', { posts: ['341500-DEPUTY2'], from: '2026-12-01', reason: '取消' }),
      );
      await act(admin, (work) =>
        changePosts(work, 'chuxiaohan', { posts: ['341500-PBT-HEAD', head], from: '2026-12-01', reason: '取消' }),
      );
      expect((await loadDirectory(db.database, '2026-12-01')).holderOf(head, '2026-12-01')?.login).toBe('chuxiaohan');
    });

    test('a vacant post is filled', async () => {
      expect((await directory()).isVacant('341523-DEPUTY4', date())).toBe(true);
      await act(admin, (work) =>
        changePosts(work, 'pengqingming', {
          posts: ['341523-DEPUTY4'],
          departmentCode: '341523-LEADERS',
          reason: '任职',
        }),
      );
      expect((await directory()).holderOf('341523-DEPUTY4', date())?.login).toBe('pengqingming');
      expect((await directory()).user('pengqingming')!.departmentCode).toBe('341523-LEADERS');
    });

    test('a post of somebody disabled can be given to another', async () => {
      const post = seeded.user('lulidong')!.posts[0]!;
      await act(admin, (work) => disableUser(work, 'lulidong', { reason: '退休', openTasks: 0 }));
      await act(admin, (work) =>
        changePosts(work, 'fandongzhi', { posts: [...seeded.user('fandongzhi')!.posts, post], reason: '接任' }),
      );
      expect((await directory()).holderOf(post, date())?.login).toBe('fandongzhi');
    });

    test('everything wrong is said at once', async () => {
      const problems = await problemsOf(
        act(admin, (work) =>
          changePosts(work, 'sunbailu', {
            posts: ['nothing', '341523-CHIEF'],
            departmentCode: '341523-HALL',
            from: '2026-11-23',
            reason: '',
          }),
        ),
      );
      expect(problems.map((problem) => problem.split(' ')[0])).toEqual([
        '/reason',
        '/from',
        '/departmentCode',
        '/posts/0',
        '/posts/1',
      ]);
    });
  });

  test('all of it left an unbroken history', async () => {
    expect((await verifyAll(db.database)).breaks).toEqual([]);
  });
});
