import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { approvalFacts, type ParameterReader, routingFacts } from '../../src/modules/demands/index.ts';
import { OrgDirectory } from '../../src/modules/org/index.ts';
import {
  checkExamples,
  evaluateRuleSet,
  explainInWords,
  lintRuleSet,
  nearestChange,
  overrideParameters,
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
    expect(lintRuleSet(ruleSet)).toEqual([]);
    expect(checkExamples(ruleSet, examples)).toEqual([]);
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
    const deadlines = ruleSet('deadlines');
    const parameters: ParameterReader = parameterReader(
      overrideParameters(deadlines, table.outcome, parameterOverrides),
      deadlines.version,
    );
    const { outcome } = await evaluateRuleSet(
      ruleSet('extension-approval'),
      approvalFacts(directory, facts, parameters),
    );
    expect(outcome).toMatchObject(example.expected);
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
  });
});

describe('what would have changed the outcome', () => {
  test('the rule that came closest, with the conditions in its way', async () => {
    const set = ruleSet('on-the-spot');
    const { explanation } = await evaluateRuleSet(set, { intakeChoice: 'ON_THE_SPOT', answered: false });
    expect(nearestChange(set, explanation)).toMatchObject({ missing: [expect.stringContaining('实际：')] });
  });
  test('a rule behind the one that decided could not have changed anything', async () => {
    const set = ruleSet('return-visit-sampling');
    const facts = { reachable: false, bucket: 50, samplePercent: 20 };
    const { explanation, ruleId } = await evaluateRuleSet(set, facts);
    expect(ruleId).toBe('RV-X1');
    expect(nearestChange(set, explanation)).toBeNull();
  });
});
