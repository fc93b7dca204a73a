import { canonicalJson } from '../../kernel/canonical-json.ts';
import { isDomainError } from '../../kernel/errors.ts';
import type { RuleExample } from './check-examples.ts';
import { compileRuleSet } from './compile-rule-set.ts';
import { wordsOf } from './explain-in-words.ts';
import { outcomeInWords } from './rule-in-words.ts';
import { isObject, type RuleSet } from './rule-set.ts';

export interface ExampleResult {
  name: string;
  because: string;
  /** The facts that are given, in words. */
  facts: { title: string; value: string }[];
  expected: { title: string; value: string }[];
  passed: boolean;
  /** What came out instead, key by key; or why nothing came out. */
  wrong: string[];
  /** The rule that decided. */
  ruleId: string | null;
}

/** Runs the examples of a rule set now and says of each whether it holds. */
export function runExamples(ruleSet: RuleSet, examples: unknown): ExampleResult[] {
  if (!Array.isArray(examples)) return [];
  const evaluate = compileRuleSet(ruleSet);
  return (examples as RuleExample[])
    .filter((example) => isObject(example?.facts))
    .map((example): ExampleResult => {
      const expect = isObject(example.expect) ? example.expect : {};
      const base = {
        name: example.name,
        because: example.because ?? '',
        facts: Object.entries(example.facts).map(([name, value]) => ({
          title: ruleSet.facts[name]?.title ?? name,
          value: wordsOf(ruleSet, name, value),
        })),
        expected: outcomeInWords(ruleSet, expect),
      };
      try {
        const { outcome, ruleId } = evaluate(example.facts);
        const wrong = Object.entries(expect)
          .filter(([key, value]) => canonicalJson(outcome[key] ?? null) !== canonicalJson(value))
          .flatMap(([key]) => outcomeInWords(ruleSet, { [key]: outcome[key] ?? null }))
          .map((item) => `${item.title}：实得 ${item.value}`);
        return { ...base, passed: wrong.length === 0, wrong, ruleId };
      } catch (error) {
        if (!isDomainError(error)) throw error;
        return { ...base, passed: false, wrong: error.problems.map((problem) => problem.message), ruleId: null };
      }
    });
}
