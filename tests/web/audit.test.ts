import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { searchHistory } from '../../src/modules/history/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { PEOPLE, scenes } from '../support/scenes.ts';
import { Visitor } from '../support/visitor.ts';

describe('audit (P35, P37, P38)', () => {
  let house: TestHouse;
  let auditor: Visitor;
  let number: string;
  let folder: string;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    folder = await mkdtemp(join(tmpdir(), 'audit-'));
    const story = scenes(house);
    number = await story.register();
    await story.complete(number, 'dispatch-demand');
    house.clock.set('2026-11-23T11:00:00+08:00');
    await story.complete(number, 'handle-demand');
    auditor = await Visitor.signIn(house.address, 'weidashu');
  });
  afterAll(async () => {
    await house?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const trail = async (type: string) => searchHistory(house.house.sql, { subjectType: 'audit', type, limit: 100 });
  const run = async (file: string) =>
    promisify(execFile)(process.execPath, [join(folder, 'verify-package.mjs'), file]).then(
      ({ stdout }) => ({ code: 0, out: stdout }),
      (error: { code: number; stdout: string; stderr: string }) => ({
        code: error.code,
        out: error.stdout + error.stderr,
      }),
    );

  test('the newest comes first, however many there are, and pages go on without gap or repetition', async () => {
    const all = await searchHistory(house.house.sql, { limit: 1000 });
    expect(all.length).toBeGreaterThan(12);
    const positions = all.map((event) => Number(event.position));
    expect(positions).toEqual([...positions].sort((a, b) => b - a));
    const first = await searchHistory(house.house.sql, { limit: 7 });
    const rest = await searchHistory(house.house.sql, { limit: 1000, before: first[6]!.position });
    expect([...first, ...rest].map((event) => event.position)).toEqual(all.map((event) => event.position));
  });

  test('one finds the events of a demand in words, with who and the chain, and the search is on record', async () => {
    const page = await auditor.get(`/audit?number=${number.toLowerCase()}`);
    expect(page.text).toContain(
      `系统 送达承办部门 ${number} 状态：办理中；起点：2026年11月23日 10:00；主办部门：税政二股`,
    );
    expect(page.text).not.toMatch(/[A-Z]{4,}_[A-Z]+|completedAt/);
    expect(page.text).toMatch(/奚白露|范冬至/);
    expect(page.text).not.toMatch(/199-?0000|曹某某/);
    expect((await trail('audit.searched'))[0]).toMatchObject({ actor: 'weidashu', payload: { filter: { number } } });
    const type = await auditor.get('/audit?type=demand.registered&from=11-23&to=2026-11-23');
    expect(type.text).toContain('受理登记');
    expect((await auditor.get('/audit?type=demand.registered&to=11-22')).text).toContain('没有符合条件的记录。');
    expect((await auditor.get('/audit?who=鲁班')).text).toContain('没有找到“鲁班”这个人');
    expect((await auditor.get('/audit?number=X-1')).text).toContain('没有找到编号“X-1”');
    const wrong = await auditor.get('/audit?from=2026-02-30&to=2026-01-01');
    expect([wrong.status, wrong.text]).toEqual([422, expect.stringContaining('“开始日期”的“2026-02-30”不是有效日期')]);
    expect((await auditor.get('/audit?from=2026-11-23&to=2026-11-01')).text).toContain(
      '开始日期晚于结束日期，请对调或改一个。',
    );
    expect((await auditor.get('/audit/exports')).location).toBe('/audit?type=ledger.exported');
  });

  test('the whole history and one demand verify; a paper is checked by its code', async () => {
    expect((await auditor.get('/audit/verify')).text).toContain('还没有核验过');
    expect((await auditor.post('/audit/verify')).location).toBe('/audit/verify');
    expect((await auditor.get('/audit/verify')).text).toMatch(/✓ \d+ 条链、\d+ 条记录、\d+ 个锚点全部完整/);
    const one = await auditor.get(`/audit/verify?number=${number}`);
    expect(one.text).toMatch(new RegExp(`✓ ${number}：\\d+ 条记录前后相连，与链头一致。`));
    const head = /链头 ([0-9a-f]{64})/.exec(one.text)![1]!;
    const code = `${head.slice(0, 4).toUpperCase()}-${head.slice(4, 8)}`;
    expect((await auditor.get(`/audit/verify?number=${number}&code=${code}`)).text).toContain('✓ 与现在一致');
    const [early] = await searchHistory(house.house.sql, { type: 'demand.registered', limit: 1 });
    expect((await auditor.get(`/audit/verify?number=${number}&code=${early!.hash.slice(0, 8)}`)).text).toContain(
      '✓ 与第 1 条之后',
    );
    expect((await auditor.get(`/audit/verify?number=${number}&code=00000000`)).text).toContain('打印件与历史不一致');
  });

  test('the package is checked without us, and one changed word is found and named', async () => {
    await writeFile(join(folder, 'verify-package.mjs'), (await auditor.get('/audit/verify/program')).html);
    await house.moveTo('2026-11-24T01:00:00+08:00');
    // A night has passed; so has the session.
    auditor = await Visitor.signIn(house.address, 'weidashu');
    const all = (await auditor.get('/audit/verify/package')).html;
    await writeFile(join(folder, 'all.jsonl'), all);
    const good = await run(join(folder, 'all.jsonl'));
    expect(good).toEqual({ code: 0, out: expect.stringContaining('全部完整，没有发现改动。') });
    expect(good.out).toMatch(/[1-9]\d* 个锚点/);
    expect(all).not.toMatch(/199-?0000-?0021|曹某某/);

    const single = (await auditor.get(`/audit/verify/package?number=${number}`)).html;
    await writeFile(join(folder, 'one.jsonl'), single);
    expect((await run(join(folder, 'one.jsonl'))).code).toBe(0);
    const changed = single.replace('341523-TAX2', '341523-TAX1');
    expect(changed).not.toBe(single);
    await writeFile(join(folder, 'changed.jsonl'), changed);
    const bad = await run(join(folder, 'changed.jsonl'));
    expect([bad.code, bad.out]).toEqual([1, expect.stringMatching(/demand \S+ 第 \d+ 条：内容与校验值不符，被改动过/)]);
    const lines = single.trimEnd().split('\n');
    const lastEvent = lines.findLastIndex((line) => line.includes('"kind":"event"'));
    await writeFile(join(folder, 'cut.jsonl'), lines.filter((_, index) => index !== lastEvent).join('\n'));
    expect((await run(join(folder, 'cut.jsonl'))).out).toContain('末尾被删除或改动');
    expect((await auditor.get('/audit/verify/package?number=X-1')).status).toBe(404);
    expect(await trail('audit.package-downloaded')).toHaveLength(2);
    expect(await readFile(join(folder, 'one.jsonl'), 'utf8')).toContain('"kind":"head"');
  });

  test('who saw personal data, unusual days, and who has seen one demand', async () => {
    expect((await auditor.get('/audit/access')).text).toContain('这段时间没有人查看过完整信息。');
    const [demand] = await house.house.sql.query<{ id: string }>('select id from demand where number = $1', [number]);
    await house.house.sql.query(
      `insert into pii_access_log (login, name, role, org_code, demand_id, field, reason, ip, at, outside_own)
       select 'zhoulixia', '周立夏', 'HANDLER', '341523', $1, 'contactPhone', 'CONTACT', '10.1.2.3', $2::timestamptz + (n || ' minutes')::interval, n = 1 from generate_series(1, 51) n`,
      [demand!.id, '2026-11-20T09:00:00+08:00'],
    );
    const desk = await Visitor.signIn(house.address, PEOPLE.desk);
    await desk.get(`/demands/${number}`);
    const page = await auditor.get(`/audit/access?scope=${number}`);
    expect(page.text).toContain('2026年11月20日 周立夏 1 天 51 次（阈值 50），其中非本单位件 1 次');
    expect(page.text).toContain('周立夏 完整信息 2026年11月20日 09:01 2026年11月20日 09:51 51');
    expect(page.text).toContain('范冬至 脱敏页面');
    expect(page.text).toMatch(/周立夏 舒城县税务局 LASQ-\S+ 联系电话 联系诉求人 2026年11月20日 09:51 10\.1\.2\.3/);
    expect((await auditor.get('/audit/access?who=范冬至')).text).toContain('这段时间没有人查看过完整信息。');
    expect((await auditor.get('/audit/access?scope=X-1')).text).toContain('没有找到编号“X-1”');
    expect((await trail('audit.access-read')).length).toBeGreaterThan(2);
  });

  test('nobody else comes in, and an auditor of a county does not see the city', async () => {
    for (const login of ['jinqingming', 'huadongzhi', PEOPLE.desk, PEOPLE.chief])
      expect((await (await Visitor.signIn(house.address, login)).get('/audit')).status).toBe(403);
    await house.house.sql.query(`update app_user set roles = '{AUDITOR}' where login = 'lidahan'`);
    await house.house.sql.query('update org_version set version = version + 1');
    const county = await Visitor.signIn(house.address, 'lidahan');
    expect((await county.get('/audit')).text).toContain('只对市局审计员开放');
    expect((await county.get('/audit/verify/package')).status).toBe(403);
  });
});
