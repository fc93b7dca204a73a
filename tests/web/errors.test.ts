import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { conflict } from '../../src/kernel/errors.ts';
import { createApp } from '../../src/web/app.ts';
import { errorHandler } from '../../src/web/error-handler.ts';
import { Follower } from '../support/follower.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

describe('answers to what cannot be done', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
  });
  afterAll(() => house?.stop());

  test('403 names the missing right, who has it, and lets the person ask for it', async () => {
    const visitor = await Follower.signedIn(house, 'pengqingming');
    await visitor.get('/audit');
    expect(visitor.page.status).toBe(403);
    expect(visitor.text).toContain('你没有查看这一页的权限');
    expect(visitor.text).toContain('历史检索');
    expect(visitor.text).toContain('审计员');
    expect(visitor.page.html).toContain('href="/me/access?permission=audit.read"');
    await visitor.get('/me/access?permission=audit.read');
    await visitor.post('/me/access', { permission: 'audit.read', reason: '' });
    expect(visitor.page.status).toBe(422);
    await visitor.post('/me/access', { permission: 'audit.read', reason: '配合专项检查，两周' });
    expect(visitor.text).toContain('申请已送系统管理员');
    const administrator = await Follower.signedIn(house, 'huadongzhi');
    await administrator.get('/inbox');
    expect(administrator.text).toContain('彭清明');
    expect(administrator.text).toContain('配合专项检查，两周');
  });

  test('404 offers a search to staff and is calm to strangers', async () => {
    const visitor = await Follower.signedIn(house, 'pengqingming');
    await visitor.get('/no-such-page');
    expect(visitor.page.status).toBe(404);
    expect(visitor.text).toContain('没有找到这一页');
    expect(visitor.page.html).toContain('id="error-q"');
    const stranger = new Follower(house);
    expect((await stranger.get('/no-such-page')).status).toBe(404);
    expect(stranger.page.html).not.toContain('id="error-q"');
  });

  test('a path that does not decode, a broken body and a huge one are answers, not faults', async () => {
    const visitor = new Follower(house);
    expect((await visitor.get('/%E0%A4%A')).status).toBe(404);
    const broken = await fetch(`${house.address}/api/v1/demands`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"a":',
    });
    expect(broken.status).toBe(400);
    expect(broken.headers.get('content-type')).toContain('application/problem+json');
    const huge = await fetch(`${house.address}/login`, {
      method: 'POST',
      body: new URLSearchParams({ a: 'x'.repeat(2_000_000) }),
    });
    expect(huge.status).toBe(413);
  });

  test('programs get problem+json, with the reference of the log', async () => {
    const answer = await fetch(`${house.address}/api/v1/tasks`);
    expect(answer.status).toBe(401);
    const problem = (await answer.json()) as { requestId: string };
    expect(problem).toMatchObject({ status: 401, code: 'Unauthenticated', instance: '/api/v1/tasks' });
    expect(problem.requestId).toBe(answer.headers.get('x-request-id'));
    const script = await fetch(`${house.address}/counts`, { headers: { accept: 'application/json' } });
    expect(script.headers.get('content-type')).toContain('application/problem+json');
  });

  /** The real pages around a route that fails as told. */
  async function failing(fail: () => never) {
    const app = express();
    app.set('views', join(import.meta.dirname, '../../views'));
    app.set('view engine', 'ejs');
    app.use(express.urlencoded({ extended: false }));
    app.use((_req, res, next) => {
      res.locals.requestId = 'E-7Q2M9K';
      next();
    });
    app.all('/fail', () => fail());
    app.use(errorHandler);
    const server = app.listen(0);
    const { port } = server.address() as { port: number };
    const post = (body: Record<string, string>) =>
      fetch(`http://127.0.0.1:${port}/fail`, {
        method: 'POST',
        body: new URLSearchParams(body),
        headers: { accept: 'text/html', referer: `http://127.0.0.1:${port}/tasks/7` },
      });
    const close = () => {
      server.close();
      server.closeAllConnections();
    };
    return { post, close };
  }

  test('409 shows field by field what changed, and both ways out keep to the newest revision', async () => {
    const { post, close } = await failing(() => {
      throw conflict(
        '你填写期间，赵某于 10:42 把此件转派给收入核算股。你写的内容都在下面，请看完变化后决定保留还是放弃。',
        {
          details: {
            revision: 8,
            fields: [{ label: '主办部门', before: '税政股', now: '收入核算股', mine: '税政股' }],
          },
        },
      );
    });
    const answer = await post({ _revision: '7', measures: '已联系<国库>', password: 'secret' });
    const html = await answer.text();
    close();
    expect(answer.status).toBe(409);
    expect(html).toContain('这件诉求刚刚有变化');
    for (const word of ['字段', '你打开时', '现在', '你填的', '收入核算股', '保留我填的，继续', '放弃我填的'])
      expect(html).toContain(word);
    expect(html).toContain('name="_revision" value="8"');
    expect(html).toContain('name="measures" value="已联系&lt;国库&gt;"');
    expect(html).toContain('href="/tasks/7"');
    expect(html).not.toContain('secret');
  });

  test.each<[string, Error]>([
    ['refuses connections', Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' })],
    ['is being stopped', Object.assign(new Error('terminating connection'), { code: '57P01' })],
    ['is starting', new Error('wrapped', { cause: Object.assign(new Error('starting up'), { code: '57P03' }) })],
    ['has dropped the connection', new Error('Connection terminated unexpectedly')],
  ])('503 and a calm page when the database %s: what was typed can be sent again', async (_what, error) => {
    const { post, close } = await failing(() => {
      throw error;
    });
    const answer = await post({ measures: '已联系' });
    const html = await answer.text();
    close();
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '10']);
    expect(html).toContain('数据库暂时连不上');
    expect(html).toContain('name="measures" value="已联系"');
    expect(html).not.toMatch(/ECONN|57P0|\.ts:/);
  });

  test('500 says that nothing was changed, gives a reference and no stack, and the form can be sent again', async () => {
    const { post, close } = await failing(() => {
      throw new Error('database password is hunter2');
    });
    const answer = await post({ measures: '已联系' });
    const html = await answer.text();
    close();
    expect(answer.status).toBe(500);
    expect(html).toContain('这一步没有完成，数据没有改变');
    expect(html).toContain('E-7Q2M9K');
    expect(html).not.toMatch(/hunter2|Error:|\.ts:/);
    expect(html).toContain('name="measures" value="已联系"');
  });

  test('the file for when the program is down says the same', () => {
    const file = readFileSync(join(import.meta.dirname, '../../assets/500.html'), 'utf8');
    expect(file).toContain('系统出了问题，这一步没有完成，数据没有改变。');
    expect(file).toContain('lang="zh-CN"');
    expect(file).not.toMatch(/<script|style=/);
  });

  describe('limits and headers', () => {
    test('too many sign-ins from one address: 429 with the exact time, as page and as header', async () => {
      const limited = createApp({ ...house.house, limits: { requestsPerMinute: 1000, signInsPerTenMinutes: 3 } });
      const server = limited.listen(0);
      const { port } = server.address() as { port: number };
      const at = { address: `http://127.0.0.1:${port}` };
      const visitor = new Follower(at);
      await visitor.get('/login');
      for (let n = 0; n < 4; n += 1) await visitor.post('/login', { login: `nobody${n}`, password: 'x' });
      server.close();
      server.closeAllConnections();
      expect(visitor.page.status).toBe(429);
      expect(visitor.text).toMatch(/操作太频繁，请在 09:(2[2-9]|3\d) 以后再试。你填写的内容没有丢。/);
      expect(Number(visitor.page.headers.get('retry-after'))).toBeGreaterThan(0);
    });

    test('too many requests: a POST keeps what was typed', async () => {
      const limited = createApp({ ...house.house, limits: { requestsPerMinute: 2, signInsPerTenMinutes: 100 } });
      const server = limited.listen(0);
      const { port } = server.address() as { port: number };
      const visitor = new Follower({ address: `http://127.0.0.1:${port}` });
      await visitor.get('/login');
      await visitor.get('/login');
      await visitor.post('/demands/new', { content: '写了很久的<内容>' });
      server.close();
      server.closeAllConnections();
      expect(visitor.page.status).toBe(429);
      expect(visitor.page.html).toContain('value="写了很久的&lt;内容&gt;"');
      expect(visitor.text).toContain('再次提交');
    });

    test.each(['/login', '/no-such-page', '/assets/styles/app.css', '/api/v1/openapi.json'])(
      '%s carries the headers that keep other sites and inline scripts out',
      async (path) => {
        const { headers } = await fetch(house.address + path);
        const policy = headers.get('content-security-policy') ?? '';
        expect(policy).toContain("default-src 'none'");
        expect(policy).toContain("script-src 'self'");
        expect(policy).toContain("frame-ancestors 'none'");
        expect(policy).not.toContain('unsafe');
        expect(headers.get('x-content-type-options')).toBe('nosniff');
        expect(headers.get('referrer-policy')).toBe('same-origin');
        expect(headers.get('x-powered-by')).toBeNull();
        expect(headers.get('strict-transport-security')).toBeNull();
      },
    );

    test('the session cookie is out of reach of scripts and other sites', async () => {
      const form = await fetch(`${house.address}/login`);
      const csrf = /name="_csrf" value="([^"]+)"/.exec(await form.text())![1]!;
      const answer = await fetch(`${house.address}/login`, {
        method: 'POST',
        redirect: 'manual',
        body: new URLSearchParams({ login: 'fandongzhi', password: 'suying-demo-2026', _csrf: csrf }),
      });
      const cookie = answer.headers.getSetCookie().find((line) => line.startsWith('suying_session='))!;
      expect(cookie).toMatch(/HttpOnly/i);
      expect(cookie).toMatch(/SameSite=Lax/i);
    });

    test('pages of people who are signed in are not kept by caches between', async () => {
      const visitor = await Follower.signedIn(house, 'fandongzhi');
      await visitor.get('/me');
      expect(visitor.page.headers.get('cache-control')).toContain('private');
    });
  });
});
