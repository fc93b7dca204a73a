import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  analyseRuleSet,
  evaluateRuleSet,
  type Facts,
  lintRuleSet,
  type RuleSet,
} from '../../../src/modules/rules/index.ts';

const facts: RuleSet['facts'] = {
  kind: { type: 'string', title: '类别', enum: { A: '甲', B: '乙', C: '丙' } },
  name: { type: 'string', title: '名称' },
  other: { type: 'string', title: '另一名称' },
  amount: { type: 'number', title: '数额', required: true },
  limit: { type: 'number', title: '限额', required: true, minimum: 0 },
  urgent: { type: 'boolean', title: '紧急', required: true },
  tags: { type: 'list', title: '标签', required: true },
  place: { type: 'object', title: '地点' },
};

const comparison = fc.oneof(
  fc.record({
    fact: fc.constant('kind'),
    operator: fc.constantFrom('equal', 'notEqual'),
    value: fc.constantFrom('A', 'B', 'C', null),
  }),
  fc.record({
    fact: fc.constant('kind'),
    operator: fc.constantFrom('in', 'notIn'),
    value: fc.subarray(['A', 'B', 'C'], { minLength: 1 }),
  }),
  fc.record({
    fact: fc.constant('name'),
    operator: fc.constantFrom('equal', 'notEqual', 'not:equal'),
    value: fc.oneof(fc.constantFrom('x', 'y', null), fc.constant({ fact: 'other' })),
  }),
  fc.record({
    fact: fc.constant('amount'),
    operator: fc.constantFrom('equal', 'lessThan', 'lessThanInclusive', 'greaterThan', 'greaterThanInclusive'),
    value: fc.oneof(fc.constantFrom(0, 1, 5), fc.constant({ fact: 'limit' })),
  }),
  fc.record({
    fact: fc.constant('limit'),
    operator: fc.constantFrom('lessThan', 'greaterThanInclusive'),
    value: fc.constantFrom(0, 1, 3),
  }),
  fc.record({ fact: fc.constant('urgent'), operator: fc.constant('equal'), value: fc.boolean() }),
  fc.record({
    fact: fc.constant('tags'),
    operator: fc.constantFrom('contains', 'doesNotContain', 'not:contains'),
    value: fc.oneof(fc.constantFrom('x', 'p', 'q'), fc.constant({ fact: 'name' })),
  }),
  fc.record({
    fact: fc.constant('tags'),
    operator: fc.constantFrom('someFact:in', 'everyFact:in', 'everyFact:notIn'),
    value: fc.subarray(['p', 'q', 'x'], { minLength: 1 }),
  }),
  fc.record({ fact: fc.constant('name'), operator: fc.constant('in'), value: fc.constant({ fact: 'tags' }) }),
  fc.record({
    fact: fc.constant('place'),
    path: fc.constantFrom('$.town', '$.town.id'),
    operator: fc.constantFrom('equal', 'notEqual'),
    value: fc.constantFrom('x', 1, null),
  }),
);
const group = (inner: fc.Arbitrary<unknown>) =>
  fc.oneof(
    fc.record({ all: fc.array(inner, { maxLength: 3 }) }),
    fc.record({ any: fc.array(inner, { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: inner }),
  );
const conditions = group(fc.oneof({ weight: 3, arbitrary: comparison }, group(comparison)));
const outcome = fc.oneof(
  fc.record({ host: fc.constantFrom('H1', 'H2', 'H3') }),
  fc.record({ host: fc.constant({ fact: 'name' }), days: fc.constantFrom(1, 2) }),
);
const ruleSets = fc
  .record({
    strategy: fc.constantFrom('first', 'highest-priority', 'all'),
    rules: fc.array(fc.record({ conditions, priority: fc.integer({ min: 1, max: 3 }), params: outcome }), {
      minLength: 1,
      maxLength: 7,
    }),
  })
  .map(({ strategy, rules }) => setOf(rules as never, strategy as RuleSet['strategy']));

function setOf(
  rules: { conditions: RuleSet['rules'][number]['conditions']; priority: number; params: object }[],
  strategy: RuleSet['strategy'] = 'first',
): RuleSet {
  return {
    id: 's',
    title: '试验',
    version: 1,
    effectiveFrom: '2026-01-01',
    basis: [],
    facts,
    strategy,
    outcomeSchema: { host: { type: 'string', title: '主办' }, days: { type: 'number', title: '天数' } },
    default: { outcome: { host: 'H0' }, reason: '其余' },
    rules: rules.map((rule, index) => ({
      id: `r${index}`,
      title: `规则${index}`,
      priority: rule.priority,
      conditions: rule.conditions,
      event: { type: 'e', params: rule.params },
    })),
  };
}

const texts = fc.constantFrom('x', 'y', 'p', 'q', 'z');
const anyFacts: fc.Arbitrary<Facts> = fc.record({
  kind: fc.constantFrom('A', 'B', 'C', null),
  name: fc.option(texts),
  other: fc.option(texts),
  amount: fc.oneof(fc.integer({ min: -1, max: 7 }), fc.constantFrom(0.5, 4.99)),
  limit: fc.integer({ min: 0, max: 7 }),
  urgent: fc.boolean(),
  tags: fc.uniqueArray(texts),
  place: fc.option(fc.constantFrom({}, { town: 'x' }, { town: { id: 1 } }, { town: { id: 'x' } }, { town: null })),
});

const whenUrgent = { all: [{ fact: 'urgent', operator: 'equal', value: true }] };
const whenKind = (...kinds: string[]) => ({ all: [{ fact: 'kind', operator: 'in', value: kinds }] });

describe('analysis of a rule set', () => {
  test('a rule said to be without effect never has one, on any facts', async () => {
    await fc.assert(
      fc.asyncProperty(ruleSets, fc.array(anyFacts, { minLength: 20, maxLength: 20 }), async (set, many) => {
        fc.pre(lintRuleSet(set).every((problem) => problem.severity !== 'error'));
        const { findings } = analyseRuleSet(set);
        for (const { kind, rules } of findings) {
          if (kind !== 'shadowed' && kind !== 'contradiction') continue;
          const without = { ...set, rules: set.rules.filter((rule) => rule.id !== rules[0]) };
          for (const given of many) {
            const decided = await evaluateRuleSet(set, given);
            if (kind === 'contradiction') expect(decided.fired).not.toContain(rules[0]);
            if (set.strategy !== 'all') expect(decided.ruleId).not.toBe(rules[0]);
            expect((await evaluateRuleSet(without, given)).outcome).toEqual(decided.outcome);
          }
        }
      }),
      { numRuns: 400 },
    );
  });

  test('a rule that decided once is never said to be without effect, and a default that decided is told of', async () => {
    await fc.assert(
      fc.asyncProperty(ruleSets, anyFacts, async (set, given) => {
        fc.pre(lintRuleSet(set).every((problem) => problem.severity !== 'error'));
        const { findings, unsettled } = analyseRuleSet(set);
        const { ruleId } = await evaluateRuleSet(set, given);
        const dead = findings.filter((finding) => ['shadowed', 'contradiction'].includes(finding.kind));
        if (ruleId !== null && set.strategy !== 'all')
          expect(dead.map((finding) => finding.rules[0])).not.toContain(ruleId);
        expect(unsettled).toEqual([]);
      }),
      { numRuns: 400 },
    );
  });

  test('facts of a finding show what it says', async () => {
    let shown = 0;
    await fc.assert(
      fc.asyncProperty(ruleSets, async (set) => {
        fc.pre(lintRuleSet(set).every((problem) => problem.severity !== 'error'));
        for (const finding of analyseRuleSet(set, { examples: [] }).findings) {
          if (!finding.facts) continue;
          shown += 1;
          const { ruleId, fired } = await evaluateRuleSet(set, finding.facts);
          const [own, other] = finding.rules;
          if (finding.kind === 'gap') expect(fired).toEqual([]);
          if (finding.kind === 'overlap') {
            expect(fired).toEqual(expect.arrayContaining([own, other]));
            const alone = (id: string | undefined) =>
              evaluateRuleSet({ ...set, rules: set.rules.filter((rule) => rule.id === id) }, finding.facts!);
            expect((await alone(own)).outcome).not.toEqual((await alone(other)).outcome);
          }
          if (finding.kind === 'shadowed') expect(fired).toContain(own);
          if (finding.kind === 'shadowed' && set.strategy !== 'all') expect(ruleId).not.toBe(own);
          if (finding.kind === 'no-example') expect(fired).toContain(own);
        }
      }),
      { numRuns: 300 },
    );
    expect(shown).toBeGreaterThan(300);
  });

  test('a planted rule that others cover is always found', () => {
    fc.assert(
      fc.property(ruleSets, fc.nat(), comparison, (set, pick, extra) => {
        fc.pre(lintRuleSet(set).every((problem) => problem.severity !== 'error') && set.strategy !== 'all');
        const above = set.rules[pick % set.rules.length]!;
        const planted = {
          ...above,
          id: 'planted',
          title: '多余的',
          priority: 1,
          conditions: { all: [above.conditions, extra] } as never,
        };
        const found = analyseRuleSet({ ...set, rules: [...set.rules, planted] }).findings;
        expect(
          found.filter((f) => ['shadowed', 'contradiction'].includes(f.kind)).map((finding) => finding.rules[0]),
        ).toContain('planted');
      }),
      { numRuns: 300 },
    );
  });

  test('says which rules cover, together where it takes several', () => {
    const { findings } = analyseRuleSet(
      setOf([
        { conditions: whenKind('A', 'B'), priority: 9, params: { host: 'H1' } },
        {
          conditions: { any: [whenKind('C'), { fact: 'kind', operator: 'equal', value: null }] },
          priority: 8,
          params: { host: 'H2' },
        },
        { conditions: whenUrgent, priority: 7, params: { host: 'H3' } },
      ]),
    );
    expect(findings[0]).toMatchObject({ kind: 'shadowed', rules: ['r2', 'r0', 'r1'], severity: 'warning' });
    expect(findings[0]!.sentence).toBe(
      '规则“规则2”永远不会起作用：被规则“规则0”、“规则1”完全覆盖，每次它成立，都已经由前面的规则决定。',
    );
  });

  test('names the conditions that cannot hold together', () => {
    const both = { all: [...whenUrgent.all, ...whenKind('A').all, ...whenKind('B', 'C').all] };
    const [finding] = analyseRuleSet(setOf([{ conditions: both, priority: 1, params: { host: 'H1' } }])).findings;
    expect(finding!.sentence).toBe('规则“规则0”永远不会成立：“类别属于甲”和“类别属于乙、丙”不能同时成立。');
  });

  test('weighs gaps, overlaps and rules by what was recorded', () => {
    const set = setOf([
      { conditions: whenKind('A'), priority: 2, params: { host: 'H1' } },
      { conditions: whenUrgent, priority: 2, params: { host: 'H2' } },
      {
        conditions: { all: [{ fact: 'amount', operator: 'greaterThan', value: 100 }] },
        priority: 1,
        params: { host: 'H3' },
      },
    ]);
    const base = { amount: 0, limit: 0, tags: [], urgent: false };
    const groups = [
      { facts: { ...base, kind: 'B' }, count: 6 },
      { facts: { ...base, kind: 'A', urgent: true }, count: 11 },
      { facts: { ...base, kind: 'A' }, count: 3 },
    ];
    const history = { decisions: 20, complete: true, groups };
    const { findings } = analyseRuleSet(set, { history });
    const of = (kind: string) => findings.filter((finding) => finding.kind === kind);
    expect(of('overlap')[0]).toMatchObject({ rules: ['r0', 'r1'], seen: 11, severity: 'warning' });
    expect(of('gap')[0]).toMatchObject({ seen: 6 });
    expect(of('gap')[0]!.sentence).toContain('类别＝乙、紧急＝否');
    expect(of('never-met').map((finding) => finding.rules)).toEqual([['r2']]);
  });

  test('names rules without an example, with facts for one, and facts nobody asks for', () => {
    const set = setOf([
      { conditions: whenKind('A'), priority: 2, params: { host: 'H1' } },
      { conditions: whenUrgent, priority: 1, params: { host: 'H2' } },
    ]);
    const examples = [{ name: '甲', facts: { kind: 'A', amount: 1, limit: 1, urgent: true, tags: [] }, expect: {} }];
    const { findings } = analyseRuleSet(set, { examples });
    const missing = findings.filter((finding) => finding.kind === 'no-example');
    expect(missing.map((finding) => finding.rules)).toEqual([['r1']]);
    expect(missing[0]!.facts).toMatchObject({ urgent: true });
    expect(findings.filter((finding) => finding.kind === 'unused-fact').map((finding) => finding.sentence)).toContain(
      '事实“限额”（limit）没有规则用到。',
    );
  });

  const is = (fact: string, operator: string, value: unknown) => ({ fact, operator, value });
  const GRID: Record<string, unknown[]> = {
    amount: [-1, 0, 1, 2, 2.5, 3, 4, 5, 5.5, 6, 9, 10, 11],
    limit: [0, 1, 3, 5],
    kind: [null, 'A', 'B', 'C'],
    name: [null, '2026-01-01', '2026-05-01', '2026-07-01'],
    urgent: [true, false],
    tags: [[], ['p'], ['q'], ['p', 'q']],
  };
  test.each<[string, unknown[]]>([
    ['ranges that touch', [{ all: [is('amount', 'lessThan', 5)] }, { all: [is('amount', 'greaterThanInclusive', 5)] }]],
    ['ranges with a hole', [{ all: [is('amount', 'lessThan', 5)] }, { all: [is('amount', 'greaterThan', 5)] }]],
    [
      'ranges that share an end',
      [{ all: [is('amount', 'lessThanInclusive', 5)] }, { all: [is('amount', 'greaterThanInclusive', 5)] }],
    ],
    [
      'a range within another',
      [
        { all: [is('amount', 'greaterThan', 0), is('amount', 'lessThan', 10)] },
        { all: [is('amount', 'greaterThan', 2), is('amount', 'lessThan', 3)] },
      ],
    ],
    ['a range that is none', [{ all: [is('amount', 'greaterThan', 10), is('amount', 'lessThan', 3)] }]],
    [
      'two ranges that cover a third together',
      [
        { all: [is('amount', 'lessThanInclusive', 5)] },
        { all: [is('amount', 'greaterThan', 3)] },
        { all: [is('kind', 'equal', 'A')] },
      ],
    ],
    [
      'a number compared with another',
      [
        { all: [is('amount', 'lessThan', { fact: 'limit' })] },
        { all: [is('limit', 'greaterThan', { fact: 'amount' })] },
        { all: [is('amount', 'greaterThanInclusive', { fact: 'limit' })] },
      ],
    ],
    [
      'below what is possible',
      [
        { all: [is('limit', 'lessThan', 0)] },
        { all: [is('limit', 'greaterThanInclusive', 0)] },
        { all: [is('urgent', 'equal', true)] },
      ],
    ],
    [
      'in and not in',
      [
        { all: [is('kind', 'in', ['A', 'B'])] },
        { all: [is('kind', 'notIn', ['A', 'B'])] },
        { all: [is('kind', 'equal', 'A')] },
      ],
    ],
    [
      'not in any of all, and missing',
      [{ all: [is('kind', 'notIn', ['A', 'B', 'C'])] }, { all: [is('kind', 'equal', null)] }],
    ],
    [
      'groups in groups',
      [
        {
          any: [
            { all: [is('urgent', 'equal', true), { not: is('kind', 'equal', 'A') }] },
            { all: [is('urgent', 'equal', false), is('kind', 'equal', 'A')] },
          ],
        },
        { not: { any: [is('urgent', 'equal', true), is('kind', 'equal', 'A')] } },
        { all: [{ any: [is('urgent', 'equal', true), is('urgent', 'equal', false)] }] },
      ],
    ],
    [
      'days as texts',
      [
        { all: [is('name', 'equal', '2026-01-01')] },
        { all: [is('name', 'in', ['2026-01-01', '2026-05-01'])] },
        { all: [is('name', 'notEqual', null)] },
        { all: [is('name', 'equal', '2026-05-01')] },
      ],
    ],
    ['two values at once', [{ all: [is('name', 'equal', '2026-01-01'), is('name', 'equal', '2026-05-01')] }]],
    [
      'lists',
      [
        { all: [is('tags', 'contains', 'p')] },
        { all: [is('tags', 'doesNotContain', 'p')] },
        { all: [is('tags', 'contains', 'p'), is('tags', 'contains', 'q')] },
      ],
    ],
    ['one that always holds, first', [{ all: [] }, { all: [is('urgent', 'equal', true)] }]],
  ])('%s: told exactly what a walk over all values finds', async (_name, many) => {
    const set = setOf(
      many.map((conditions, n) => ({ conditions: conditions as never, priority: 50 - n, params: { host: `H${n}` } })),
    );
    expect(lintRuleSet(set).filter((problem) => problem.severity === 'error')).toEqual([]);
    const { findings, unsettled } = analyseRuleSet(set);
    expect(unsettled).toEqual([]);
    const decides = new Set<string>();
    const both = new Set<string>();
    let gap = false;
    let walk: Facts[] = [{}];
    for (const [fact, values] of Object.entries(GRID))
      if (JSON.stringify(many).includes(`"${fact}"`) || ['amount', 'limit', 'urgent', 'tags'].includes(fact))
        walk = walk.flatMap((given) =>
          (JSON.stringify(many).includes(`"${fact}"`) ? values : values.slice(0, 1)).map((value) => ({
            ...given,
            [fact]: value,
          })),
        );
    for (const given of walk) {
      const { ruleId, fired } = await evaluateRuleSet(set, given);
      if (ruleId === null) gap = true;
      else decides.add(ruleId);
      for (const other of fired) if (other !== ruleId) both.add(`${ruleId} ${other}`);
    }
    const of = (...kinds: string[]) => findings.filter((finding) => kinds.includes(finding.kind));
    const dead = of('shadowed', 'contradiction').map((finding) => finding.rules[0]!);
    expect(dead.sort()).toEqual(set.rules.map((rule) => rule.id).filter((id) => !decides.has(id)));
    expect(
      of('overlap')
        .map((finding) => finding.rules.join(' '))
        .sort(),
    ).toEqual([...both].filter((pair) => !dead.includes(pair.split(' ')[1]!)).sort());
    expect(of('gap').length > 0).toBe(gap);
  });

  test('a gap without listed facts is told by an example', () => {
    const { findings } = analyseRuleSet(
      setOf([
        { conditions: { all: [is('amount', 'lessThan', 5)] }, priority: 2, params: { host: 'H1' } },
        { conditions: { all: [is('amount', 'greaterThan', 5)] }, priority: 1, params: { host: 'H2' } },
      ]),
    );
    expect(findings.find((finding) => finding.kind === 'gap')).toMatchObject({
      sentence: '没有规则命中：例如数额＝5时可能落到默认结果（其余）。',
      facts: { amount: 5 },
    });
  });

  test('settles every question about the shipped rule sets, none of which has a rule without effect; a hundred rules too', () => {
    for (const file of readdirSync('rules').filter((name) => name.endsWith('.rules.json'))) {
      const set = JSON.parse(readFileSync(`rules/${file}`, 'utf8')) as RuleSet;
      const examples: unknown = JSON.parse(readFileSync(`rules/${file.replace('.rules.', '.examples.')}`, 'utf8'));
      const { findings, unsettled } = analyseRuleSet(set, { examples });
      expect(unsettled).toEqual([]);
      expect(findings.filter((finding) => finding.severity === 'error' || finding.kind === 'shadowed')).toEqual([]);
      expect(analyseRuleSet(set, { examples }).findings).toEqual(findings);
    }
    const hundred = setOf(
      Array.from({ length: 100 }, (_, n) => ({
        conditions: {
          any: [
            { all: [{ fact: 'tags', operator: 'contains', value: `t${n}` }, ...whenKind('A', 'B').all] },
            {
              all: [
                { fact: 'amount', operator: 'greaterThan', value: n },
                { fact: 'name', operator: 'equal', value: `n${n % 7}` },
              ],
            },
          ],
        },
        priority: 200 - n,
        params: { host: `H${n % 9}` },
      })),
    );
    const planted = { ...hundred.rules[40]!, id: 'planted', priority: 5 };
    const { findings, unsettled } = analyseRuleSet({ ...hundred, rules: [...hundred.rules, planted] });
    expect(unsettled).toEqual([]);
    expect(findings.filter((finding) => finding.kind === 'shadowed').map((finding) => finding.rules[0])).toEqual([
      'planted',
    ]);
  });
});
