import { isDomainError } from '../../../kernel/errors.ts';
import { type Condition, isComparison, isObject, isReference } from '../rule-set.ts';
import type { RuleFinding } from './finding.ts';
import type { AnalysisSubject } from './subject.ts';

/** Rules that no example of the set shows at work. */
export function exampleFindings(subject: AnalysisSubject, examples: unknown): RuleFinding[] {
  if (examples === undefined) return [];
  const shown = new Set<string>();
  for (const example of Array.isArray(examples) ? examples : []) {
    if (!isObject(example) || !isObject(example.facts)) continue;
    try {
      const { fired, ruleId } = subject.evaluate(example.facts);
      for (const id of subject.set.strategy === 'all' ? fired : [ruleId]) if (id) shown.add(id);
    } catch (error) {
      if (!isDomainError(error)) throw error;
    }
  }
  return subject.rules
    .filter(({ rule }) => !shown.has(rule.id))
    .map(({ rule, holds }) => {
      const before =
        subject.set.strategy === 'all'
          ? []
          : subject.rules.slice(
              0,
              subject.rules.findIndex((item) => item.rule === rule),
            );
      const facts = subject.example([holds, ...before.map((item) => item.fails)], ({ fired, ruleId }) =>
        subject.set.strategy === 'all' ? fired.includes(rule.id) : ruleId === rule.id,
      );
      return {
        kind: 'no-example',
        severity: 'note',
        rules: [rule.id],
        sentence: `规则“${rule.title}”还没有用例：没有一个用例由它决定结果。`,
        mend: '请加一个用例，写明什么事实应得什么结果。',
        ...(facts ? { facts } : {}),
      } satisfies RuleFinding;
    });
}

/** Rules that held on none of the recorded facts. */
export function neverMet(subject: AnalysisSubject): RuleFinding[] {
  const { met, rules, history } = subject;
  if (!met || !history || history.decisions === 0) return [];
  const held = new Set(met.flatMap(({ holding }) => [...holding]));
  return rules
    .filter((_, position) => !held.has(position))
    .map(({ rule }) => ({
      kind: 'never-met',
      severity: 'note',
      rules: [rule.id],
      sentence: `规则“${rule.title}”在记录的 ${history.decisions.toLocaleString('en')} 次决定里没有遇到过。`,
      mend: '请核对条件里的值是否写对；为少见情形准备的规则不必修改。',
      seen: 0,
    }));
}

/** Declared facts that no condition asks for and no outcome repeats. */
export function factFindings({ set, rules }: AnalysisSubject): RuleFinding[] {
  const used = new Set(rules.flatMap(({ rule }) => [...factsAskedBy(rule.conditions)]));
  for (const outcome of [set.default.outcome, ...set.rules.map((rule) => rule.event.params)])
    for (const value of Object.values(outcome)) if (isReference(value)) used.add(value.fact);
  return Object.entries(set.facts)
    .filter(([name]) => !used.has(name))
    .map(([name, fact]) => ({
      kind: 'unused-fact',
      severity: 'note',
      rules: [],
      sentence: `事实“${fact.title}”（${name}）没有规则用到。`,
      mend: '不再需要的，可从事实字典里删除。',
    }));
}

/** Names of the facts that conditions ask for. */
export function factsAskedBy(condition: Condition): Set<string> {
  const names = new Set<string>();
  const visit = (item: Condition): void => {
    if (isComparison(item)) {
      names.add(item.fact);
      if (isReference(item.value)) names.add(item.value.fact);
    } else if ('not' in item) visit(item.not);
    else for (const part of 'all' in item ? item.all : item.any) visit(part);
  };
  visit(condition);
  return names;
}
