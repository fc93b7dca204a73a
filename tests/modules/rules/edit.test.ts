import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import {
  addRule,
  conditionsFrom,
  copyRule,
  disableRule,
  evaluateRuleSet,
  judgedRules,
  lineOf,
  lintRuleSet,
  moveRule,
  outcomeFrom,
  type RuleExample,
  type RuleSet,
  readJson,
  removeRule,
  ruleForm,
  writeExample,
  writeHead,
  writeRule,
} from '../../../src/modules/rules/index.ts';

const files = readdirSync('rules').filter((name) => name.endsWith('.rules.json'));
const textOf = (name: string) => readFileSync(`rules/${name}`, 'utf8');
const routing = textOf('category-routing.rules.json');
const ids = (text: string) => judgedRules(JSON.parse(text) as RuleSet).map(({ rule }) => rule.id);

describe('editing the text of a rule set', () => {
  test.each(files)('%s: every rule through its form and back changes no byte', (name) => {
    const text = textOf(name);
    const set = JSON.parse(text) as RuleSet;
    for (const rule of set.rules) {
      const form = ruleForm(set, { ...rule, outcome: rule.event.params });
      const problems: never[] = [];
      const conditions = conditionsFrom(set, form, problems);
      const outcome = outcomeFrom(set, form.outcome, problems);
      expect(problems).toEqual([]);
      const { title, basis, note, priority } = form;
      const change = { title, basis, note, priority: Number(priority), conditions, outcome };
      expect(writeRule(text, rule.id, change)).toBe(text);
    }
    const { title, effectiveFrom, strategy, basis } = set;
    const { reason, outcome } = set.default;
    expect(writeHead(text, { title, effectiveFrom, strategy, basis, reason, outcome })).toBe(text);
    const examples = textOf(name.replace('.rules.', '.examples.'));
    (JSON.parse(examples) as RuleExample[]).forEach((example, index) => {
      expect(writeExample(examples, index, example)).toBe(examples);
    });
  });

  test('a change touches the lines it is about and nothing else', () => {
    const set = JSON.parse(routing) as RuleSet;
    const rule = set.rules[0]!;
    const change = {
      title: '廉政线索转纪检',
      priority: 100,
      basis: 'R20',
      note: '',
      conditions: rule.conditions,
      outcome: { ...rule.event.params, restricted: false },
    };
    const changed = writeRule(routing, rule.id, change);
    const [before, after] = [routing.split('\n'), changed.split('\n')];
    expect(after).toHaveLength(before.length);
    expect(after.filter((line, index) => line !== before[index]).map((line) => line.trim())).toEqual([
      '"title": "廉政线索转纪检",',
      '"restricted": false,',
    ]);
  });

  test('moving up and down changes the order of judgement and moves back to the same bytes', () => {
    const order = ids(routing);
    const moved = moveRule(routing, order[3]!, 'up');
    expect(ids(moved)).toEqual([order[0], order[1], order[3], order[2], ...order.slice(4)]);
    expect(moveRule(moved, order[3]!, 'down')).toBe(routing);
    expect(moveRule(routing, order[0]!, 'up')).toBe(routing);
    // The same priority: places in the file.
    const same = moveRule(routing, 'RT-G3-HEARING', 'up');
    expect(ids(same).indexOf('RT-G3-HEARING')).toBe(order.indexOf('RT-G3-LITIGATION'));
    expect(moveRule(same, 'RT-G3-HEARING', 'down')).toBe(routing);
  });

  test('a rule is added, copied, taken out of use and removed; removing what was added leaves the same bytes', async () => {
    const added = addRule(routing);
    const set = JSON.parse(added.text) as RuleSet;
    expect(lintRuleSet(set).filter((problem) => problem.severity === 'error')).toEqual([]);
    expect(ids(added.text)).not.toContain(added.id);
    expect(ids(disableRule(added.text, added.id, false)).at(-1)).toBe(added.id);
    expect(removeRule(added.text, added.id)).toBe(routing);
    const copied = copyRule(routing, 'RT-G1');
    expect(copied.id).toBe('RT-G1-2');
    expect(removeRule(copied.text, copied.id)).toBe(routing);
    const without = disableRule(routing, 'RT-G1', true);
    const facts = { clue: 'DISCIPLINE_CLUE', tags: [] };
    expect((await evaluateRuleSet(JSON.parse(routing), facts)).ruleId).toBe('RT-G1');
    expect((await evaluateRuleSet(JSON.parse(without), facts)).ruleId).not.toBe('RT-G1');
    expect(disableRule(without, 'RT-G1', false)).toBe(routing);
  });

  test('deeper conditions are kept as they are, and what is typed is read as its fact is declared', () => {
    const set = JSON.parse(textOf('on-the-spot.rules.json')) as RuleSet;
    const deep = { not: { any: [{ all: [{ fact: 'answered', operator: 'equal', value: true }] }] } };
    const form = ruleForm(set, {
      title: '深',
      priority: 1,
      conditions: { all: [deep, { fact: 'intakeChoice', operator: 'in', value: ['ON_THE_SPOT', 'SELF'] }] },
      outcome: {},
    });
    expect(form.entries[1]).toMatchObject({ value: '当场答复、本部门直接办理' });
    expect(conditionsFrom(set, form, [])).toEqual({
      all: [deep, { fact: 'intakeChoice', operator: 'in', value: ['ON_THE_SPOT', 'SELF'] }],
    });
    const problems: { pointer: string; message: string }[] = [];
    const typed = (fact: string, operator: string, value: string) => ({ fact, operator, other: '', value, keep: '' });
    conditionsFrom(
      set,
      {
        ...form,
        entries: [
          typed('intakeChoice', 'equal', '随便'),
          typed('answered', 'lessThan', '1'),
          typed('unknown', 'equal', '1'),
          { kind: 'any', rows: [typed('answered', 'equal', '也许')] },
        ],
      },
      problems,
    );
    expect(problems.map((problem) => problem.pointer)).toEqual(['/c.0.value', '/c.1.op', '/c.2.fact', '/c.3.0.value']);
    expect(problems[0]!.message).toMatch(/没有“随便”。可填：当场答复、/);
  });
});

describe('reading JSON with places', () => {
  test.each([
    ['{\n  "a": 1,\n}', 3, 1, '最后一项后面不要写逗号'],
    ['{\n  "a": “x”\n}', 2, 8, '引号应当是英文双引号 "，这里是 “'],
    ['{ "a" 1 }', 1, 7, '名称后面应当是英文冒号 :'],
    ['{ "a": [1 2] }', 1, 11, '前一项后面应当是英文逗号 , 或“]”，却是“2”'],
    ['{ "a": 1', 1, 9, '文件在这里断了：还缺“}”'],
    ['{ "a": 1, "a": 2 }', 1, 11, '名称“a”在同一个对象里重复'],
    ['{ "a": [1 }', 1, 11, '前一项后面应当是英文逗号 , 或“]”，却是“}”'],
    ['{ "a": }', 1, 8, '这里缺一个值，或多了一个逗号'],
    ['{ "a": 1，"b": 2 }', 1, 9, '逗号应当是英文逗号 ,'],
    ['{ "a"：1 }', 1, 6, '名称后面应当是英文冒号 :'],
    ['{ a: 1 }', 1, 3, '这里应当是加英文双引号的名称'],
    ['{ "a": yes }', 1, 8, '这里应当是一个值（文字要加英文双引号），却是“y”'],
    ['{ "a": "x\ny" }', 1, 8, '这段文字没有用英文双引号结束，或里面有不能直接写的符号'],
    ['{} {}', 1, 4, '这里多出了内容：文件只能有一个最外层的对象'],
    ['{ "a": 1, "a": 2, }', 1, 11, '名称“a”在同一个对象里重复'],
    [`${'['.repeat(300)}${']'.repeat(300)}`, 1, 1, '不是有效的 JSON，或嵌套太深。'],
    ['', 1, 1, '文件在这里断了：还缺一个值或右括号'],
  ])('%j', (text, line, column, message) => {
    expect(readJson(text)).toEqual({ mistake: { line, column, message } });
  });

  test('every shipped file is read as JSON.parse reads it, and a pointer leads to its line', () => {
    for (const name of files) {
      const text = textOf(name);
      const read = readJson(text);
      if ('mistake' in read) throw new Error(read.mistake.message);
      expect(read.value).toEqual(JSON.parse(text));
      expect(text.split('\n')[lineOf(text, read.root, '/default/reason') - 1]).toContain('"reason"');
      expect(text.split('\n')[lineOf(text, read.root, '/rules/0/event/params') - 1]).toContain('"params"');
    }
  });
});
