import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Actor } from '../../src/kernel/actor.ts';
import { draftOf } from '../../src/modules/processes/index.ts';
import { backtestRun, startBacktest } from '../../src/modules/rules/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { scenes } from '../support/scenes.ts';
import { Visitor } from '../support/visitor.ts';

const EDIT = '/rules/on-the-spot/edit';

/** A rule as its form sends it. */
const RULE = {
  rule: 'OS-Y1',
  title: '能答复的当场办结',
  priority: '10',
  'c.0.fact': 'intakeChoice',
  'c.0.op': 'equal',
  'c.0.value': '当场答复',
  'o.onTheSpot.from': 'value',
  'o.onTheSpot.value': '是',
  'o.ownHandling.from': 'value',
  'o.ownHandling.value': '否',
  'o.reason.from': 'value',
  'o.reason.value': '已答复',
};

describe('the rules workshop and the parameters, by plain forms (P24, P29)', () => {
  let house: TestHouse;
  let admin: Visitor;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    admin = await Visitor.signIn(house.address, 'jinqingming');
    await admin.post('/rules/on-the-spot/draft');
  });
  afterAll(() => house?.stop());

  const draft = (id = 'on-the-spot') => draftOf(house.house.sql, 'rules', id);
  const published = async (id: string) => {
    const [row] = await house.house.sql.query<{ content: string }>(
      'select content from rule_set_version where rule_set = $1 order by version desc limit 1',
      [id],
    );
    return row!.content;
  };
  const act = async (fields: Record<string, string>) =>
    admin.post(EDIT, { revision: String((await draft()).revision), ...fields });

  test('only who may design opens the workshop; readers of rules see no way in', async () => {
    const worker = await Visitor.signIn(house.address, 'zhaojingzhe');
    expect((await worker.get('/rules/on-the-spot')).html).not.toContain(EDIT);
    for (const path of [EDIT, '/rules/on-the-spot/backtest', '/parameters/edit'])
      expect((await worker.get(path)).status).toBe(403);
    expect((await worker.post('/rules/on-the-spot/draft', { act: 'drop' })).status).toBe(403);
    expect((await draft()).content).toBe(await published('on-the-spot'));
    expect((await admin.get('/rules/none/edit')).status).toBe(404);
  });

  test('a rule saved as it is, a JSON sent back with the line ends of a form: no byte changes', async () => {
    const before = (await draft()).content;
    const page = await admin.get(`${EDIT}?view=json`);
    expect(page.status).toBe(200);
    const sent = await act({ view: 'json', content: before.replaceAll('\n', '\r\n') });
    expect(sent.location).toBe(`${EDIT}?view=json&ok=draft-kept`);
    expect((await draft()).content).toBe(before);
    for (const move of ['down', 'up', 'disable', 'enable'])
      expect((await act({ rule: 'OS-N2', act: move })).status).toBe(303);
    expect((await draft()).content).toBe(before);
  });

  test('somebody else was faster: the stale page is told, nothing is overwritten, what was typed is there', async () => {
    const second = await Visitor.signIn(house.address, 'jinqingming');
    const stale = String((await draft()).revision);
    await act({ rule: 'OS-N1', act: 'disable' });
    const { content } = await draft();
    await second.get(EDIT);
    const table = await second.post(EDIT, {
      revision: stale,
      ...RULE,
      act: 'save',
    });
    expect(table.status).toBe(409);
    expect(table.text).toContain('草稿刚刚有变化。 金清明于 2026年11月23日 10:00 改过这份草稿');
    expect(table.html).toContain('value="能答复的当场办结"');
    // Nothing is kept by itself before somebody has decided.
    expect(table.html).not.toContain('data-enhance="keep-draft"');
    const json = await second.post(EDIT, { revision: stale, view: 'json', content: `${content}\n` });
    expect(json.status).toBe(409);
    expect(json.html).not.toContain('data-enhance="keep-draft"');
    expect((await admin.get(`${EDIT}?view=json`)).html).toContain('data-enhance="keep-draft"');
    expect((await draft()).content).toBe(content);
    await act({ rule: 'OS-N1', act: 'enable' });
  });

  test('a hidden field that was tampered with, an unknown rule, an unknown act: refused, nothing changes', async () => {
    const before = (await draft()).content;
    const kept = { rule: 'OS-Y1', act: 'save', title: '甲', priority: '10', 'o.onTheSpot.from': 'null' };
    for (const keep of ['{"fact":"answered","operator":"eval","value":1}', '{}', 'nonsense'])
      expect((await act({ ...kept, 'c.0.keep': keep })).status).toBe(422);
    expect((await act({ ...kept, 'c.0.fact': 'answered', 'c.0.op': 'lessThan', 'c.0.value': '1' })).text).toContain(
      '“已填写答复”不能用“小于”，可用：等于、不等于、有值、没有值。',
    );
    expect((await act({ rule: 'none', act: 'remove' })).status).toBe(303);
    await act({ rule: 'OS-Y1', act: 'burn', title: '甲' });
    expect((await act({ view: 'examples', example: '99', act: 'remove' })).status).toBe(422);
    expect((await draft()).content).toBe(before);
  });

  test('a draft whose JSON says something wrong is kept, told in every view, and not backtested', async () => {
    const before = (await draft()).content;
    await act({ view: 'json', content: before.replace('"operator": "notEqual"', '"operator": "notEquals"') });
    for (const view of ['', '?view=examples', '?view=try'])
      expect((await admin.get(`${EDIT}${view}`)).text).toMatch(/第 \d+ 行 ：没有运算“notEquals”。可用：equal、/);
    const refused = await admin.post('/rules/on-the-spot/backtest', { span: 'all' });
    expect(refused.status).toBe(422);
    await act({ view: 'json', content: before });
  });

  test('what is typed is kept by itself when it is JSON; a stale page keeps nothing', async () => {
    const { content, revision } = await draft();
    const autosave = (sent: string, from: number) =>
      admin.post(EDIT, { view: 'json', act: 'autosave', content: sent, revision: String(from) });
    expect((await autosave(`${content}x`, revision)).status).toBe(422);
    expect(JSON.parse((await autosave(`${content} `, revision)).html)).toMatchObject({ revision: revision + 1 });
    expect((await autosave(`${content}  `, revision)).status).toBe(409);
    expect((await autosave(content, revision + 1)).status).toBe(200);
  });

  test('a rule and an example are kept by themselves while they are typed; what does not fit yet waits; a stale page keeps nothing', async () => {
    const before = await draft();
    const fields = {
      ...RULE,
      act: 'autosave',
    };
    const kept = await act(fields);
    expect(JSON.parse(kept.html)).toMatchObject({ kept: true, revision: before.revision + 1 });
    expect((await draft()).content).toContain('能答复的当场办结');
    const wrong = await act({ ...fields, 'c.0.value': '当场' });
    expect({ status: wrong.status, ...JSON.parse(wrong.html) }).toMatchObject({
      status: 422,
      kept: false,
      why: expect.stringContaining('“怎么办”的值没有“当场”'),
    });
    const { revision, content } = await draft();
    expect((await admin.post(EDIT, { ...fields, title: '旧的', revision: String(before.revision) })).status).toBe(409);
    // Somebody removed the rule that is being typed: told as a conflict, not brought back.
    expect((await act({ ...fields, rule: 'gone' })).status).toBe(409);
    expect((await act({ rule: '@head', act: 'autosave', title: '' })).status).toBe(422);
    expect(await draft()).toMatchObject({ revision, content });
    await act({ view: 'json', content: before.content });

    const count = JSON.parse((await draft()).examples!).length as number;
    const example = {
      view: 'examples',
      example: String(count),
      was: '',
      act: 'autosave',
      name: '新写的',
      'fact.intakeChoice': 'COMPLEX',
    };
    expect(JSON.parse((await act(example)).html).why).toContain('用例还没有写应得的结果');
    const expected = { ...example, 'o.onTheSpot.from': 'value', 'o.onTheSpot.value': '否' };
    expect(JSON.parse((await act(expected)).html)).toMatchObject({ kept: true, set: { was: '新写的' } });
    expect(JSON.parse((await act({ ...expected, was: '新写的', name: '改过的' })).html)).toMatchObject({ kept: true });
    expect(
      JSON.parse((await draft()).examples!)
        .map((item: { name: string }) => item.name)
        .slice(count),
    ).toEqual(['改过的']);
    // The places changed meanwhile: what was typed comes back at the example it is about, never at its neighbour.
    const stale = String((await draft()).revision);
    await act({ view: 'examples', example: '0', act: 'remove' });
    const conflicted = await admin.post(EDIT, {
      ...expected,
      act: 'save',
      was: '改过的',
      name: '再改的',
      revision: stale,
    });
    expect(conflicted.status).toBe(409);
    expect(conflicted.html).toMatch(new RegExp(`name="example" value="${count - 1}"[^]*value="再改的"`));
    const removed = await admin.post(EDIT, { view: 'examples', example: '0', act: 'remove', revision: stale });
    expect(removed.status).toBe(409);
    expect(removed.html).not.toContain('id="open"');
    await act({ view: 'json', content: before.content });
  });

  test('what was tried becomes an example; a rule without one offers facts for it; departments have names', async () => {
    const tried = await admin.get(`${EDIT}?view=try&fact.intakeChoice=COMPLEX&fact.answered=false`);
    const link = tried.link('存为用例')!;
    expect(link).toContain('view=examples&example=new#open');
    const opened = await admin.get(link);
    expect(opened.html).toMatch(/<option value="COMPLEX" selected>/);
    expect(opened.text).toContain('新用例');
    const before = await draft();
    const { rules } = JSON.parse(before.content);
    const lonely = {
      ...rules[0],
      id: 'LONELY',
      title: '没有用例的',
      priority: 500,
      conditions: {
        all: [
          { fact: 'clue', operator: 'equal', value: 'TAX_VIOLATION_REPORT' },
          { fact: 'legalMatter', operator: 'equal', value: true },
        ],
      },
    };
    await act({ view: 'json', content: JSON.stringify({ ...JSON.parse(before.content), rules: [...rules, lonely] }) });
    const offered = (await admin.get(EDIT)).link('加成用例')!;
    expect(offered).toMatch(/fact\.clue=TAX_VIOLATION_REPORT.*fact\.legalMatter=true/);
    await act({ view: 'json', content: before.content });
    await admin.post('/rules/category-routing/draft');
    const examples = await admin.get('/rules/category-routing/edit?view=examples');
    expect(examples.text).toMatch(/主办部门：六安市税务局 \S+科/);
    const rule = await admin.get('/rules/category-routing/edit?rule=RT-F1');
    expect(rule.html).toMatch(/<option value="341500-TPS" label="六安市税务局 纳税服务科">/);
    expect(rule.html).toMatch(/name="o.hostDepartment.value"[^>]* list="departments"/);
    await admin.post('/rules/category-routing/draft', { act: 'drop' });
  });

  test('three hundred rules: fifty a page, found by their words, a rule shown where it stands', async () => {
    const before = await draft();
    const set = JSON.parse(before.content);
    const many = Array.from({ length: 300 }, (_, n) => ({
      ...set.rules[0],
      id: `N${n}`,
      title: `第 ${n} 条规则`,
      priority: 1000 - n,
      note: n === 271 ? '房产税专用' : '',
    }));
    await act({ view: 'json', content: JSON.stringify({ ...set, rules: many }, null, 2) });
    const rows = (html: string) => [...html.matchAll(/<li class="rule-row" id="r-([^"]+)"/g)].map((match) => match[1]);
    const first = await admin.get(EDIT);
    expect(rows(first.html)).toEqual(many.slice(0, 50).map((rule) => rule.id));
    expect(first.text).toContain('规则 300 条');
    expect(first.text).toContain('这一页是第 1–50 条。');
    expect(first.html.length).toBeLessThan(300_000);
    expect(rows((await admin.get(`${EDIT}?page=6`)).html).at(-1)).toBe('N299');
    expect(rows((await admin.get(`${EDIT}?page=99`)).html).at(-1)).toBe('N299');
    const found = await admin.get(`${EDIT}?q=${encodeURIComponent('房产税 专用')}`);
    expect(rows(found.html)).toEqual(['N271']);
    expect(found.text).toContain('有“房产税 专用”的规则 1 条。');
    expect((await admin.get(`${EDIT}?q=${encodeURIComponent('<没有>')}`)).text).toContain('没有哪条规则有“<没有>”');
    const opened = await admin.get(`${EDIT}?rule=N271`);
    expect(rows(opened.html)).toContain('N271');
    expect(opened.html).toContain('id="r-title" name="title" value="第 271 条规则"');
    // What is done to a rule leads back to where it is now, with the words that were sought.
    const moved = await act({ rule: 'N50', act: 'up', page: '2', q: '' });
    expect(moved.location).toBe(`${EDIT}?ok=draft-kept&at=N50#r-N50`);
    expect(rows((await admin.get(moved.location!)).html)[49]).toBe('N50');
    expect((await act({ rule: 'N271', act: 'disable', q: '房产税' })).location).toBe(
      `${EDIT}?ok=draft-kept&q=%E6%88%BF%E4%BA%A7%E7%A8%8E&at=N271#r-N271`,
    );
    expect(rows((await admin.get(`${EDIT}?q=${encodeURIComponent('停用')}`)).html)).toEqual(['N271']);
    expect((await act({ rule: 'N60', act: 'remove', page: '2' })).location).toBe(`${EDIT}?ok=draft-kept&page=2`);
    await act({ view: 'json', content: before.content });
  });

  test('a backtest under way is left, found again and cancelled; a finished one opens the demand only to who may see it', async () => {
    const number = await scenes(house).register();
    house.clock.set('2026-11-23T10:20:00+08:00');
    const before = (await draft()).content;
    await act({ view: 'json', content: before.replace('按快速办理流程办理', '按流程办理') });
    const actor = { login: 'jinqingming', name: '金清明' } as Actor;
    const { content } = await draft();
    const waiting = await startBacktest(
      house.house.sql,
      { id: 'waiting', ruleSet: 'on-the-spot', draft: content, from: null },
      { actor, now: house.clock.now() },
    );
    const path = `/rules/on-the-spot/backtest/${waiting.id}`;
    expect((await admin.get(path)).text).toMatch(/等待开始 已算 0 \/ [1-9]\d* 件。可以离开这一页/);
    expect((await admin.get('/rules/on-the-spot/backtest')).html).toContain(path);
    expect((await admin.post(`${path}/cancel`)).location).toBe('/rules/on-the-spot/backtest?ok=backtest-cancelled');
    expect((await admin.post(`${path}/cancel`)).status).toBe(409);
    expect((await admin.get(path)).text).toContain('这次回测取消了，没有结果。');
    const made = await admin.post('/rules/on-the-spot/backtest', { span: '6' });
    const page = await admin.get(made.location!);
    expect(page.text).toMatch(/按草稿结果改变 1 件/);
    expect(page.text).toContain(number);
    const decision = page.link(number)!;
    expect((await admin.get(decision)).text).toMatch(/你的职责不看件的内容/);
    const chief = await Visitor.signIn(house.address, 'zhaolichun');
    const seen = await chief.get(decision);
    expect(seen.link('打开当时的件')).toContain(`/demands/${number}/as-of?at=2026-11-23T`);
    expect((await chief.get(seen.link('打开当时的件')!)).status).toBe(200);
    expect((await chief.get(made.location!)).html).not.toContain(EDIT);
    const run = await backtestRun(house.house.sql, made.location!.split('/').at(-1)!);
    expect(run.seen.map((item) => item.login)).toEqual(['jinqingming', 'zhaolichun']);
    expect((await admin.get(`/rules/deadlines/backtest/${run.id}`)).status).toBe(404);
    await act({ view: 'json', content: before });
    expect((await admin.get(made.location!)).text).toContain('草稿在这次回测之后又改过');
  });

  test('R27: a parameter is changed by a form: tried on what was finished, kept in a draft that differs in one line', async () => {
    const number = await scenes(house).register();
    // Finished on its fifth day: in time by five days, late by four.
    await house.house.sql.query(
      `insert into deadline (id, subject_type, subject_id, kind, round, org_code, starts_at, base_days, unit, total_days, due_at, due_date,
         calendar_version, provisional, status, stopped_at, overdue, overdue_days, paused_days, extensions)
       select 'finished', 'demand', id, 'HANDLING', 9, host_org_code, timestamptz '2026-11-02T09:00:00+08:00', 5, 'WORKING', 5,
         timestamptz '2026-11-09T17:30:00+08:00', date '2026-11-09', 1, false, 'STOPPED', timestamptz '2026-11-09T10:00:00+08:00', false, 0, 0, 0
       from demand where number = $1`,
      [number],
    );
    const save = (fields: Record<string, string>) =>
      admin.post('/parameters/edit', { revision: '0', act: 'save', ...fields });
    for (const [typed, message] of [
      ['五', '“单部门办结时限（工作日）”“五”不是数字'],
      ['0', '“单部门办结时限（工作日）”不能小于 1。'],
      ['4.5', '“单部门办结时限（工作日）”应当是整数。'],
      ['', '“单部门办结时限（工作日）”还没有填写。'],
    ] as const) {
      const wrong = await save({ 'p.handle.single.days': typed });
      expect(wrong.status).toBe(422);
      expect(wrong.text).toContain(message);
      expect(wrong.html).toContain(`name="p.handle.single.days" value="${typed}"`);
    }
    const preview = await save({ act: 'preview', 'p.handle.single.days': '4' });
    expect(preview.text).toContain(
      '单部门办结时限 5 → 4 工作日 近 12 个月完成的 1 件里，逾期 0 件；按新值会逾期 1 件。 新件适用；在办 2 件不变。',
    );
    await expect(draft('deadlines')).rejects.toMatchObject({ code: 'NotFound' });
    const saved = await save({ 'p.handle.single.days': '4' });
    expect(saved.location).toBe('/parameters/edit?ok=draft-kept');
    const [before, after] = [
      (await published('deadlines')).split('\n'),
      (await draft('deadlines')).content.split('\n'),
    ];
    expect(after.filter((line, index) => line !== before[index])).toEqual([
      expect.stringContaining('"handle.single.days": 4'),
    ]);
    const page = await admin.get('/parameters/edit');
    expect(page.text).toMatch(/单部门办结时限 5 → 4 工作日/);
    expect(page.html).toContain('name="designs" value="rules:deadlines"');
    expect((await save({ 'p.feedback.days': '2' })).status).toBe(409);
  });
});
