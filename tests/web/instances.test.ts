import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';
import { Visitor } from '../support/visitor.ts';

/** One house for the whole room: instances, incidents, migrations. */
describe('what runs, and what an administrator does about it (P26, P27, P28)', () => {
  let house: TestHouse;
  let admin: Visitor;
  let number: string;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    admin = await Visitor.signIn(house.address, 'jinqingming');
    number = await scenes(house).register();
  });
  afterAll(() => house?.stop());

  const query = (text: string, values: unknown[] = []) => house.house.sql.query<any>(text, values);
  const keyOf = async (ofNumber: string): Promise<string> => {
    const [row] = await query('select process_instance_key as key from demand where number = $1', [ofNumber]);
    return row.key;
  };

  test('instances by process, element, state and age; tokens counted on the diagram and in a table', async () => {
    await scenes(house).register();
    const all = await admin.get('/instances');
    expect(all.text).toContain('在办 2 件');
    expect(all.text).toMatch(/…1123-0001 诉求快速响应 纳服派单 不到 1 小时 第 1 版/);
    const one = await admin.get('/instances?process=fast-response&version=1');
    expect(one.text).toContain('纳服派单 2 件');
    expect(one.html).toMatch(/<text[^>]*>2 件<\/text>/);
    const there = await admin.get(one.link('纳服派单')!);
    expect(there.text).toContain('在办 2 件');
    expect((await admin.get('/instances?process=fast-response&element=register-demand')).text).toContain('0 件');
    expect((await admin.get('/instances?age=5')).text).toContain('没有符合条件的流程。');
    expect((await admin.get('/instances?process=nowhere')).status).toBe(404);
    expect((await admin.get('/instances?process=fast-response&version=99')).status).toBe(404);
  });

  test('an instance from the inside: path, masked variables, tasks, clocks; nothing of the people', async () => {
    const page = await admin.get(`/instances/${await keyOf(number)}`);
    expect(page.text).toContain('诉求快速响应 …1123-0001');
    expect(page.text).toMatch(/纳服派单 ◀ 现在/);
    expect(page.text).toMatch(/orgCode 341523|orgCode 已隐藏/);
    expect(page.text).toContain('纳服派单：人工任务');
    expect(page.text).toContain('转交钟');
    expect(page.text).toContain('管理员没有动过这个实例。');
    for (const word of ['曹某某', '19900000021', '契税退税']) expect(page.html).not.toContain(word);
    expect((await admin.get('/instances/404')).status).toBe(404);
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    expect((await desk.get('/instances')).status).toBe(403);
  });
});
