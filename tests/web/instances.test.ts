import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { deployDiagram, deployVersion } from '../support/deploy-version.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { takeRulesAway } from '../support/rules-away.ts';
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
      const putBack = await takeRulesAway(house, 'category-routing');
      const ofNumber = await scenes(house).register();
      await putBack();
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

  describe('every kind of incident says what happened and how it is put right', () => {
    const catching = (id: string, definition: string) =>
      `<bpmn:intermediateCatchEvent id="${id}" name="等一等">${definition}</bpmn:intermediateCatchEvent>`;
    const row = (...ids: string[]) =>
      ids
        .slice(1)
        .map((to, n) => `<bpmn:sequenceFlow id="f${n}" sourceRef="${ids[n]}" targetRef="${to}"/>`)
        .join('');
    const process = (id: string, inner: string, roots = '') =>
      `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="d" targetNamespace="t">
  <bpmn:process id="${id}" name="异常样例" isExecutable="true"><bpmn:startEvent id="s"/>${inner}<bpmn:endEvent id="e"/></bpmn:process>${roots}
</bpmn:definitions>`;
    const called = (id: string) =>
      `<bpmn:callActivity id="x" name="办下一级"><bpmn:extensionElements><zeebe:calledElement processId="${id}"/></bpmn:extensionElements></bpmn:callActivity>`;
    const choice = (condition: string) =>
      `<bpmn:exclusiveGateway id="x" name="金额"/>${row('s', 'x')}<bpmn:sequenceFlow id="yes" sourceRef="x" targetRef="e"><bpmn:conditionExpression xsi:type="bpmn:tFormalExpression">${condition}</bpmn:conditionExpression></bpmn:sequenceFlow>`;
    const value = (newName: string, newValue: string) => ({ newName, newValue });

    test.each([
      {
        kind: 'no way out of a gateway',
        inner: choice('=amount &gt; 5'),
        variables: { amount: 1 },
        cause: '没有一个出口的条件成立',
        remedy: '现在的值都不符合',
        mend: value('amount', '9'),
      },
      {
        kind: 'a condition without its variable',
        inner: choice('=urgent'),
        cause: '表达式取不到需要的值',
        remedy: '出口条件的结果不是“是”或“否”',
        mend: value('urgent', 'true'),
      },
      {
        kind: 'a timer without its time',
        inner: `${catching('x', '<bpmn:timerEventDefinition id="x_d"><bpmn:timeDuration xsi:type="bpmn:tFormalExpression">=wait</bpmn:timeDuration></bpmn:timerEventDefinition>')}${row('s', 'x', 'e')}`,
        cause: '表达式取不到需要的值',
        remedy: '定时要用的时间没有值',
        mend: value('wait', 'PT1H'),
      },
      {
        kind: 'a message without its key',
        inner: `${catching('x', '<bpmn:messageEventDefinition id="x_d" messageRef="m"/>')}${row('s', 'x', 'e')}`,
        roots:
          '<bpmn:message id="m" name="sample"><bpmn:extensionElements><zeebe:subscription correlationKey="=reference"/></bpmn:extensionElements></bpmn:message>',
        cause: '表达式取不到需要的值',
        remedy: '等消息要用的关联编号没有值',
        mend: value('reference', 'r-1'),
      },
      {
        kind: 'a called process that is not there',
        inner: `${called('sample-called')}${row('s', 'x', 'e')}`,
        cause: '要调用的子流程没有部署',
        remedy: '是不是还没有发布；发布后重试',
        mend: 'sample-called',
      },
    ])('$kind', async ({ kind, inner, roots, variables, cause, remedy, mend }) => {
      const id = `sample-${kind.replaceAll(' ', '-')}`;
      await deployDiagram(house, id, process(id, inner, roots));
      await house.house.submitEngine(`start-${id}`, {
        type: 'createInstance',
        processId: id,
        variables: variables ?? {},
      });
      await house.settle();
      const [found] = await query(
        'select i.key, i.process_instance_key as instance from incident_view i join process_instance p on p.key = i.process_instance_key where p.process_id = $1 and i.resolved_at is null',
        [id],
      );
      const page = await admin.get(`/incidents/${found.key}`);
      expect(page.text).toContain(cause);
      expect(page.text).toContain(remedy);
      // Tried again without anything put right, it stands where it stood, and says so.
      await admin.post(`/incidents/${found.key}/retry`);
      expect((await admin.get(`/incidents/${found.key}?retried=1`)).text).toContain('仍然失败（第 2 次）');
      const [{ key }] = await query(
        'select key from incident_view where process_instance_key = $1 and resolved_at is null',
        [found.instance],
      );
      if (typeof mend === 'string') {
        await deployDiagram(house, mend, process(mend, row('s', 'e')));
        await admin.post(`/incidents/${key}/retry`);
      } else {
        const path = `/incidents/${key}/variables`;
        const form = await admin.get(path);
        const short = await admin.post(path, { ...form.hidden(path), ...shown(form.html), ...mend, reason: '补' });
        expect([short.status, short.text]).toEqual([422, expect.stringContaining('“原因”至少 4 个字')]);
        const done = await admin.post(path, {
          ...form.hidden(path),
          ...shown(form.html),
          ...mend,
          reason: '流程缺这个变量，补上',
        });
        expect(done.status).toBe(303);
      }
      await house.settle();
      expect((await admin.get(`/incidents/${key}`)).text).toContain('✓ 已处理');
      await admin.post(`/instances/${found.instance}/cancel`, { reason: '样例流程，看过就停' });
      await house.settle();
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

    describe('chosen one by one, and traced one by one', () => {
      let third: number;
      let fourth: number;
      let numbers: string[];
      let made: string;
      const why = '只迁这两件，先看一看效果';

      beforeAll(async () => {
        numbers = [];
        for (let n = 0; n < 3; n += 1) numbers.push(await scenes(house).register());
        for (const one of numbers.slice(0, 2)) await scenes(house).complete(one, 'dispatch-demand');
        const [row] = await query('select process_version as version from process_instance where key = $1', [
          await keyOf(numbers[0]!),
        ]);
        third = row.version;
        fourth = await deploy((xml) =>
          xml
            .replace('name="纳服再派"', 'name="纳服派单"')
            .replace(
              '</bpmn:process>',
              '<bpmn:textAnnotation id="note-of-version"><bpmn:text>第四版</bpmn:text></bpmn:textAnnotation></bpmn:process>',
            ),
        );
        await later(20);
      });

      test('by check boxes on the list of one version, or by numbers as they stand in the ledger', async () => {
        expect((await admin.get('/instances?process=fast-response')).text).toContain('请先在上面选定版本');
        const list = await admin.get(`/instances?process=fast-response&version=${third}`);
        expect(list.text).toContain('迁移勾选的件');
        const keys = await Promise.all(numbers.slice(0, 2).map(keyOf));
        for (const key of keys) expect(list.html).toContain(`name="key" value="${key}" form="pick"`);
        const base = `process=fast-response&from=${third}&to=${fourth}&which=chosen`;
        const ticked = await admin.get(`/migrations/new?${base}&key=${keys[0]}&key=${keys[1]}`);
        expect(ticked.text).toContain(`第 ${third} 版 → 第 ${fourth} 版，2 件`);
        const fields = { process: 'fast-response', from: String(third), to: String(fourth), which: 'chosen' };
        const pasted = `${numbers[0]}，…${numbers[1]!.slice(-9)}\n`;
        const shown = await admin.post('/migrations/new', { ...fields, keys: pasted });
        expect([shown.status, shown.text]).toEqual([200, expect.stringContaining('2 件')]);
        const wrong = await admin.post('/migrations', {
          ...fields,
          keys: `${pasted} LASQ-341523-20261123-9999 ${number}`,
          clocks: 'RESTART',
          reason: why,
        });
        expect(wrong.status).toBe(422);
        expect(wrong.text).toContain('没有找到在办的 1 件：LASQ-341523-20261123-9999');
        expect(wrong.text).toMatch(new RegExp(`…${number.slice(-9)}”在第 \\d+ 版上，不在第 ${third} 版`));
        expect(wrong.text).toContain(numbers[0]!);
        const nobody = await admin.post('/migrations', { ...fields, keys: '', clocks: 'RESTART', reason: why });
        expect([nobody.status, nobody.text]).toEqual([422, expect.stringContaining('没有符合条件的在办实例')]);
        const rehearsed = await admin.post('/migrations', { ...fields, keys: pasted, clocks: 'RESTART', reason: why });
        made = rehearsed.location!;
        expect((await admin.get(made)).text).toContain('共 2 件：可以迁移 2 件，不能迁移 0 件，期限会变 2 件');
      });

      test('which clocks move from when to when is told before and after, with the reason; what came otherwise is said', async () => {
        expect((await admin.get(`${made}?only=moved`)).text).toMatch(/：12月1日.{0,8} → 12月2日/);
        // Its clock stops before the migration is carried out.
        await scenes(house).complete(numbers[1]!, 'handle-demand');
        await admin.post(`${made}/start`, (await admin.get(made)).hidden(`${made}/start`));
        await rest();
        const done = await admin.get(`${made}?number=${numbers[0]!.slice(-9)}`);
        expect(done.text).toMatch(/已迁移 11月25日.{0,8} .{2,4}钟：12月1日.{0,8} → 12月2日/);
        expect((await admin.get(`${made}?only=DONE`)).text).toMatch(/：12月1日.{0,8} → 12月2日.{0,8} 没有变/);
        const [told] = await query(
          `select payload from history_event where type = 'deadline.recomputed' and subject_id = (select id from demand where number = $1) order by occurred_at desc limit 1`,
          [numbers[0]],
        );
        expect(told.payload.reason).toContain(why);
        const csv = await admin.get(`${made}/items.csv`);
        expect(csv.html).toContain(
          '"件号","实例号","停在","结果","时间","原因","期限","原到期","预演时的新到期","新到期","说明"',
        );
        expect(csv.html).toContain(why);
        expect(csv.html).not.toContain(numbers[0]!);
        const [left] = await query('select process_version as version from process_instance where key = $1', [
          await keyOf(numbers[2]!),
        ]);
        expect(left.version).toBe(third);
        await admin.post(`${made}/revert`, { reason: '看过了，先改回去' });
        await rest();
        expect((await admin.get(made)).text).toContain('已改回原到期');
      });

      test('every instance of a large one can be reached, page by page or as a file', async () => {
        await query(
          `insert into migration_item (migration_id, instance_key, state, reason)
           select $1, '9' || lpad(n::text, 15, '0'), 'KEPT', '已经走到新节点' || (n % 3) from generate_series(1, 450) n`,
          [made.split('/').at(-1)],
        );
        const page = await admin.get(`${made}?only=KEPT`);
        expect(page.text).toContain('共 450 件，第 1/5 页');
        expect((await admin.get(`${made}?only=KEPT&page=5`)).html.match(/href="\/instances\/9\d+"/g)).toHaveLength(50);
        expect((await admin.get(`${made}/items.csv?only=KEPT`)).html.trim().split('\r\n')).toHaveLength(452);
        const desk = await Visitor.signIn(house.address, 'fandongzhi');
        expect((await desk.get(`${made}/items.csv`)).status).toBe(403);
      });
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
