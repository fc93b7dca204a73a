import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import {
  checkExamples,
  evaluateRuleSet,
  explainInWords,
  lintRuleSet,
  nearestChange,
  parseRuleFile,
} from '../../src/modules/rules/index.ts';
import { partOf, readJson, ruleSetFile, ruleSetIds } from '../support/rules.ts';

/** Examples of the rule sets: the product's own, or a bureau's folder of `<rule-set>.examples.json` (SUYING_RULE_EXAMPLES). */
const rules = join(import.meta.dirname, '../../rules');
const folder = process.env.SUYING_RULE_EXAMPLES ?? rules;

/** Anchors of the policy and numbers of the requirements: a rule may rest on nothing else. */
const CLAUSE =
  /^(R([1-9]|[12]\d|3[01])|P(0|0\.1|1|1\.p1|2|2\.[1-4]|3|3\.[12]|4|4\.p1|4\.1|4\.1\.p1|4\.1\.[12]|4\.2|4\.2\.p1|4\.2\.[1-3]|4\.3|4\.3\.p1|4\.4|4\.4\.p1|4\.5|4\.5\.p1|5|5\.[1-3]|5\.[1-3]\.p1))$/;

describe.each(ruleSetIds())('rule set %s', (id) => {
  const { ruleSet } = parseRuleFile(`${id}.rules.json`, readFileSync(join(rules, `${id}.rules.json`), 'utf8'));
  const examples = readJson(join(folder, `${id}.examples.json`)) as any[];

  test('has no findings', () => expect(lintRuleSet(ruleSet)).toEqual([]));

  test('rests on clauses that exist', () => {
    const named = [...ruleSet.basis, ...ruleSet.rules.flatMap((rule) => rule.basis ?? [])];
    expect(named.filter((clause) => !CLAUSE.test(clause))).toEqual([]);
  });

  test('has examples for the gate', () => expect(checkExamples(ruleSet, examples)).toEqual([]));

  test.each(examples.map((example) => [example.name, example] as const))('%s', async (_name, example) => {
    const { outcome } = await evaluateRuleSet(ruleSet, example.facts);
    expect(partOf(outcome, example.expect)).toEqual(example.expect);
  });
});

describe('explanations', () => {
  test('say what held, what did not, and what was not reached', async () => {
    const set = ruleSetFile('on-the-spot');
    const { explanation, outcome } = await evaluateRuleSet(set, { intakeChoice: 'COMPLEX', answered: false });
    expect(outcome.onTheSpot).toBe(false);
    const words = explainInWords(set, explanation);
    expect(words.find((rule) => rule.ruleId === 'OS-Y1')!.sentences).toMatchObject([
      { holds: false, text: '怎么办 等于 当场答复（实际：情况复杂）' },
      { holds: null, text: '已填写答复 等于 是（没有判断到这里）' },
    ]);
  });
});

describe('what would have changed the outcome', () => {
  test('the rule that came closest, with the conditions in its way', async () => {
    const set = ruleSetFile('on-the-spot');
    const { explanation } = await evaluateRuleSet(set, { intakeChoice: 'ON_THE_SPOT', answered: false });
    expect(nearestChange(set, explanation)).toMatchObject({ missing: [expect.stringContaining('实际：')] });
  });
  test('a rule behind the one that decided could not have changed anything', async () => {
    const set = ruleSetFile('return-visit-sampling');
    const facts = { reachable: false, bucket: 50, samplePercent: 20 };
    const { explanation, ruleId } = await evaluateRuleSet(set, facts);
    expect(ruleId).toBe('RV-X1');
    expect(nearestChange(set, explanation)).toBeNull();
  });
});
