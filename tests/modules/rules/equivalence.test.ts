import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Engine } from 'json-rules-engine';
import {
  compileDecision,
  compileRuleSet,
  type Evaluation,
  type ExplainedRule,
  evaluateRuleSet,
  lintRuleSet,
  type RuleSet,
} from '../../../src/modules/rules/index.ts';

/** Law: on every rule set without lint errors and on all facts it declares, the compiled form says what json-rules-engine says. */

const FACTS: RuleSet['facts'] = {
  n: { type: 'number', title: 'n', required: true },
  m: { type: 'number', title: 'm' },
  s: { type: 'string', title: 's', required: true },
  t: { type: 'string', title: 't' },
  b: { type: 'boolean', title: 'b' },
  l: { type: 'list', title: 'l', required: true },
  k: { type: 'list', title: 'k' },
  o: { type: 'object', title: 'o' },
};
const names = Object.keys(FACTS);

const number = fc.integer({ min: -2, max: 3 });
const text = fc.constantFrom('', 'x', 'y', '2');
const list = fc.array(fc.oneof(number, text), { maxLength: 3 });
const facts = fc.record({
  n: number,
  m: fc.option(number),
  s: text,
  t: fc.option(text),
  b: fc.option(fc.boolean()),
  l: list,
  k: fc.option(list),
  o: fc.option(fc.record({ a: fc.oneof(number, text, fc.constant(null)), in: fc.record({ c: number }) })),
});

const plain = ['equal', 'notEqual', 'in', 'notIn', 'contains', 'doesNotContain'];
const sizes = ['lessThan', 'lessThanInclusive', 'greaterThan', 'greaterThanInclusive'];
const decorators = [
  '',
  '',
  '',
  'someFact:',
  'everyFact:',
  'someValue:',
  'everyValue:',
  'swap:',
  'not:',
  'not:someFact:',
];
const value = fc.oneof(
  number,
  text,
  fc.boolean(),
  fc.constant(null),
  list,
  fc.record({ fact: fc.constantFrom(...names) }),
);

/** Any comparison the linter lets pass. */
const comparison = fc
  .record({
    fact: fc.constantFrom(...names),
    operator: fc
      .tuple(fc.constantFrom(...decorators), fc.constantFrom(...plain, ...sizes))
      .map((parts) => parts.join('')),
    value,
    path: fc.constantFrom(undefined, undefined, '$.a', '.in.c', '$.in.missing'),
  })
  .map(({ path, ...rest }) => (path ? { ...rest, path } : rest))
  .filter((made) => lintRuleSet(setOf([made], 'first')).every((problem) => problem.severity === 'warning'));

const { group } = fc.letrec<{ group: any; condition: any }>((tie) => ({
  condition: fc.oneof(
    { depthSize: 'small' },
    { weight: 3, arbitrary: comparison },
    { weight: 1, arbitrary: tie('group') },
  ),
  group: fc.oneof(
    fc.record({ all: fc.array(tie('condition'), { maxLength: 3 }) }),
    fc.record({ any: fc.array(tie('condition'), { minLength: 1, maxLength: 3 }) }),
    fc.record({ not: tie('condition') }),
  ),
}));

function setOf(conditions: any[], strategy: string): RuleSet {
  return {
    id: 'r',
    title: 'r',
    version: 1,
    effectiveFrom: '2025-01-01',
    basis: [],
    facts: FACTS,
    strategy: strategy as 'first',
    outcomeSchema: { rule: { type: 'number', title: 'rule' }, seen: { type: 'number', title: 'seen' } },
    default: { outcome: { rule: -1 }, reason: '-' },
    rules: conditions.map((condition, index) => ({
      id: `R${index}`,
      title: `R${index}`,
      priority: ((index * 7) % 4) + 1,
      conditions: 'fact' in condition ? { all: [condition] } : condition,
      event: { type: 'e', params: { rule: index, seen: { fact: 'n' } } },
    })),
  };
}

/** json-rules-engine by itself, with nothing of ours but the path resolver. */
async function reference(set: RuleSet, given: Record<string, any>) {
  const pathResolver = (start: any, path: string) =>
    path
      .split('.')
      .filter((part) => part && part !== '$')
      .reduce((found, part) => found?.[part] ?? null, start);
  const engine = new Engine([], { pathResolver, replaceFactsInEventParams: true });
  for (const { id, ...rule } of structuredClone(set.rules)) engine.addRule({ ...rule, name: id } as never);
  const { results, failureResults } = await engine.run(structuredClone(given));
  return new Map([...results, ...failureResults].map((result) => [result.name, result as any]));
}

/** What the explanation says it reached has to be what the library found there. */
function expectSame(explained: ExplainedRule['condition'], found: any): void {
  if (explained.result === null) return;
  expect(explained.result).toBe(found.result);
  if (explained.kind === 'comparison') {
    expect([explained.actual, explained.required]).toEqual([found.factResult, found.valueResult]);
    return;
  }
  const inner = explained.kind === 'not' ? [found.not] : found[explained.kind];
  for (const [index, condition] of explained.conditions.entries()) expectSame(condition, inner[index]);
}

function expectAgreement(evaluation: Evaluation, found: Map<string, any>): void {
  for (const rule of evaluation.explanation) {
    const result = found.get(rule.ruleId);
    expect(rule.fired).toBe(result.result);
    expectSame(rule.condition, Object.assign(result.conditions, { result: result.result }));
  }
}

describe('the compiled rule set equals json-rules-engine', () => {
  const sets = fc.tuple(
    fc.array(fc.oneof(comparison, group), { maxLength: 6 }),
    fc.constantFrom('first', 'all', 'highest-priority'),
  );

  test('rule by rule and condition by condition, on random rule sets and facts', async () => {
    await fc.assert(
      fc.asyncProperty(sets, facts, async ([conditions, strategy], given) => {
        const set = setOf(conditions, strategy);
        expect(lintRuleSet(set).filter((problem) => problem.severity === 'error')).toEqual([]);
        const compiled = compileRuleSet(set)(given);
        const found = await reference(set, given);
        expectAgreement(compiled, found);
        const winner = compiled.ruleId;
        const best = set.rules.filter((rule) => found.get(rule.id).result).sort((a, b) => b.priority - a.priority)[0];
        expect(winner).toBe(best?.id ?? null);
        expect(compiled.outcome).toEqual(best ? found.get(best.id).event.params : { rule: -1 });
        expect(await evaluateRuleSet(set, given)).toEqual(compiled);
        expect(compileDecision(set)(given)).toEqual({ outcome: compiled.outcome, ruleId: compiled.ruleId });
      }),
      { numRuns: 500 },
    );
  });

  test('the same facts always give the same answer, and nothing handed in or out is shared', () => {
    fc.assert(
      fc.property(sets, facts, ([conditions, strategy], given) => {
        const set = setOf(conditions, strategy);
        const frozen = structuredClone(set);
        const run = compileRuleSet(set);
        const first = run(given);
        const copy = structuredClone(first);
        first.outcome.rule = 'spoilt';
        expect(run(given)).toEqual(copy);
        expect(set).toEqual(frozen);
      }),
      { numRuns: 100 },
    );
  });
});
