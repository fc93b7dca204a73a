import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { approvalFacts, type ParameterReader, routingFacts } from '../../src/modules/demands/index.ts';
import { OrgDirectory } from '../../src/modules/org/index.ts';
import {
  compileRuleSet,
  evaluateRuleSet,
  explainInWords,
  lintRuleSet,
  nearestChange,
  parameterReader,
  parseRuleFile,
  type RuleSet,
} from '../../src/modules/rules/index.ts';

const root = join(import.meta.dirname, '..', '..');
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const ruleSet = (id: string): RuleSet => json(join(root, 'rules', `${id}.rules.json`));
const directory = new OrgDirectory(json(join(root, 'data', 'org.json')));
const dictionary = json(join(root, 'data', 'routing-dictionary.json'));

describe('every rule file is clean and its examples hold', () => {
  const files = readdirSync(join(root, 'rules')).filter((name) => name.endsWith('.rules.json'));
  test.each(files)('%s', async (name) => {
    const { ruleSet } = parseRuleFile(name, readFileSync(join(root, 'rules', name), 'utf8'));
    const examples = json(join(root, 'rules', name.replace('.rules.', '.examples.')));
    expect(examples.length).toBeGreaterThan(0);
    for (const example of examples) {
      const { outcome } = await evaluateRuleSet(ruleSet, example.facts);
      expect({ name: example.name, ...outcome }).toMatchObject({ name: example.name, ...example.expect });
    }
  });
});

describe('routing examples', () => {
  const examples: any[] = json(
    process.env.SUYING_ROUTING_EXAMPLES ?? join(import.meta.dirname, 'routing-examples.json'),
  );
  test.each(examples.map((example) => [example.id, example]))('%s', async (_id, example) => {
    const { outcome } = await evaluateRuleSet(
      ruleSet('category-routing'),
      routingFacts(directory, dictionary, example.facts),
    );
    expect(outcome).toMatchObject(example.expected);
  });
});

describe('extension approval examples', () => {
  const examples: any[] = json(
    process.env.SUYING_EXTENSION_EXAMPLES ?? join(import.meta.dirname, 'extension-examples.json'),
  );
  test.each(examples.map((example) => [example.id, example]))('%s', async (_id, example) => {
    const { parameterOverrides, ...facts } = example.facts;
    const table = await evaluateRuleSet(ruleSet('deadlines'), {
      orgCode: facts.orgCode,
      handlingMode: facts.handlingMode,
    });
    const parameters: ParameterReader = parameterReader({ ...table.outcome, ...parameterOverrides }, 1);
    const { outcome } = await evaluateRuleSet(
      ruleSet('extension-approval'),
      approvalFacts(directory, facts, parameters),
    );
    expect(outcome).toMatchObject(example.expected);
  });
});

describe('lint names what is wrong and where', () => {
  const good = ruleSet('on-the-spot');
  test.each([
    [
      'an unknown fact',
      (set: any) => (set.rules[2].conditions.all[0].fact = 'nothing'),
      '/rules/2/conditions/all/0/fact',
    ],
    [
      'an unknown operator',
      (set: any) => (set.rules[2].conditions.all[0].operator = 'like'),
      '/rules/2/conditions/all/0/operator',
    ],
    ['an undeclared outcome', (set: any) => (set.rules[0].event.params.colour = 'red'), '/rules/0/event/params/colour'],
    ['a doubled id', (set: any) => (set.rules[1].id = set.rules[0].id), '/rules/1/id'],
    ['a missing default', (set: any) => delete set.default, '/default'],
    ['a wrong type', (set: any) => (set.rules[0].event.params.onTheSpot = 'yes'), '/rules/0/event/params/onTheSpot'],
    [
      'a value outside the enumeration',
      (set: any) => (set.rules[2].conditions.all[0].value = 'LATER'),
      '/rules/2/conditions/all/0/value',
    ],
  ])('%s', (_name, spoil, pointer) => {
    const set = structuredClone(good);
    spoil(set);
    expect(lintRuleSet(set).map((problem) => problem.pointer)).toContain(pointer);
  });
  test('a file that is not JSON', () => {
    expect(() => parseRuleFile('x.rules.json', '{')).toThrow('不是有效的 JSON');
  });
});

describe('explanations', () => {
  test('say what held, what did not, and what was not reached', async () => {
    const set = ruleSet('on-the-spot');
    const { explanation, outcome } = await evaluateRuleSet(set, { intakeChoice: 'COMPLEX', answered: false });
    expect(outcome.onTheSpot).toBe(false);
    const words = explainInWords(set, explanation);
    expect(words.find((rule) => rule.ruleId === 'OS-Y1')!.sentences).toEqual([
      { holds: false, text: '怎么办 等于 当场答复（实际：情况复杂）' },
      { holds: null, text: '已填写答复 等于 是（没有判断到这里）' },
    ]);
    expect(nearestChange(set, explanation)).not.toBeNull();
  });
});

describe('the compiled evaluator equals json-rules-engine', () => {
  const names = ['a', 'b', 'c', 'd'];
  const scalar = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.integer({ min: -3, max: 3 }),
    fc.constantFrom('x', 'y', '2', ''),
  );
  const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }));
  const comparison = fc.record({
    fact: fc.constantFrom(...names),
    operator: fc.constantFrom(
      'equal',
      'notEqual',
      'contains',
      'doesNotContain',
      'lessThan',
      'lessThanInclusive',
      'greaterThan',
      'greaterThanInclusive',
      'in',
      'notIn',
    ),
    value: fc.oneof(scalar, fc.record({ fact: fc.constantFrom(...names) })),
  });
  const listed = comparison.map((item) =>
    item.operator === 'in' || item.operator === 'notIn' ? { ...item, value: [item.value, 1, 'x'] } : item,
  );
  const { condition } = fc.letrec<any>((tie) => ({
    condition: fc.oneof({ depthSize: 'small' }, listed, tie('group')),
    group: fc.oneof(
      fc.record({ all: fc.array(tie('condition'), { maxLength: 3 }) }),
      fc.record({ any: fc.array(tie('condition'), { maxLength: 3 }) }),
      fc.record({ not: tie('condition') }),
    ),
  }));
  const set = fc.record({
    strategy: fc.constantFrom('first', 'all'),
    rules: fc.array(fc.record({ priority: fc.integer({ min: 1, max: 4 }), condition, outcome: fc.integer() }), {
      maxLength: 6,
    }),
  });
  test('on random rule sets and facts', async () => {
    await fc.assert(
      fc.asyncProperty(set, fc.record({ a: value, b: value, c: value, d: value }), async (made, facts) => {
        const rules: RuleSet = {
          id: 'r',
          title: 'r',
          version: 1,
          effectiveFrom: '2025-01-01',
          basis: [],
          facts: Object.fromEntries(names.map((name) => [name, { type: 'string', title: name }])) as never,
          strategy: made.strategy as 'first',
          outcomeSchema: {},
          default: { outcome: { n: -1 }, reason: '' },
          rules: made.rules.map((rule, index) => ({
            id: `R${index}`,
            title: '',
            priority: rule.priority,
            conditions: 'fact' in rule.condition ? { all: [rule.condition] } : rule.condition,
            event: { type: 'e', params: { n: rule.outcome } },
          })),
        };
        const reference = await evaluateRuleSet(rules, facts);
        const compiled = compileRuleSet(rules)(facts);
        expect(compiled).toEqual(reference);
      }),
      { numRuns: 400 },
    );
  });
});
