import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlOf } from '../../src/db/orm.ts';
import { publishForm } from '../../src/modules/processes/index.ts';
import { publishRuleSet } from '../../src/modules/rules/index.ts';
import { draft, file, person, withLabel, withParameter } from '../support/designs.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';

const CO_HANDLING = file('processes/co-handling/co-handling.bpmn');

describe('R27: versions and what differs between them (P21)', () => {
  let house: TestHouse;
  let admin: Visitor;
  let auditor: Visitor;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    const actor = await person(house, 'jinqingming');
    const by = { actor, now: house.clock.now() };
    await house.house.transaction(actor, async (unit) => {
      const sql = sqlOf(unit.em);
      await publishForm(
        sql,
        { formId: 'handle-demand', processId: 'handle-demand', content: withLabel('做了什么'), reason: '说得更明白' },
        by,
      );
      await publishRuleSet(
        sql,
        {
          id: 'deadlines',
          content: withParameter('handle.single.days', 4),
          examples: [{ name: '默认', facts: {}, expect: {} }],
          reason: '提速',
        },
        by,
      );
    });
    await draft(house, 'jinqingming', {
      kind: 'process',
      id: 'co-handling',
      content: CO_HANDLING.replace('name="协办"', 'name="协办办理"').replace(
        'name="提交协办意见"',
        'name="交协办意见"',
      ),
      basedOn: 1,
    });
    admin = await Visitor.signIn(house.address, 'jinqingming');
    auditor = await Visitor.signIn(house.address, 'weidashu');
  });
  afterAll(() => house?.stop());

  test('every version with state, moment, author and reason', async () => {
    const rules = await admin.get('/rules/deadlines/versions');
    expect(rules.status).toBe(200);
    expect(rules.text).toMatch(/第 2 版 在用 .*金清明 .*提速/);
    expect(rules.text).toMatch(/第 1 版 旧版/);
    const form = await admin.get('/processes/handle-demand/forms/handle-demand/versions');
    expect(form.text).toMatch(/第 2 版 在用 2026年11月23日 10:00 金清明 .*说得更明白/);
    const process = await admin.get('/processes/co-handling/versions');
    expect(process.text).toContain('有一份草稿，据第 1 版，金清明 在 11月23日 10:00 保存。');
    expect(process.text).toMatch(/第 1 版 在用 .* 0 件/);
  });

  test.each<[string, string, RegExp]>([
    ['a parameter', '/rules/deadlines/diff?from=1&to=2', /～ 修改 .*：“5”改为“4”/],
    ['without a choice the last two', '/rules/deadlines/diff', /第 1 版 → 第 2 版/],
    [
      'a field of a form',
      '/processes/handle-demand/forms/handle-demand/diff?from=1&to=2',
      /字段“措施”的标签：“措施”改为“做了什么”/,
    ],
    ['back again', '/processes/handle-demand/forms/handle-demand/diff?from=2&to=1', /“做了什么”改为“措施”/],
    ['the same twice', '/rules/deadlines/diff?from=2&to=2', /两份完全相同/],
    ['a draft of a diagram', '/processes/co-handling/diff?from=1&to=draft', /影响在办 0 件.*协办办理/],
  ])('%s is told in a sentence', async (_name, path, words) => {
    const page = await admin.get(path);
    expect(page.status).toBe(200);
    expect(page.text).toMatch(words);
    expect(page.text).toContain('原文对比');
  });

  test('a diagram is drawn twice, with sign and word where it differs', async () => {
    const { html } = await admin.get('/processes/co-handling/diff?from=1&to=draft');
    expect(html.match(/<svg class="bpmn"/g)).toHaveLength(2);
    expect(html).toMatch(/is-changed[\s\S]*～ 改/);
  });

  test.each<[string, string, string]>([
    ['a version that never was', '/rules/deadlines/diff?from=1&to=9', '没有“9”这一版。可以比较的有：第 1 至 2 版'],
    ['something else', '/rules/deadlines/diff?from=latest&to=2', '没有“latest”这一版'],
    ['a draft where there is none', '/rules/deadlines/diff?from=1&to=draft', '现在没有可比较的草稿'],
    ['a form of another process', '/processes/return-visit/forms/handle-demand/versions', '没有找到这个表单'],
    ['no process', '/processes/nope/versions', '没有流程“nope”'],
    ['no rule set', '/rules/nope/diff', '没有规则集“nope”'],
  ])('%s is said to be not there, with what there is', async (_name, path, words) => {
    const page = await admin.get(path);
    expect([page.status, page.text.includes(words)]).toEqual([404, true]);
  });

  test('a draft is seen only by who may design', async () => {
    expect((await auditor.get('/processes/co-handling/diff?from=1&to=draft')).status).toBe(404);
    expect((await auditor.get('/processes/co-handling/versions')).text).not.toContain('草稿');
    expect((await auditor.get('/rules/deadlines/diff?from=1&to=2')).status).toBe(200);
  });

  test('a draft that cannot be read is still shown line by line', async () => {
    await draft(house, 'jinqingming', { kind: 'rules', id: 'deferral', content: '{ "id": ', basedOn: 1 });
    const page = await admin.get('/rules/deferral/diff?from=1&to=draft');
    expect(page.status).toBe(200);
    expect(page.text).toContain('其中一份还读不出来');
  });

  test('an old version begins a new draft; what is in force stays', async () => {
    await admin.get('/rules/deadlines/versions');
    const begun = await admin.post('/rules/deadlines/draft', { version: '1' });
    expect(begun.location).toBe('/rules/deadlines/edit');
    expect((await admin.get('/rules/deadlines/diff?from=1&to=draft')).text).toContain('两份完全相同');
    expect((await admin.get('/rules/deadlines/diff?from=2&to=draft')).text).toMatch(/“4”改为“5”/);
    // There is a draft now: another version does not silently replace it.
    expect((await admin.post('/rules/deadlines/draft', { version: '2' })).status).toBe(409);
    expect((await admin.post('/rules/deadlines/draft', { version: '77' })).status).toBe(404);
  });
});
