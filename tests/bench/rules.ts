import { compileRuleSet, evaluateRuleSet, type RuleSet } from '../../src/modules/rules/index.ts';
import { type Line, rounded } from './measure.ts';

/** A rule set of so many rules, each with a group and a few comparisons. */
function setOf(rules: number): RuleSet {
  const comparison = (index: number) => ({ fact: 'amount', operator: 'greaterThan', value: index });
  return {
    id: 'bench',
    title: '测量',
    version: 1,
    effectiveFrom: '2025-01-01',
    basis: [],
    facts: {
      amount: { type: 'number', title: '数', required: true },
      tags: { type: 'list', title: '标签', required: true },
      org: { type: 'string', title: '单位' },
    },
    strategy: 'first',
    outcomeSchema: { host: { type: 'string', title: '主办' } },
    default: { outcome: { host: null }, reason: '-' },
    rules: Array.from({ length: rules }, (_, index) => ({
      id: `B${index}`,
      title: `B${index}`,
      priority: rules - index,
      conditions: {
        all: [
          { fact: 'org', operator: 'equal', value: '341523' },
          { any: [comparison(index + 1000), { fact: 'tags', operator: 'contains', value: `标签${index}` }] },
        ],
      },
      event: { type: 'b', params: { host: `D${index}` } },
    })),
  };
}

/** Compiled evaluation with its explanation, against json-rules-engine (which the program runs as well, and compares). */
export async function measureRules(): Promise<Line[]> {
  const set = setOf(100);
  const compiled = compileRuleSet(set);
  const facts = (index: number) => ({ amount: index % 900, org: '341523', tags: [`标签${index % 100}`, '契税'] });
  for (let index = 0; index < 5000; index += 1) compiled(facts(index));
  const many = 50_000;
  let began = performance.now();
  for (let index = 0; index < many; index += 1) compiled(facts(index));
  const fast = ((performance.now() - began) * 1000) / many;
  const few = 300;
  began = performance.now();
  for (let index = 0; index < few; index += 1) await evaluateRuleSet(set, facts(index));
  const both = ((performance.now() - began) * 1000) / few;
  return [
    { what: '规则：100 条，编译执行，含逐条解释', measured: `${rounded(fast)} 微秒`, budget: '< 20 微秒' },
    { what: '规则：100 条，json-rules-engine 判定并与编译结果对照', measured: `${rounded(both)} 微秒`, budget: '—' },
  ];
}
