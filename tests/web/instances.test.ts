import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deployVersion } from '../support/deploy-version.ts';
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

  describe('incidents: cause, effect, choices', () => {
    /** A demand whose process stands still because the routing rules are away. */
    async function stuck(): Promise<{ number: string; key: string; incident: string }> {
      await query(`update rule_set_version set rule_set = 'category-routing-away' where rule_set = 'category-routing'`);
      const ofNumber = await scenes(house).register();
      await query(`update rule_set_version set rule_set = 'category-routing' where rule_set = 'category-routing-away'`);
      const [row] = await query(
        `select i.key, i.process_instance_key as instance from incident_view i join demand d on d.id = i.demand_id where d.number = $1 and resolved_at is null`,
        [ofNumber],
      );
      return { number: ofNumber, key: row.instance, incident: row.key };
    }
    const reason = '规则集被误删，先这样处理';

    test('an empty list says when the last one was; an open one offers every way on', async () => {
      expect((await admin.get('/incidents')).text).toContain('没有异常。');
      const { number: ofNumber, incident, key } = await stuck();
      expect((await admin.get('/incidents')).text).toContain('诉求快速响应 › 建议主办部门');
      const page = await admin.get(`/incidents/${incident}`);
      for (const words of ['改变量后重试', '转人工处理', '移到其他节点', '终止实例'])
        expect(page.link(words)).toBeDefined();
      const desk = await Visitor.signIn(house.address, 'fandongzhi');
      expect((await desk.get(`/demands/${ofNumber}`)).text).toContain('流程管理员已经看到，正在处理');
      expect((await desk.post(`/instances/${key}/cancel`, { reason })).status).toBe(403);
      await admin.post(`/incidents/${incident}/retry`);
      await house.settle();
      expect((await admin.get('/incidents')).text).toContain('没有异常。上一次在 11月23日，已处理。');
      expect((await admin.post(`/incidents/${incident}/manual`, { group: 'tax-service', reason })).status).toBe(409);
    });

    test('moved to another element: the token goes on there, the reason stands in history, a stale page is a conflict', async () => {
      const { number: ofNumber, key, incident } = await stuck();
      const link = (await admin.get(`/incidents/${incident}`)).link('移到其他节点')!;
      const page = await admin.get(link);
      expect(page.text).toContain('纳服派单（人工任务）');
      const from = /from=(\d+)/.exec(link)![1]!;
      const bad = await admin.post(`/instances/${key}/move`, { from, to: 'dispatch-demand', reason: '短' });
      expect([bad.status, bad.text]).toEqual([422, expect.stringContaining('“原因”至少 4 个字')]);
      const moved = await admin.post(`/instances/${key}/move`, { from, to: 'dispatch-demand', reason });
      expect(moved.location).toBe(`/instances/${key}?done=moved`);
      expect((await scenes(house).open(ofNumber)).map((task) => task.formId)).toEqual(['dispatch-demand']);
      const after = await admin.get(moved.location!);
      expect(after.text).toMatch(/流程移到其他节点 建议主办部门 → 纳服派单 .*规则集被误删/);
      expect((await admin.get(`/incidents/${incident}`)).text).toContain('已处理');
      const again = await admin.post(`/instances/${key}/move`, { from, to: 'dispatch-demand', reason });
      expect([again.status, again.text]).toEqual([409, expect.stringContaining('已经走过这一步')]);
      await scenes(house).complete(ofNumber, 'dispatch-demand');
      expect((await scenes(house).open(ofNumber)).map((task) => task.formId)).toEqual(['handle-demand']);
    });

    test('a variable is changed by its kind, old and new value kept, and the step tried again', async () => {
      const { key, incident } = await stuck();
      const path = `/incidents/${incident}/variables`;
      const page = await admin.get(path);
      expect(page.text).toContain('现在：341523');
      const fields = { ...page.hidden(path), ...shown(page.html), reason };
      const bad = await admin.post(path, { ...fields, newName: '1x', newValue: '5' });
      expect([bad.status, bad.text]).toEqual([422, expect.stringContaining('变量名用字母开头')]);
      const none = await admin.post(path, fields);
      expect([none.status, none.text]).toEqual([422, expect.stringContaining('没有改动任何变量')]);
      const done = await admin.post(path, { ...fields, newName: 'urgentPath', newValue: 'true' });
      expect(done.location).toBe(`/incidents/${incident}?retried=1`);
      expect((await admin.get(done.location!)).text).toContain('已重试，这一步办成了，流程继续。');
      const instance = await admin.get(`/instances/${key}`);
      expect(instance.text).toContain('urgentPath 是 整个流程');
      expect(instance.text).toContain('urgentPath：没有 → true');
      expect((await admin.post(path, { ...fields, newName: 'other', newValue: '1' })).status).toBe(409);
    });

    test('handed to a post: done there, the process goes on from the next step; not done, it is back with the administrator', async () => {
      const { number: ofNumber, incident } = await stuck();
      const path = `/incidents/${incident}/manual`;
      const handed = await admin.post(path, { group: 'tax-service', reason });
      expect(handed.status).toBe(303);
      expect((await admin.post(path, { group: 'tax-service', reason })).status).toBe(409);
      expect((await admin.get(`/incidents/${incident}`)).text).toContain('有一项“人工处理”的任务没有办完');
      await scenes(house).complete(ofNumber, 'manual-step', {
        manualOutcome: 'LEFT',
        manualMeasures: '纳服没有这个权限。',
      });
      expect((await admin.get(`/incidents/${incident}`)).text).toContain('停在这里');
      house.clock.advance(60_000);
      await admin.post(path, { group: 'tax-service', reason });
      await scenes(house).complete(ofNumber, 'manual-step', {
        manualOutcome: 'DONE',
        manualMeasures: '已按分工表人工确定。',
      });
      expect((await scenes(house).open(ofNumber)).map((task) => task.formId)).toEqual(['dispatch-demand']);
      expect((await admin.get(`/incidents/${incident}`)).text).toContain('已处理');
    });

    test.each([
      ['RESTART', { hostDepartment: '341523-TAX2' }, 'HANDLING', ['handle-demand']],
      ['VOID', {}, 'VOIDED', []],
    ])(
      'an instance is terminated: tax service says where the demand goes (%s)',
      async (decision, fields, status, tasks) => {
        const { number: ofNumber, key } = await stuck();
        const page = await admin.get(`/instances/${key}/cancel`);
        expect(page.text).toContain('纳服专岗收到一项任务');
        expect((await admin.post(`/instances/${key}/cancel`, { reason })).location).toBe(
          `/instances/${key}?done=canceled`,
        );
        expect((await admin.post(`/instances/${key}/cancel`, { reason })).status).toBe(409);
        expect((await scenes(house).open(ofNumber)).map((task) => task.formId)).toEqual(['decide-canceled']);
        await scenes(house).complete(ofNumber, 'decide-canceled', {
          canceledDecision: decision,
          canceledReason: '流程停在派单前，另行安排。',
          ...fields,
        });
        const [row] = await query('select status from demand where number = $1', [ofNumber]);
        expect(row.status).toBe(status);
        expect((await scenes(house).open(ofNumber)).map((task) => task.formId)).toEqual(tasks);
        const { found } = await house.house.reconcile();
        expect(found.filter((item) => item.kind !== 'command-stuck')).toEqual([]);
      },
    );

    test('a demand whose process was terminated without anybody asked is found and given to tax service', async () => {
      const { number: ofNumber, key } = await stuck();
      await house.house.submitEngine(`outside-${key}`, { type: 'cancelInstance', processInstanceKey: key });
      await house.settle();
      house.clock.advance(180_000);
      const { found } = await house.house.reconcile();
      expect(found.map((item) => [item.kind, item.repaired])).toEqual([['demand-without-way', true]]);
      await house.settle();
      expect((await scenes(house).open(ofNumber)).map((task) => task.formId)).toEqual(['decide-canceled']);
    });
  });

  describe('migration with rehearsal', () => {
    const deploy = (change: (xml: string) => string) => deployVersion(house, 'fast-response', change);
    const renamed = (xml: string) =>
      xml
        .replaceAll('dispatch-demand"', 'dispatch-anew"')
        .replaceAll('formKey="dispatch-anew"', 'formKey="dispatch-demand"');
    /** Hours later; the administrator signs in again. */
    const later = async (hours: number) => {
      house.clock.advance(hours * 3_600_000);
      admin = await Visitor.signIn(house.address, 'jinqingming');
    };
    const rest = async () => {
      await house.sweep();
      await house.settle();
    };
    const reason = '新版派单一步改了名称';
    let first: string;
    let moving: string;
    let second: number;
    let id: string;

    test('the mapping is proposed, what is open refuses the rehearsal, and the rehearsal tells every instance and moves none', async () => {
      first = await scenes(house).register();
      moving = await scenes(house).register();
      const [{ version }] = await query(
        `select process_version as version from process_instance where demand_id = (select id from demand where number = $1) and parent_key is null`,
        [first],
      );
      expect(version).toBe(1);
      second = await deploy((xml) => xml.replace('name="纳服派单"', 'name="纳服再派"'));
      const keys = [await keyOf(first), await keyOf(moving)].join(' ');
      const path = `/migrations/new?process=fast-response&from=1&to=${second}&which=chosen&keys=${encodeURIComponent(keys)}`;
      const page = await admin.get(path);
      expect(page.text).toContain(`第 1 版 → 第 ${second} 版，2 件`);
      expect(page.text).toMatch(/纳服派单 dispatch-demand 纳服派单 编号相同，自动/);
      const fields = { ...page.hidden('/migrations'), clocks: 'RESTART' };
      const bad = await admin.post('/migrations', { ...fields, reason: '短' });
      expect([bad.status, bad.text]).toEqual([422, expect.stringContaining('“原因”至少 4 个字')]);
      await later(3);
      const fresh = { ...(await admin.get(path)).hidden('/migrations'), clocks: 'RESTART' };
      const made = await admin.post('/migrations', { ...fresh, reason });
      id = made.location!.split('/').at(-1)!;
      const rehearsed = await admin.get(made.location!);
      expect(rehearsed.text).toContain('共 2 件：可以迁移 2 件，不能迁移 0 件');
      expect(
        (await query(`select count(*)::int as n from process_instance where process_version = $1`, [second]))[0].n,
      ).toBe(0);
      expect(
        (await query(`select count(*)::int as n from history_event where type = 'deadline.recomputed'`))[0].n,
      ).toBe(0);
    });

    test('one that has moved on meanwhile is refused with its reason, the rest goes on; tasks follow; a second start is a conflict', async () => {
      await scenes(house).withdraw(moving);
      await admin.post(`/instances/${await keyOf(moving)}/cancel`, { reason: '诉求人已经撤回不用办' });
      const revision = (await admin.get(`/migrations/${id}`)).hidden(`/migrations/${id}/start`).revision!;
      expect((await admin.post(`/migrations/${id}/start`, { revision: '99' })).status).toBe(409);
      expect((await admin.post(`/migrations/${id}/start`, { revision })).status).toBe(303);
      expect((await admin.post(`/migrations/${id}/start`, { revision })).status).toBe(409);
      await rest();
      const done = await admin.get(`/migrations/${id}`);
      expect(done.text).toContain('已迁移 1 件，没有迁 1 件');
      expect(done.text).toContain('这个实例在此期间已经结束。');
      const [task] = await scenes(house).open(first);
      expect(task).toMatchObject({ title: '纳服再派', formId: 'dispatch-demand' });
      expect((await admin.get(`/instances/${await keyOf(first)}`)).text).toContain(`已从第 1 版迁至第 ${second} 版`);
      const desk = await Visitor.signIn(house.address, 'fandongzhi');
      expect((await desk.get(`/demands/${first}`)).text).toContain(`已从第 1 版迁至第 ${second} 版`);
      await rest();
      expect(
        (
          await query(
            'select count(*)::int as n from task where demand_id = (select id from demand where number = $1) and status = $2',
            [first, 'OPEN'],
          )
        )[0].n,
      ).toBe(1);
    });

    test('it is taken back within a day, and not afterwards', async () => {
      const path = `/migrations/${id}/revert`;
      expect((await admin.get(path)).text).toContain('逐件回到第 1 版');
      expect((await admin.post(path, { reason })).status).toBe(303);
      await rest();
      expect((await admin.get(`/migrations/${id}`)).text).toContain('已撤回 1 件');
      expect((await scenes(house).open(first))[0]).toMatchObject({ title: '纳服派单' });
      expect((await admin.post(path, { reason })).status).toBe(409);
    });

    test('an element under another id: proposed by its name; the demand goes on along the new diagram to its end', async () => {
      const third = await deploy(renamed);
      const key = await keyOf(first);
      const path = `/migrations/new?process=fast-response&from=1&to=${third}&which=chosen&keys=${key}`;
      const page = await admin.get(path);
      expect(page.text).toMatch(/建议，请核对/);
      const fields = { ...page.hidden('/migrations'), clocks: 'KEEP', reason };
      const open = await admin.post('/migrations', fields);
      expect([open.status, open.text]).toEqual([422, expect.stringContaining('还有 1 个节点没有对应，不能预演')]);
      const made = await admin.post('/migrations', { ...fields, 'map-dispatch-demand': 'dispatch-anew' });
      const rehearsed = await admin.get(made.location!);
      expect(rehearsed.text).toContain('可以迁移 1 件');
      await admin.post(`${made.location}/start`, rehearsed.hidden(`${made.location}/start`));
      // A program that ends in the middle goes on where it was: nothing is done twice.
      await Promise.all([house.sweep(), house.sweep()]);
      await house.settle();
      await scenes(house).complete(first, 'dispatch-demand');
      expect((await scenes(house).open(first)).map((task) => task.formId)).toEqual(['handle-demand']);
      await later(25);
      expect((await admin.get(`${made.location}/revert`)).text).toContain('超过 24 小时，不能撤回');
      expect(
        (
          await query(
            `select count(*)::int as n from history_event where type = 'instance.migrated' and subject_type = 'instance' and subject_id = $1`,
            [key],
          )
        )[0].n,
      ).toBe(2);
    });

    test('an element that is gone cannot be moved to: told by instance and reason', async () => {
      const ofNumber = await scenes(house).register();
      const [{ version }] = await query('select process_version as version from process_instance where key = $1', [
        await keyOf(ofNumber),
      ]);
      const path = `/migrations/new?process=fast-response&from=${version}&to=1&which=chosen&keys=${await keyOf(ofNumber)}`;
      const page = await admin.get(path);
      const made = await admin.post('/migrations', {
        ...page.hidden('/migrations'),
        clocks: 'KEEP',
        reason,
        'map-dispatch-anew': 'write-off',
      });
      const rehearsed = await admin.get(made.location!);
      expect(rehearsed.text).toContain('不能迁移 1 件');
      expect(rehearsed.text).toContain('没有可以迁移的件');
      const desk = await Visitor.signIn(house.address, 'fandongzhi');
      expect((await desk.get('/migrations')).status).toBe(403);
      expect((await admin.get('/migrations/nowhere')).status).toBe(404);
    });
  });
});

/** What the fields of a page hold. */
const shown = (html: string): Record<string, string> =>
  Object.fromEntries(
    [...html.matchAll(/<input[^>]*value="([^"]*)"[^>]*name="(v\d+)"/g)].map(([, value, name]) => [
      name!,
      value!.replaceAll('&#34;', '"').replaceAll('&quot;', '"'),
    ]),
  );
