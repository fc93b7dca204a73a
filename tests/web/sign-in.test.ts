import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Follower } from '../support/follower.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

const START = '2026-11-23T09:12:00+08:00';

describe('signing in', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await testHouse(START);
  });
  afterAll(() => house?.stop());

  test.each([
    ['pengqingming', '/tasks?view=dept'],
    ['fandongzhi', '/dispatch'],
    ['panlichun', '/approvals'],
    ['zhaolichun', '/approvals'],
    ['jinqingming', '/admin'],
    ['huadongzhi', '/org'],
    ['weidashu', '/audit'],
  ])('%s begins the day at %s', async (login, landing) => {
    const visitor = await Follower.signedIn(house, login);
    expect(visitor.page.status).toBe(200);
    expect(visitor.page.path.replace(/[?&]ok=signed-in/, '')).toBe(landing);
  });

  test('a wrong password says how many tries are left, keeps the name and names the field', async () => {
    const visitor = new Follower(house);
    await visitor.get('/login');
    const page = await visitor.post('/login', { login: 'chenqiufen', password: 'wrong' });
    expect(page.status).toBe(422);
    expect(visitor.text).toContain('用户名或密码不对，还可以再试 4 次。');
    expect(page.html).toContain('<title>错误：登录 - 速应</title>');
    expect(page.html).toContain('value="chenqiufen"');
    expect(page.html).toMatch(/id="f-password"[^>]*aria-describedby="f-password-error"/);
    expect(page.html).not.toContain('wrong');
  });

  test('five wrong passwords lock until a time that is said', async () => {
    const visitor = new Follower(house);
    await visitor.get('/login');
    for (let n = 0; n < 5; n += 1) await visitor.post('/login', { login: 'fengmangzhong', password: 'wrong' });
    expect(visitor.page.status).toBe(429);
    expect(visitor.text).toContain('请在 09:27 以后再试');
  });

  test('after signing in the last time is shown, the address masked', async () => {
    await Follower.signedIn(house, 'lulidong');
    house.clock.advance(60_000);
    const again = await Follower.signedIn(house, 'lulidong');
    expect(again.text).toContain('上次登录 11月23日 09:12，IP 127.*.*.1。');
  });

  test('a sign-in link leads back, and never to another site', async () => {
    const visitor = new Follower(house);
    await visitor.get('/demands?status=HANDLING');
    expect(visitor.page.path).toMatch(/^\/login\?next=/);
    await visitor.post('/login', {
      login: 'fandongzhi',
      password: 'suying-demo-2026',
      next: '/demands?status=HANDLING',
    });
    expect(visitor.page.path).toBe('/demands?status=HANDLING&ok=signed-in');
    for (const next of ['https://evil.example/', '//evil.example/', '/\\evil.example']) {
      const other = new Follower(house);
      await other.get('/login');
      await other.post('/login', { login: 'fandongzhi', password: 'suying-demo-2026', next });
      expect(other.page.path).toMatch(/^\/dispatch/);
    }
  });

  test('signing out ends the session and says so', async () => {
    const visitor = await Follower.signedIn(house, 'fandongzhi');
    const token = visitor.cookie('suying_session')!;
    await visitor.post('/logout', {});
    expect(visitor.text).toContain('已退出登录。');
    visitor.setCookie('suying_session', token);
    await visitor.get('/dispatch');
    expect(visitor.page.path).toMatch(/^\/login/);
  });

  test('an old sign-in page while signed in, and an old sign-out button while signed out, end where they should', async () => {
    const visitor = new Follower(house);
    await visitor.get('/login');
    const old = visitor.csrf;
    await visitor.post('/login', { login: 'fandongzhi', password: 'suying-demo-2026' });
    await visitor.post('/login', { login: 'fandongzhi', password: 'suying-demo-2026' }, { csrf: old });
    expect(visitor.page.path).toBe('/dispatch');
    const button = visitor.csrf;
    await visitor.post('/logout', {});
    await visitor.post('/logout', {}, { csrf: button });
    expect(visitor.page.path).toBe('/login');
    expect(visitor.page.status).toBe(200);
  });

  test('a password given by an administrator must be changed before anything else', async () => {
    await house.house.sql.query('update app_user set must_change_password = true where login = $1', ['shaohong']);
    const visitor = await Follower.signedIn(house, 'shaohong');
    expect(visitor.page.path).toBe('/me/password');
    await visitor.get('/dispatch');
    expect(visitor.page.path).toBe('/me/password');
    await visitor.post('/me/password', { current: 'suying-demo-2026', next: '短' });
    expect(visitor.page.status).toBe(422);
    await visitor.post('/me/password', { current: 'suying-demo-2026', next: '春风又绿江南岸明月何时' });
    expect(visitor.page.path).toBe('/me?ok=password');
    await visitor.get('/dispatch');
    expect(visitor.page.path).toBe('/dispatch');
  });

  test('sessions are listed, and one can be ended from another', async () => {
    const here = await Follower.signedIn(house, 'bailiqiu');
    const there = await Follower.signedIn(house, 'bailiqiu');
    await here.get('/me/sessions');
    const id = /action="\/me\/sessions\/([^/"]+)\/end"/.exec(here.page.html)![1]!;
    await here.post(`/me/sessions/${id}/end`, {});
    expect(here.text).toContain('那个登录已退出。');
    await there.get('/me');
    expect(there.page.path).toMatch(/^\/login\?why=expired/);
    await here.get('/me');
    expect(here.page.path).toBe('/me');
  });

  test('an access token is shown once; one narrowed to reading may not register', async () => {
    const visitor = await Follower.signedIn(house, 'pengqingming');
    await visitor.get('/me/tokens');
    await visitor.post('/me/tokens', { name: '', days: '0', reach: 'some' });
    expect(visitor.page.status).toBe(422);
    expect(visitor.text).toContain('有 3 处需要修改');
    await visitor.post('/me/tokens', {
      name: '只读对接',
      days: '30',
      reach: 'some',
      scopes: ['demand.read', 'task.work'],
    });
    const token = /<code class="secret">([^<]+)</.exec(visitor.page.html)![1]!;
    await visitor.get('/me/tokens');
    expect(visitor.page.html).not.toContain(token);
    const ask = (path: string, method = 'GET') =>
      fetch(`${house.address}/api/v1${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(method === 'POST' ? { body: '{}' } : {}),
      });
    expect((await ask('/tasks')).status).toBe(200);
    const refused = await ask('/demands', 'POST');
    expect(refused.status).toBe(403);
    expect(((await refused.json()) as { detail: string }).detail).toContain('令牌没有“登记诉求”的权限');
  });
});
