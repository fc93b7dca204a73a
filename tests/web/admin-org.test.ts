import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';
import { Visitor } from '../support/visitor.ts';

describe('organisation, people and delegations (P30, P31)', () => {
  let house: TestHouse;
  let admin: Visitor;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    admin = await Visitor.signIn(house.address, 'huadongzhi');
  });
  afterAll(() => house?.stop());

  test('gaps come first: the vacant post, who covers it, departments whose leader is missing', async () => {
    const page = await admin.get('/org?org=341523');
    expect(page.text).toContain('岗位空缺 ：局领导 副局长，2026年9月1日 起，主要领导代行');
    expect(page.text).toContain('收入核算股 副局长 岗位空缺，暂由主要领导审批');
    expect((await admin.get('/admin')).text).toContain('岗位无人：舒城县税务局 1 个（副局长）。');
  });

  test('a county sees its own bureau only, without links to accounts', async () => {
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    const page = await desk.get('/org?org=341500');
    expect(page.text).toContain('组织与岗位：舒城县税务局');
    expect(page.html).not.toContain('/users/');
    expect((await desk.get('/users')).status).toBe(403);
  });

  test('an assignment of a leader closes the gap from its day on', async () => {
    const path = '/org/leaders/341523-REV';
    const bare = await admin.fill(path, path, { postCode: '', from: '2026-11-01', reason: '' });
    expect(bare.status).toBe(422);
    expect(bare.text).toMatch(/有 3 处需要修改/);
    const done = await admin.fill(path, path, { postCode: '341523-DEPUTY1', from: '11-23', reason: '班子分工调整' });
    expect(done.location).toBe('/org?org=341523&ok=leader#leaders');
    expect((await admin.get('/org?org=341523')).text).toContain('收入核算股 苏霜降 副局长');
    const directory = await house.house.directory();
    expect(directory.leaderPostFor('341523-REV')).toBe('341523-DEPUTY1');
  });

  test('a new person gets a password that works once and must be changed', async () => {
    const bad = await admin.fill('/users/new?org=341523', '/users/new', {
      login: 'Lu Li',
      name: '',
      departmentCode: '',
      roles: ['SYSTEM_ADMIN', 'HANDLER'],
    });
    expect(bad.status).toBe(422);
    expect(bad.text).toContain('系统管理员、流程管理员不能兼任业务角色');
    const made = await admin.fill('/users/new?org=341523', '/users/new', {
      login: 'xinlai',
      name: '新来',
      departmentCode: '341523-TAX1',
      roles: ['HANDLER'],
    });
    expect(made.status).toBe(200);
    const password = /class="secret"><strong>([^<]+)</.exec(made.html)![1]!;
    const fresh = await Visitor.signIn(house.address, 'xinlai', password);
    expect((await fresh.get('/tasks')).location).toBe('/me/password');
    expect((await admin.get('/users/xinlai')).text).toContain('一次性密码，下次登录必须改');
    const twice = await admin.fill('/users/new', '/users/new', {
      login: 'xinlai',
      name: '新来',
      departmentCode: '341523-TAX1',
      roles: ['HANDLER'],
    });
    expect(twice.text).toContain('用户名“xinlai”已经有人用了');
  });

  test('two administrators at one person: the second sees that it has changed, nothing is overwritten', async () => {
    const path = '/users/langdashu/roles';
    const before = (await house.house.directory()).user('langdashu')!.roles;
    const stale = await admin.get(path);
    const fields = { roles: ['HANDLER', 'LEGAL_OFFICER'], from: '11-25', reason: '轮岗' };
    expect((await admin.fill(path, path, fields)).status).toBe(303);
    const late = await admin.post(path, { ...stale.hidden(path), ...fields, roles: ['HANDLER'] });
    expect([late.status, late.text]).toEqual([409, expect.stringContaining('的角色已经由别人改过')]);
    const [newest] = await house.house.sql.query<{ roles: string[] }>(
      `select roles from role_change where login = 'langdashu' order by from_date desc limit 1`,
    );
    expect(newest!.roles).toEqual(fields.roles);
    expect((await house.house.directory()).user('langdashu')!.roles).toEqual(before);
  });

  test('roles and posts change from a date; until then nothing changes', async () => {
    const path = '/users/qianxiazhi/roles';
    const past = await admin.fill(path, path, { roles: ['HANDLER'], from: '2026-11-01', reason: '轮岗' });
    expect([past.status, past.text]).toEqual([422, expect.stringContaining('开始日期已经过去')]);
    const before = (await house.house.directory()).user('qianxiazhi')!.roles;
    expect((await admin.fill(path, path, { roles: ['HANDLER'], from: '12-01', reason: '轮岗' })).location).toBe(
      '/users/qianxiazhi?ok=roles',
    );
    expect((await house.house.directory()).user('qianxiazhi')!.roles).toEqual(before);
    expect((await admin.get('/users/qianxiazhi')).text).toContain('2026年12月1日 起：处理人员');
    const clock = house.clock.now();
    house.clock.set('2026-12-01T08:00:00+08:00');
    expect((await house.house.directory()).user('qianxiazhi')!.roles).toEqual(['HANDLER']);
    house.clock.set(clock);
    const posts = '/users/qianxiazhi/posts';
    const taken = await admin.fill(posts, posts, {
      departmentCode: '341523-SSF',
      posts: ['341523-TAX1-HEAD'],
      from: '11-24',
      reason: '轮岗',
    });
    expect([taken.status, taken.text]).toEqual([422, expect.stringContaining('“税政一股主要负责人”现由鲁立冬担任')]);
  });

  test('a name is corrected; what was written before keeps the name of then', async () => {
    const path = '/users/zhoulixia/name';
    const bare = await admin.fill(path, path, { name: ' ', reason: '' });
    expect([bare.status, bare.text]).toEqual([422, expect.stringContaining('姓名还没有填写。')]);
    expect((await admin.fill(path, path, { name: '周丽霞', reason: '录入有误' })).location).toBe(
      '/users/zhoulixia?ok=renamed',
    );
    expect((await admin.get('/users/zhoulixia')).text).toMatch(/周丽霞（zhoulixia）.*更正姓名 ：录入有误/);
    await admin.fill(path, path, { name: '周立夏', reason: '改回' });
  });

  test('who has open work is not disabled before it is handed over; the colleague gets it, the clock stays', async () => {
    const story = scenes(house);
    const number = await story.register();
    await story.complete(number, 'dispatch-demand');
    const [task] = await story.open(number);
    const holder = task!.candidates[0]!;
    const person = (await house.house.directory()).user(holder)!;
    await (await house.as(holder)).post(`/tasks/${task!.id}/claim`);
    const blocked = await admin.get(`/users/${holder}/disable`);
    expect(blocked.text).toContain('不能停用：名下还有 1 件在办。 去移交');
    const forced = await admin.post(`/users/${holder}/disable`, { reason: '调离' });
    expect([forced.status, forced.text]).toEqual([409, expect.stringContaining('名下还有 1 件在办，请先移交')]);
    const path = `/users/${holder}/hand-over`;
    const form = await admin.get(path);
    expect(form.text).toContain(`${number} 办理`);
    expect(form.text).not.toContain('退房');
    const nobody = await admin.fill(path, path, { tasks: [task!.id], to: '', reason: '' });
    expect([nobody.status, nobody.text]).toEqual([422, expect.stringContaining('还没选接手人')]);
    const colleague = (await house.house.directory()).data.users.find(
      (user) =>
        user.orgCode === '341523' &&
        user.login !== holder &&
        user.status === 'ACTIVE' &&
        user.roles.includes('HANDLER'),
    )!;
    expect((await admin.fill(path, path, { tasks: [task!.id], to: colleague.login, reason: '调离' })).location).toBe(
      `/users/${holder}?ok=handed-over`,
    );
    expect((await story.open(number))[0]).toMatchObject({ assignee: colleague.login });
    const disabled = await admin.fill(`/users/${holder}/disable`, `/users/${holder}/disable`, { reason: '调离' });
    expect(disabled.location).toBe(`/users/${holder}?ok=disabled`);
    await expect(Visitor.signIn(house.address, holder)).rejects.toThrow('停用');
    expect((await admin.fill(`/users/${holder}/enable`, `/users/${holder}/enable`, { reason: '返岗' })).location).toBe(
      `/users/${holder}?ok=enabled`,
    );
    expect((await Visitor.signIn(house.address, holder)) instanceof Visitor).toBe(true);
    expect((await admin.get(`/users/${holder}`)).text).toMatch(/恢复用户 ：返岗.*停用用户 ：调离/);
    expect(person.name.length).toBeGreaterThan(0);
  });

  test('a reset ends all sessions and lifts the lock', async () => {
    const person = await Visitor.signIn(house.address, 'zhoulixia');
    expect((await person.get('/tasks')).status).toBe(200);
    for (let n = 0; n < 5; n += 1) await Visitor.signIn(house.address, 'zhoulixia', 'wrong').catch(() => undefined);
    expect((await admin.get('/users?state=locked')).text).toContain('周立夏 zhoulixia');
    const reset = await admin.fill('/users/zhoulixia/password', '/users/zhoulixia/password', {});
    const password = /class="secret"><strong>([^<]+)</.exec(reset.html)![1]!;
    expect((await person.get('/tasks')).location).toContain('/login');
    expect((await Visitor.signIn(house.address, 'zhoulixia', password)) instanceof Visitor).toBe(true);
  });

  test('the last system administrator cannot be disabled, nor disable himself', async () => {
    const own = await admin.post('/users/huadongzhi/disable', { reason: '离开' });
    expect([own.status, own.text]).toEqual([409, expect.stringContaining('不能停用自己的账号')]);
    const roles = await admin.post('/users/huadongzhi/roles', {
      roles: ['HANDLER'],
      from: '2026-11-23',
      reason: '离开',
    });
    expect([roles.status, roles.text]).toEqual([409, expect.stringContaining('这是最后一位系统管理员')]);
  });

  test('a delegation by oneself: overlap and passing on are refused, ending it frees the days', async () => {
    const leader = await Visitor.signIn(house.address, 'panlichun');
    const path = '/delegations/new';
    const fields = {
      delegate: 'sushuangjiang',
      from: '11-24',
      to: '11-30',
      scope: ['EXTENSION_APPROVAL'],
      mode: 'DELEGATION',
      reason: '公出',
    };
    expect((await leader.get('/delegations')).text).toContain('没有授权。外出前可在这里设，到期自动收回。');
    expect((await leader.fill(path, path, fields)).location).toBe('/delegations?ok=delegation');
    const overlap = await leader.fill(path, path, { ...fields, delegate: 'gexiaoman', from: '11-25', to: '11-27' });
    expect([overlap.status, overlap.text]).toEqual([
      422,
      expect.stringContaining('期间与已有授权 11月24日–11月30日（受托人 苏霜降）重叠'),
    ]);
    const other = await Visitor.signIn(house.address, 'gexiaoman');
    const chained = await other.fill(path, path, { ...fields, delegate: 'panlichun' });
    expect([chained.status, chained.text]).toEqual([422, expect.stringContaining('不能再转委托')]);
    const page = await leader.get('/delegations');
    const id = /\/delegations\/([^/"]+)\/end/.exec(page.html)![1]!;
    expect((await other.post(`/delegations/${id}/end`)).status).toBe(404);
    await leader.get('/delegations');
    expect((await leader.post(`/delegations/${id}/end`)).location).toBe('/delegations?ok=delegation-ended');
    expect((await leader.post(`/delegations/${id}/end`)).status).toBe(409);
  });

  test('the administrator sets one for somebody else, seen by both', async () => {
    const path = '/delegations/new?principal=gexiaoman';
    const done = await admin.fill(path, '/delegations/new', {
      principal: 'gexiaoman',
      delegate: 'sushuangjiang',
      from: '11-24',
      to: '11-25',
      scope: ['TASKS'],
      mode: 'DELEGATION',
      reason: '培训',
    });
    expect(done.location).toBe('/delegations?ok=delegation');
    expect((await admin.get('/delegations?org=341523')).text).toContain('葛小满 舒城县税务局 苏霜降 办理任务');
    const delegate = await Visitor.signIn(house.address, 'sushuangjiang');
    expect((await delegate.get('/delegations')).text).toContain('委托我');
  });

  test('a delegate who has applied himself is told that these he does not decide', async () => {
    const story = scenes(house);
    const number = await story.register();
    await story.complete(number, 'dispatch-demand');
    const applicant = await story.extend(number, '2026-12-03');
    const done = await admin.fill(`/delegations/new?principal=panlichun`, '/delegations/new', {
      principal: 'panlichun',
      delegate: applicant,
      from: '12-01',
      to: '12-02',
      scope: ['EXTENSION_APPROVAL'],
      mode: 'DELEGATION',
      reason: '公出',
    });
    expect(done.location).toBe('/delegations?ok=delegation');
    expect((await admin.get('/delegations?org=341523')).text).toContain('受托人是 1 件延期的申请人，这 1 件不代批');
  });
});
