import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type TestHouse, testHouse } from '../support/house.ts';
import { takeRulesAway } from '../support/rules-away.ts';
import { scenes } from '../support/scenes.ts';
import { Visitor } from '../support/visitor.ts';

describe('system status and incidents (P33, P27)', () => {
  let house: TestHouse;
  let admin: Visitor;
  let number: string;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    admin = await Visitor.signIn(house.address, 'jinqingming');
  });
  afterAll(() => house?.stop());

  const query = (text: string, values: unknown[] = []) => house.house.sql.query<any>(text, values);

  test('all well: every line a state, a figure and what to do', async () => {
    const page = await admin.get('/operations');
    expect(page.text).toContain('运行正常，最近一次检查 2026年11月23日 10:00。');
    expect(page.text).toMatch(/处理程序 ✓ 齐全 \d+ 个/);
    expect((await admin.get('/admin')).text).not.toContain('异常');
  });

  test('a step that fails is an incident in words; a retry says what came of it', async () => {
    // The rule set of the routing disappears under the process: its step cannot be done.
    const putBack = await takeRulesAway(house, 'category-routing');
    number = await scenes(house).register();
    const status = await admin.get('/operations');
    expect(status.text).toContain(`${number} 诉求快速响应 › 建议主办部门`);
    expect(status.text).not.toContain('曹');
    expect((await admin.get('/admin')).text).toContain('未处理异常 1 件');
    const path = /href="(\/incidents\/\d+)"/.exec(status.html)![1]!;
    const page = await admin.get(path);
    expect(page.text).toContain('系统处理这一步没有成功，自动重试的次数已经用完。');
    expect(page.text).toContain('没有规则集“category-routing”');
    const again = await admin.post(`${path}/retry`);
    expect(again.location).toBe(`${path}?retried=1`);
    await house.settle();
    const failed = await admin.get(again.location!);
    expect(failed.text).toMatch(/已重试，仍然失败（第 2 次）：没有规则集/);
    expect(failed.text).toMatch(/第 1 次 .* 第 2 次/);

    await putBack();
    const newest = /action="(\/incidents\/\d+)\/retry"/.exec(failed.html)![1]!;
    const done = await admin.post(`${newest}/retry`);
    await house.settle();
    const over = await admin.get(done.location!);
    expect(over.text).toContain('已重试，这一步办成了，流程继续。');
    expect((await scenes(house).open(number)).map((task) => task.formId)).toEqual(['dispatch-demand']);
    expect((await admin.post(`${newest}/retry`)).status).toBe(409);
    expect((await admin.get('/operations')).text).toContain('没有异常。');
    const [event] = await query(`select count(*)::int as n from history_event where type = 'incident.retried'`);
    expect(event.n).toBe(2);
  });

  test('a refused command is listed with the answer and a remedy; it is sent again or let go, each once', async () => {
    const [demand] = await query('select id from demand where number = $1', [number]);
    const refuse = async (id: string) => {
      const [row] = await query(
        `insert into engine_outbox (command_id, ordering_key, command, refused_code, refused_message)
         values ($1, $2, '{"type":"resolveIncident","incidentKey":"1"}', 'NOT_FOUND', 'no such incident') returning sequence::text as sequence`,
        [id, demand.id],
      );
      return row.sequence as string;
    };
    const sequence = await refuse('refused-1');
    const page = await admin.get('/operations');
    expect(page.text).toContain('解除异常 no such incident 它要找的流程或任务已经结束');
    expect((await admin.post(`/operations/commands/${sequence}/resend`)).location).toBe(
      '/operations?ok=resent#refused',
    );
    // The engine says the same again, and the page does not pretend otherwise.
    expect((await admin.get('/operations')).text).toContain('no such');
    expect((await admin.post(`/operations/commands/${sequence}/drop`)).location).toBe('/operations?ok=dropped#refused');
    const twice = await admin.post(`/operations/commands/${sequence}/drop`);
    expect([twice.status, twice.text]).toEqual([409, expect.stringContaining('刚刚已经由别人处理')]);
    expect((await admin.post('/operations/commands/abc/drop')).status).toBe(404);
    expect((await admin.get('/operations')).text).toContain('没有退回的指令。');
  });

  test('the system administrator sees the status and repairs nothing', async () => {
    const system = await Visitor.signIn(house.address, 'huadongzhi');
    expect((await system.get('/operations')).status).toBe(200);
    expect((await system.post('/incidents/1/retry')).status).toBe(403);
    expect((await admin.get('/incidents/404')).status).toBe(404);
  });
});
