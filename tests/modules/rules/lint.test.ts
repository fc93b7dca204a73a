import { describe, expect, test } from '@jest/globals';
import {
  checkExamples,
  compileRuleSet,
  lintRuleSet,
  parseRuleFile,
  type RuleSet,
} from '../../../src/modules/rules/index.ts';

const good = (): any => ({
  id: 'sample',
  title: '样例',
  version: 1,
  effectiveFrom: '2026-01-01',
  basis: ['P4.2.1'],
  facts: {
    kind: { type: 'string', title: '种类', enum: { A: '甲', B: '乙' } },
    days: { type: 'number', title: '天数', required: true },
    limit: { type: 'number', title: '上限' },
    tags: { type: 'list', title: '标签' },
    shift: { type: 'object', title: '流转' },
  },
  strategy: 'first',
  outcomeSchema: {
    allowed: { type: 'boolean', title: '允许', required: true },
    reason: { type: 'string', title: '理由', enum: { OK: '可以', NO: '不可以' } },
    list: { type: 'list', title: '列表' },
  },
  default: { outcome: { allowed: false, reason: 'NO' }, reason: '没有规则命中' },
  rules: [
    {
      id: 'S-1',
      title: '甲类可以',
      priority: 2,
      conditions: {
        all: [
          { fact: 'kind', operator: 'equal', value: 'A' },
          { fact: 'days', operator: 'lessThan', value: 10 },
        ],
      },
      event: { type: 's-1', params: { allowed: true, reason: 'OK' } },
      basis: 'P4.2.1',
    },
    {
      id: 'S-2',
      title: '其余看标签',
      priority: 1,
      conditions: {
        any: [
          { fact: 'tags', operator: 'contains', value: 'x' },
          { fact: 'shift', operator: 'equal', value: 1, path: '$.a' },
          { not: { fact: 'limit', operator: 'greaterThan', value: { fact: 'days' } } },
        ],
      },
      event: { type: 's-2', params: { allowed: true, list: { fact: 'tags' } } },
    },
  ],
});
const lint = (spoil: (set: any) => unknown) => {
  const set = good();
  spoil(set);
  return lintRuleSet(set);
};
const first = (set: any) => set.rules[0].conditions.all[0];
const second = (set: any) => set.rules[0].conditions.all[1];

describe('a rule set is checked before it is run', () => {
  test('a good one has nothing to say', () => {
    expect(lintRuleSet(good())).toEqual([]);
  });

  test.each<[string, (set: any) => unknown, string]>([
    ['unknown fact', (set) => (first(set).fact = 'nothing'), '/rules/0/conditions/all/0/fact'],
    [
      'a fact named like a property of every object',
      (set) => (first(set).fact = 'constructor'),
      '/rules/0/conditions/all/0/fact',
    ],
    ['unknown operator', (set) => (first(set).operator = 'like'), '/rules/0/conditions/all/0/operator'],
    ['unknown decorator', (set) => (first(set).operator = 'maybe:equal'), '/rules/0/conditions/all/0/operator'],
    ['operator that is not a text', (set) => (first(set).operator = 1), '/rules/0/conditions/all/0/operator'],
    ['no value', (set) => delete first(set).value, '/rules/0/conditions/all/0/value'],
    ['value outside the enumeration', (set) => (first(set).value = 'C'), '/rules/0/conditions/all/0/value'],
    [
      'list value outside the enumeration',
      (set) => Object.assign(first(set), { operator: 'in', value: ['A', 'C'] }),
      '/rules/0/conditions/all/0/value/1',
    ],
    ['two types that are never equal', (set) => (first(set).value = 1), '/rules/0/conditions/all/0/value'],
    ['size of a text', (set) => (first(set).operator = 'lessThan'), '/rules/0/conditions/all/0/value'],
    [
      'compared with a fact that may be missing',
      (set) => (second(set).value = { fact: 'limit' }),
      '/rules/0/conditions/all/1/value',
    ],
    [
      'compared with an unknown fact',
      (set) => (second(set).value = { fact: 'nothing' }),
      '/rules/0/conditions/all/1/value',
    ],
    ['in without a list', (set) => (first(set).operator = 'in'), '/rules/0/conditions/all/0/value'],
    [
      'in a list that may be missing',
      (set) => Object.assign(first(set), { operator: 'in', value: { fact: 'tags' } }),
      '/rules/0/conditions/all/0/value',
    ],
    ['contains on a text', (set) => (first(set).operator = 'contains'), '/rules/0/conditions/all/0/value'],
    ['object as value', (set) => (first(set).value = { a: 1 }), '/rules/0/conditions/all/0/value'],
    ['path into a text', (set) => (first(set).path = '$.a'), '/rules/0/conditions/all/0/path'],
    [
      'JSONPath script',
      (set) => (set.rules[1].conditions.any[1].path = '$..[?(@.a)]'),
      '/rules/1/conditions/any/1/path',
    ],
    ['parameters of a fact', (set) => (first(set).params = {}), '/rules/0/conditions/all/0/params'],
    [
      'reference to a condition',
      (set) => (set.rules[0].conditions = { condition: 'x' }),
      '/rules/0/conditions/condition',
    ],
    ['two groups at once', (set) => (set.rules[0].conditions.any = []), '/rules/0/conditions'],
    ['empty any', (set) => (set.rules[1].conditions.any = []), '/rules/1/conditions/any'],
    ['group that is no list', (set) => (set.rules[1].conditions.any = {}), '/rules/1/conditions/any'],
    ['comparison at the root', (set) => (set.rules[0].conditions = first(set)), '/rules/0/conditions'],
    ['no conditions', (set) => delete set.rules[0].conditions, '/rules/0/conditions'],
    ['undeclared outcome', (set) => (set.rules[0].event.params.colour = 'red'), '/rules/0/event/params/colour'],
    ['key with a slash', (set) => (set.rules[0].event.params['a/b'] = 1), '/rules/0/event/params/a~1b'],
    ['outcome of another type', (set) => (set.rules[0].event.params.allowed = 'yes'), '/rules/0/event/params/allowed'],
    [
      'outcome outside the enumeration',
      (set) => (set.rules[0].event.params.reason = 'MAYBE'),
      '/rules/0/event/params/reason',
    ],
    [
      'outcome from a fact of another type',
      (set) => (set.rules[1].event.params.list = { fact: 'days' }),
      '/rules/1/event/params/list',
    ],
    [
      'outcome from an unknown fact',
      (set) => (set.rules[1].event.params.list = { fact: 'x' }),
      '/rules/1/event/params/list',
    ],
    ['missing outcome', (set) => delete set.rules[0].event.params.allowed, '/rules/0/event/params'],
    ['missing outcome of the default', (set) => delete set.default.outcome.allowed, '/default/outcome'],
    ['event without type', (set) => delete set.rules[0].event.type, '/rules/0/event/type'],
    ['doubled id', (set) => (set.rules[1].id = 'S-1'), '/rules/1/id'],
    ['missing title', (set) => delete set.rules[1].title, '/rules/1/title'],
    ['priority zero', (set) => (set.rules[1].priority = 0), '/rules/1/priority'],
    ['rule that is no object', (set) => (set.rules[1] = null), '/rules/1'],
    ['missing default', (set) => delete set.default, '/default'],
    ['default without reason', (set) => delete set.default.reason, '/default/reason'],
    ['unknown strategy', (set) => (set.strategy = 'best'), '/strategy'],
    ['day that does not exist', (set) => (set.effectiveFrom = '2026-02-30'), '/effectiveFrom'],
    ['version zero', (set) => (set.version = 0), '/version'],
    ['slip in a key', (set) => (set.rulez = []), '/rulez'],
    ['fact of unknown type', (set) => (set.facts.kind.type = 'text'), '/facts/kind'],
    ['fact without a title', (set) => delete set.facts.kind.title, '/facts/kind/title'],
    ['no rules', (set) => (set.rules = {}), '/rules'],
  ])('%s', (_name, spoil, pointer) => {
    const errors = lint(spoil).filter((problem) => problem.severity === 'error');
    expect(errors.map((problem) => problem.pointer)).toContain(pointer);
    for (const { message } of errors) expect(message).toMatch(/[\u4e00-\u9fff].*。$/);
  });

  test.each([null, 1, 'x', [], undefined])('%j is no rule set', (input) => {
    expect(lintRuleSet(input)).toMatchObject([{ pointer: '', severity: 'error' }]);
  });

  test('a rule said twice is a warning', () => {
    expect(lint((set) => (set.rules[1].conditions = structuredClone(set.rules[0].conditions)))).toMatchObject([
      { pointer: '/rules/1/conditions', severity: 'warning' },
    ]);
  });

  test('what is too deep, too many or too large is refused', () => {
    const deep = (levels: number): any => (levels === 0 ? first(good()) : { not: deep(levels - 1) });
    expect(lint((set) => (set.rules[0].conditions = deep(12)))).toMatchObject([
      { message: expect.stringContaining('太深') },
    ]);
    expect(lint((set) => (set.rules[0].conditions = { all: Array(300).fill(first(good())) }))).toMatchObject([
      { message: expect.stringContaining('太多') },
    ]);
    expect(lint((set) => (set.rules = Array(1001).fill(set.rules[0])))[0]!.message).toContain('规则太多');
    expect(lint((set) => (set.title = 'x'.repeat(1_000_001)))[0]!.message).toContain('太大');
  });

  test('a file says its name and its mistakes', () => {
    expect(() => parseRuleFile('x.rules.json', '{')).toThrow('不是有效的 JSON');
    expect(() => parseRuleFile('x.rules.json', JSON.stringify(good()))).toThrow('sample.rules.json');
    expect(parseRuleFile('sample.rules.json', JSON.stringify(good())).id).toBe('sample');
  });
});

describe('facts are checked before a rule sees them', () => {
  const run = compileRuleSet(good() as RuleSet);
  test.each<[string, Record<string, unknown>, string]>([
    ['missing though required', { kind: 'A' }, '/days'],
    ['another type', { days: '9' }, '/days'],
    ['not a number', { days: Number.NaN }, '/days'],
    ['outside the enumeration', { days: 1, kind: 'Z' }, '/kind'],
    ['no list', { days: 1, tags: 'x' }, '/tags'],
    ['too large', { days: 1, tags: ['x'.repeat(70_000)] }, ''],
  ])('%s', (_name, facts, pointer) => {
    expect(() => run(facts)).toThrow(
      expect.objectContaining({ code: 'Invalid', problems: [expect.objectContaining({ pointer })] }),
    );
  });
  test('what is not declared is not seen and not kept', () => {
    expect(run({ days: 1, kind: 'A', phone: '13900000000' }).outcome).toEqual({ allowed: true, reason: 'OK' });
  });
});

describe('examples are a gate', () => {
  const check = (examples: unknown) => checkExamples(good() as RuleSet, examples).map((problem) => problem.pointer);
  test('those that hold pass', () => {
    expect(check([{ name: '甲', facts: { kind: 'A', days: 3 }, expect: { allowed: true } }])).toEqual([]);
  });
  test.each<[string, unknown, string]>([
    ['none', [], ''],
    ['ill-formed', [{ name: 'x' }], '/0'],
    [
      'another outcome',
      [{ name: 'x', facts: { kind: 'A', days: 3 }, expect: { allowed: false } }],
      '/0/expect/allowed',
    ],
    ['unknown fact', [{ name: 'x', facts: { days: 3, colour: 1 }, expect: {} }], '/0/facts/colour'],
    ['wrong fact', [{ name: 'x', facts: { days: 'three' }, expect: {} }], '/0/facts/days'],
  ])('%s', (_name, examples, pointer) => {
    expect(check(examples)).toContain(pointer);
  });
});
