import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';
import { DEMAND } from '../support/walk.ts';

describe('notification templates and reminders', () => {
  let house: TestHouse;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
  });
  afterAll(() => house?.stop());

  const PATH = '/notifications/templates/demand-registered';
  const NEW = '【{{受理单位}}】您的事项已登记，查询码 {{查询码}}，咨询 12366。';

  test('R27: a text is checked, previewed, published as a new version and restored', async () => {
    const admin = await Visitor.signIn(house.address, 'jinqingming');
    const list = await admin.get('/notifications/templates');
    expect(list.text).toContain('登记告知');
    expect(list.text).toContain('没有配置，只写入日志');

    const wrong = await admin.fill(PATH, PATH, { act: 'publish', body: '您好 {{姓名}}', reason: '' });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('“{{姓名}}”不是这个模板能用的内容');
    expect(wrong.text).toContain('“修改原因”还没有填写');
    expect(wrong.html).toContain('您好 {{姓名}}');

    const preview = await admin.fill(PATH, PATH, { act: 'preview', body: NEW, reason: '' });
    expect(preview.status).toBe(200);
    expect(preview.text).toContain('【裕安区税务局】您的事项已登记，查询码 K7MX-9P4R-2WHD');
    expect((await admin.get(PATH)).text).toContain('在用 第 1 版');

    const before = await admin.get(PATH);
    const published = await admin.post(PATH, { ...before.hidden(PATH), act: 'publish', body: NEW, reason: '写短一些' });
    expect(published.location).toBe(`${PATH}?ok=template-published`);
    // Somebody who still looks at version 1 overwrites nothing.
    const late = await admin.post(PATH, { ...before.hidden(PATH), act: 'publish', body: `${NEW}。`, reason: '改标点' });
    expect(late.status).toBe(409);
    expect(late.text).toContain('发布了第 2 版');

    const restored = await admin.post(`${PATH}/restore`, { base: '2', version: '1' });
    expect(restored.location).toBe(`${PATH}?ok=template-restored`);
    const page = await admin.get(PATH);
    expect(page.text).toContain('在用 第 3 版');
    expect(page.text).toContain('恢复第 1 版');
  });

  test('only the process administrator edits them', async () => {
    const desk = await Visitor.signIn(house.address, 'fandongzhi');
    expect((await desk.get(PATH)).status).toBe(403);
    const admin = await Visitor.signIn(house.address, 'jinqingming');
    expect((await admin.get('/notifications/templates/nothing')).status).toBe(404);
  });

  test('everybody says how to be reminded; what cannot be is refused with the field named', async () => {
    const officer = await Visitor.signIn(house.address, 'pengqingming');
    const wrong = await officer.fill('/me/reminders', '/me/reminders', {
      channels: ['MAIL', 'SMS'],
      email: 'peng@',
      phone: '',
      from: '19:00',
      to: '20:00',
      digest: 'yes',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('邮箱“peng@”不完整');
    expect(wrong.text).toContain('还没有填手机');
    expect(wrong.text).toContain('系统只在 08:30–17:30 发送');
    const saved = await officer.fill('/me/reminders', '/me/reminders', {
      channels: 'MAIL',
      email: 'peng@example.gov.cn',
      from: '9:00',
      to: '12:00',
    });
    expect(saved.location).toBe('/me?ok=reminders');
    const page = await officer.get('/me/reminders');
    expect(page.html).toContain('value="peng@example.gov.cn"');
    expect(page.html).toContain('value="09:00"');
  });

  test('a message nobody could deliver is on the operations page, and is settled once', async () => {
    const desk = await house.as('pengqingming');
    const { number } = await desk.post<{ number: string }>('/demands', DEMAND);
    const [row] = await house.house.sql.query<{ id: string }>(
      `update message set status = 'GIVEN_UP', last_error = '网关答复 500', attempts = 5, settled_at = now()
       where demand_id = (select id from demand where number = $1) returning id`,
      [number],
    );
    const admin = await Visitor.signIn(house.address, 'jinqingming');
    const page = await admin.get('/operations');
    expect(page.text).toContain('没有发出的消息');
    expect(page.text).toContain('网关答复 500');
    expect(page.text).not.toContain('运行正常');
    const retried = await admin.post('/operations/messages/retry', { id: row!.id });
    expect(retried.location).toContain('ok=message-retry');
    const again = await admin.post('/operations/messages/retry', { id: row!.id });
    expect(again.status).toBe(409);
    await house.sweep();
    const [after] = await house.house.sql.query<{ status: string }>('select status from message where id = $1', [
      row!.id,
    ]);
    expect(after!.status).toBe('LOGGED');
  });
});
