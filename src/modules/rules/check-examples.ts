import { canonicalJson } from '../../kernel/canonical-json.ts';
import { isDomainError } from '../../kernel/errors.ts';
import { compileRuleSet } from './compile-rule-set.ts';
import type { RuleProblem } from './rule-problem.ts';
import { type Facts, isObject, type Outcome, type RuleSet } from './rule-set.ts';

/** One example of `<id>.examples.json`: test, documentation and publish gate at once. */
export interface RuleExample {
  name: string;
  facts: Facts;
  /** Part of the outcome. */
  expect: Outcome;
  because?: string;
}

/** Runs the examples of a rule set without lint errors. Every example that is ill-formed or comes out otherwise is a problem with its place. */
export function checkExamples(ruleSet: RuleSet, examples: unknown): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const say = (pointer: string, message: string) => problems.push({ pointer, message, severity: 'error' });
  if (!Array.isArray(examples) || examples.length === 0) {
    say('', '没有示例。请至少写一个示例，说明给出什么事实、应得什么结果。');
    return problems;
  }
  const evaluate = compileRuleSet(ruleSet);
  const names = new Set<string>();
  examples.forEach((example: unknown, index) => {
    const at = `/${index}`;
    if (!isExample(example)) {
      say(at, '示例应当有名称（name）、事实（facts）和应得结果（expect）。');
      return;
    }
    if (names.has(example.name)) say(`${at}/name`, `示例“${example.name}”重名。`);
    names.add(example.name);
    for (const fact of Object.keys(example.facts).filter((name) => !Object.hasOwn(ruleSet.facts, name)))
      say(`${at}/facts/${fact}`, `规则集没有声明事实“${fact}”。`);
    try {
      const { outcome, ruleId } = evaluate(example.facts);
      for (const [key, expected] of Object.entries(example.expect)) {
        if (canonicalJson(outcome[key] ?? null) === canonicalJson(expected)) continue;
        const by = ruleId ? `规则“${ruleId}”` : '默认结果';
        say(
          `${at}/expect/${key}`,
          `示例“${example.name}”应得 ${JSON.stringify(expected)}，实得 ${JSON.stringify(outcome[key] ?? null)}（${by}）。`,
        );
      }
    } catch (error) {
      if (!isDomainError(error)) throw error;
      for (const problem of error.problems) say(`${at}/facts${problem.pointer}`, problem.message);
    }
  });
  return problems;
}

const isExample = (value: unknown): value is RuleExample =>
  isObject(value) && typeof value.name === 'string' && isObject(value.facts) && isObject(value.expect);
