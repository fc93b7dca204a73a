import type { ExplainedCondition, ExplainedRule } from './compile-rule-set.ts';
import { OPERATORS, type RuleSet } from './rule-set.ts';

export interface Sentence {
  /** true, false, or null when it was not reached. */
  holds: boolean | null;
  text: string;
}

export interface ExplainedInWords {
  ruleId: string;
  title: string;
  fired: boolean;
  basis: string | null;
  sentences: Sentence[];
}

/** Every rule as Chinese sentences with what was found: “标签 包含 契税（实际：契税、退税）”. */
export function explainInWords(ruleSet: RuleSet, explanation: readonly ExplainedRule[]): ExplainedInWords[] {
  return explanation.map((rule) => ({
    ruleId: rule.ruleId,
    title: rule.title,
    fired: rule.fired,
    basis: rule.basis ?? null,
    sentences: sentencesOf(ruleSet, rule.condition, ''),
  }));
}

function sentencesOf(ruleSet: RuleSet, condition: ExplainedCondition, prefix: string): Sentence[] {
  if (condition.kind === 'comparison') {
    const fact = ruleSet.facts[condition.fact];
    const title = fact?.title ?? condition.fact;
    const required = wordsOf(ruleSet, condition.fact, condition.required);
    const actual =
      condition.result === null ? '没有判断到这里' : `实际：${wordsOf(ruleSet, condition.fact, condition.actual)}`;
    return [
      {
        holds: condition.result,
        text: `${prefix}${title} ${OPERATORS[condition.operator] ?? condition.operator} ${required}（${actual}）`,
      },
    ];
  }
  if (condition.kind === 'not')
    return condition.conditions.flatMap((item) => sentencesOf(ruleSet, item, `${prefix}不是：`));
  const lead = condition.kind === 'any' && condition.conditions.length > 1 ? '或者：' : '';
  return condition.conditions.flatMap((item) => sentencesOf(ruleSet, item, prefix + lead));
}

function wordsOf(ruleSet: RuleSet, fact: string, value: unknown): string {
  if (value === null || value === undefined) return '空';
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (Array.isArray(value))
    return value.length === 0 ? '无' : value.map((item) => wordsOf(ruleSet, fact, item)).join('、');
  if (typeof value === 'object') {
    const reference = (value as { fact?: string }).fact;
    return reference ? (ruleSet.facts[reference]?.title ?? reference) : JSON.stringify(value);
  }
  return ruleSet.facts[fact]?.enum?.[String(value)] ?? String(value);
}

/** The rule that came closest without firing, and the conditions that stood in its way: what would have changed the outcome. */
export function nearestChange(
  ruleSet: RuleSet,
  explanation: readonly ExplainedRule[],
): { title: string; missing: string[] } | null {
  let nearest: { title: string; missing: string[] } | null = null;
  for (const rule of explanation) {
    if (rule.fired) continue;
    const missing = failing(ruleSet, rule.condition);
    if (missing.length > 0 && (!nearest || missing.length < nearest.missing.length))
      nearest = { title: rule.title, missing };
  }
  return nearest;
}

function failing(ruleSet: RuleSet, condition: ExplainedCondition): string[] {
  if (condition.result === true) return [];
  if (condition.kind === 'any') {
    const options = condition.conditions.map((item) => failing(ruleSet, item)).filter((list) => list.length > 0);
    return options.sort((a, b) => a.length - b.length)[0] ?? [];
  }
  if (condition.kind === 'all') return condition.conditions.flatMap((item) => failing(ruleSet, item));
  return sentencesOf(ruleSet, condition, '').map((sentence) => sentence.text);
}
