import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlOf } from '../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { publishRuleSet } from '../../src/modules/rules/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';
import { Visitor } from '../support/visitor.ts';

const TWO_DAYS = [{ name: '反馈两天', facts: {}, expect: { 'feedback.days': 2 } }];

describe('processes, rules and parameters for reading (P20, P24)', () => {
  let house: TestHouse;
  let admin: Visitor;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    admin = await Visitor.signIn(house.address, 'jinqingming');
  });
  afterAll(() => house?.stop());

  test('the catalogue counts what runs; a process says who, form, rules, deadline in words beside the picture', async () => {
    const story = scenes(house);
    const number = await story.register();
    await story.complete(number, 'dispatch-demand');
    expect((await admin.get('/processes')).text).toMatch(/诉求快速响应.*第 1 版 .* 1 件/);
    const page = await admin.get('/processes/fast-response');
    expect(page.text).toMatch(/纳服派单 .*人工任务 本级纳服专岗 表单 派单 转交钟，1 个工作日/);
    expect(page.text).toMatch(/办理诉求 .*子流程 子流程 办理诉求 1 件/);
    expect(page.html).toContain('<svg class="bpmn"');
    expect(page.text).not.toContain(number);
    expect(page.text).not.toContain('曹');
    const form = await admin.get('/processes/fast-response/forms/dispatch-demand');
    expect(form.text).toMatch(/主办部门 hostDepartment 下拉选择 必填/);
    const file = await admin.get('/processes/fast-response/bpmn?version=1');
    expect(file.html).toContain('<bpmn:definitions');
    for (const wrong of [
      '/processes/none',
      '/processes/fast-response?version=9',
      '/processes/fast-response?version=x',
      '/processes/fast-response/forms/none',
    ])
      expect((await admin.get(wrong)).status).toBe(404);
  });

  test('every rule is a sentence with its clause; every shipped example runs and holds', async () => {
    const list = await admin.get('/rules');
    expect(list.text).toMatch(/当场办结与直接办理 第 1 版 .*? 全部成立/);
    expect(list.text).not.toContain('个不成立');
    const page = await admin.get('/rules/on-the-spot');
    expect(page.text).toContain('如果 怎么办等于当场答复，并且已填写答复：是， 那么 当场办结：是');
    expect(page.text).toContain('方案四（一）2');
    expect(page.text).toContain('受理登记后，应在1个工作日内');
    expect((await admin.get('/rules/none')).status).toBe(404);
  });

  test('the bench evaluates typed facts, explains, and names what does not fit', async () => {
    const tried = await admin.get('/rules/on-the-spot?fact.intakeChoice=ON_THE_SPOT&fact.answered=true');
    expect(tried.text).toContain('由 OS-Y1 决定');
    expect(tried.text).toMatch(/✓ 成立 OS-Y1/);
    expect(tried.text).toMatch(/最接近的另一条/);
    const wrong = await admin.get('/rules/extension-approval?fact.requestedTotalWorkingDays=%E4%B9%9D');
    expect(wrong.status).toBe(422);
    expect(wrong.text).toMatch(/应当是数字。/);
    expect(wrong.html).toContain('value="九"');
  });

  test('a parameter shows value, unit, clause and what it was before', async () => {
    const page = await admin.get('/parameters');
    expect(page.text).toMatch(/单部门办结时限 handle\.single\.days 5 工作日 要求 R17（方案四（二）1）/);
    const [row] = await house.house.sql.query<{ content: string }>(
      `select content from rule_set_version where rule_set = 'deadlines' order by version desc limit 1`,
    );
    const changed = row!.content
      .replace('"feedback.days": 1', '"feedback.days": 2')
      .replace('"effectiveFrom": "2025-01-01"', '"effectiveFrom": "2026-11-01"');
    expect(changed).not.toBe(row!.content);
    await house.house.transaction(SYSTEM_ACTOR, (unit) =>
      publishRuleSet(
        sqlOf(unit.em),
        { id: 'deadlines', content: changed, examples: TWO_DAYS, reason: '试点' },
        { actor: SYSTEM_ACTOR, now: house.clock.now() },
      ),
    );
    const after = await admin.get('/parameters');
    expect(after.text).toMatch(
      /反馈时限 feedback\.days 2 工作日 .*?改过 1 次 第 2 版 2026年11月1日 起： 2 （系统：试点） 第 1 版/,
    );
    expect((await admin.get('/rules/deadlines?version=1')).text).toContain('不在用 第 1 版');
  });

  test('handlers may read them too; somebody not signed in is sent to sign in', async () => {
    const handler = await Visitor.signIn(house.address, 'lulidong');
    expect((await handler.get('/rules/category-routing')).status).toBe(200);
    expect((await handler.get('/admin')).status).toBe(403);
    expect((await new Visitor(house.address).get('/rules')).location).toContain('/login');
  });
});
