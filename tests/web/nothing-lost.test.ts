import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Follower } from '../support/follower.ts';
import { type TestHouse, testHouse } from '../support/house.ts';

const TYPED = {
  contactPhone: '199-0000-0021',
  taxpayerName: '曹某某 <"引号"> & 符号',
  category: 'POLICY',
  content: '退税一个半月没到账。\n第二行 </textarea><script>',
  tags: ['契税', '房产税'],
  urgency: 'URGENT',
  _action: 'register',
};

describe('what was typed is never lost', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
  });
  afterAll(() => house?.stop());

  const filled = (html: string) => ({
    phone: /name="contactPhone"[^>]*>/.exec(html)?.[0] ?? '',
    name: html.includes('value="曹某某 &lt;&#34;引号&#34;&gt; &amp; 符号"'),
    content: html.includes('退税一个半月没到账。\n第二行 &lt;/textarea&gt;&lt;script&gt;</textarea>'),
    category: /<input[^>]*name="category"[^>]*value="POLICY"[^>]*>/.exec(html)?.[0] ?? '',
    urgency: [...html.matchAll(/<input[^>]*name="urgency"[^>]*>/g)].filter(([tag]) => tag.includes(' checked')).length,
    tags: [...html.matchAll(/<input[^>]*name="tags"[^>]*>/g)].filter(([tag]) => tag.includes(' checked')).length,
  });
  const demands = async () =>
    Number((await house.house.sql.query<{ n: string }>('select count(*) as n from demand'))[0]!.n);

  test('a form sent after the session ended comes back filled to the same person, and is not submitted', async () => {
    const visitor = await Follower.signedIn(house, 'pengqingming');
    await visitor.get('/demands/new');
    const before = await demands();
    house.clock.advance(31 * 60_000);
    await visitor.post('/demands/new', TYPED);
    expect(visitor.page.path).toMatch(/^\/login\?why=parked/);
    expect(visitor.text).toContain('登录已过期。你刚才填写的内容已经保留，重新登录后回到这一页，核对后再次提交。');
    const [row] = await house.house.sql.query<{ sealed: string }>('select sealed from parked_form');
    expect(Buffer.from(row!.sealed, 'base64').toString('utf8')).not.toContain('退税');
    const next = new URL(visitor.page.path, 'http://x').searchParams.get('next')!;
    await visitor.post('/login', { login: 'pengqingming', password: 'suying-demo-2026', next });
    expect(visitor.page.path).toMatch(/^\/demands\/new\?parked=/);
    expect(visitor.text).toContain('你填写的内容已经填回，还没有提交');
    const shown = filled(visitor.page.html);
    expect(shown.phone).toContain('value="199-0000-0021"');
    expect(shown.category).toContain(' checked');
    expect(shown).toMatchObject({ name: true, content: true, urgency: 1, tags: 2 });
    expect(await demands()).toBe(before);

    const other = await Follower.signedIn(house, 'fandongzhi');
    await other.get(visitor.page.path);
    expect(other.page.html).not.toContain('199-0000-0021');
    expect(other.text).not.toContain('已经填回');
  });

  test('after half an hour it is gone', async () => {
    const visitor = await Follower.signedIn(house, 'pengqingming');
    await visitor.get('/demands/new');
    house.clock.advance(31 * 60_000);
    await visitor.post('/demands/new', TYPED);
    const next = new URL(visitor.page.path, 'http://x').searchParams.get('next')!;
    house.clock.advance(31 * 60_000);
    await visitor.post('/login', { login: 'pengqingming', password: 'suying-demo-2026', next });
    expect(visitor.page.status).toBe(200);
    expect(visitor.page.html).not.toContain('199-0000-0021');
  });

  test('a page older than the sign-in keeps its content too', async () => {
    const visitor = await Follower.signedIn(house, 'pengqingming');
    await visitor.get('/demands/new');
    const stale = visitor.csrf;
    await visitor.post('/logout', {});
    await visitor.post('/login', { login: 'pengqingming', password: 'suying-demo-2026' });
    await visitor.get('/demands/new');
    await visitor.post('/demands/new', TYPED, { csrf: stale });
    expect(visitor.page.path).toMatch(/^\/demands\/new\?parked=/);
    expect(visitor.text).toContain('这个页面打开后你重新登录过，所以没有提交');
    expect(filled(visitor.page.html)).toMatchObject({ name: true, content: true, tags: 2 });
  });

  test('a form sent from another site is refused and nothing of it is kept', async () => {
    const visitor = await Follower.signedIn(house, 'pengqingming');
    await visitor.get('/demands/new');
    const [before] = await house.house.sql.query<{ n: string }>('select count(*) as n from parked_form');
    for (const headers of [
      { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      { 'sec-fetch-site': 'same-site', origin: 'https://evil.example' },
    ]) {
      await visitor.post('/demands/new', TYPED, { headers, csrf: visitor.csrf });
      expect(visitor.page.status).toBe(403);
      await visitor.get('/demands/new');
    }
    const [after] = await house.house.sql.query<{ n: string }>('select count(*) as n from parked_form');
    expect(after).toEqual(before);
    expect(await demands()).toBe(0);
  });

  test('a watching page does not keep a session alive; a person does', async () => {
    const visitor = await Follower.signedIn(house, 'pengqingming');
    house.clock.advance(20 * 60_000);
    const json = { accept: 'application/json' };
    await visitor.get('/counts', json);
    expect(JSON.parse(visitor.page.html)).toMatchObject({ inbox: expect.any(Number), tasks: 0 });
    await visitor.get('/session', json);
    expect(JSON.parse(visitor.page.html).secondsLeft).toBe(10 * 60);
    await visitor.get('/session?keep=1', json);
    await visitor.get('/session', json);
    expect(JSON.parse(visitor.page.html).secondsLeft).toBe(30 * 60);
    house.clock.advance(30 * 60_000 + 1000);
    expect((await visitor.get('/counts', json)).status).toBe(401);
  });
});
