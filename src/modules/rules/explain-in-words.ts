import type { ExplainedCondition, ExplainedRule } from './compile-rule-set.ts';
import { findOperator } from './operators.ts';
import { isReference, type RuleSet } from './rule-set.ts';

export interface Sentence {
  /** true, false, or null when it was not reached. */
  holds: boolean | null;
  text: string;
  /** The same in parts, for a table: what was looked at, what was asked of it, what was found (null: not looked at). */
  subject: string;
  required: string;
  actual: string | null;
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
    const title = ruleSet.facts[condition.fact]?.title ?? condition.fact;
    const operator = findOperator(condition.operator)?.words ?? condition.operator;
    const required = wordsOf(ruleSet, condition.fact, condition.required);
    const actual =
      condition.result === null ? '没有判断到这里' : `实际：${wordsOf(ruleSet, condition.fact, condition.actual)}`;
    return [
      {
        holds: condition.result,
        text: `${prefix}${title} ${operator} ${required}（${actual}）`,
        subject: `${prefix}${title} ${operator}`,
        required,
        actual: condition.result === null ? null : wordsOf(ruleSet, condition.fact, condition.actual),
      },
    ];
  }
  if (condition.kind === 'not') {
    // What is said is the opposite of the condition inside, so it holds when that one does not.
    return condition.conditions
      .flatMap((item) => sentencesOf(ruleSet, item, `${prefix}不是：`))
      .map((sentence) => ({ ...sentence, holds: sentence.holds === null ? null : !sentence.holds }));
  }
  const lead = condition.kind === 'any' && condition.conditions.length > 1 ? '或者：' : '';
  return condition.conditions.flatMap((item) => sentencesOf(ruleSet, item, prefix + lead));
}

/** A value in the words of the fact it belongs to. */
export function wordsOf(ruleSet: Pick<RuleSet, 'facts'>, fact: string, value: unknown): string {
  if (value === null || value === undefined) return '空';
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (Array.isArray(value))
    return value.length === 0 ? '无' : value.map((item) => wordsOf(ruleSet, fact, item)).join('、');
  if (isReference(value)) return ruleSet.facts[value.fact]?.title ?? value.fact;
  if (typeof value === 'object') return JSON.stringify(value);
  return ruleSet.facts[fact]?.enum?.[String(value)] ?? String(value);
}

/**
 * The rule that came closest without firing, and the conditions that stood in its way: what would have changed the outcome.
 * Where one rule decides, only rules judged before it could have changed anything.
 */
export function nearestChange(
  ruleSet: RuleSet,
  explanation: readonly ExplainedRule[],
): { ruleId: string; title: string; missing: string[] } | null {
  const winner = ruleSet.strategy === 'all' ? -1 : explanation.findIndex((rule) => rule.fired);
  let nearest: { ruleId: string; title: string; missing: string[] } | null = null;
  for (const rule of winner < 0 ? explanation : explanation.slice(0, winner)) {
    if (rule.fired) continue;
    const missing = toChange(ruleSet, rule.condition, true);
    if (missing.length > 0 && (!nearest || missing.length < nearest.missing.length))
      nearest = { ruleId: rule.ruleId, title: rule.title, missing };
  }
  return nearest;
}

/** The fewest comparisons that would have to come out otherwise for a condition to be `wanted`. What was not reached may have to as well. */
function toChange(ruleSet: RuleSet, condition: ExplainedCondition, wanted: boolean): string[] {
  if (condition.result === wanted) return [];
  if (condition.kind === 'comparison') return sentencesOf(ruleSet, condition, '').map((sentence) => sentence.text);
  if (condition.kind === 'not') return toChange(ruleSet, condition.conditions[0]!, !wanted);
  const each = condition.conditions.map((item) => toChange(ruleSet, item, wanted));
  // `all` becomes true, and `any` false, only together; otherwise one is enough.
  if ((condition.kind === 'all') === wanted) return each.flat();
  return each.sort((a, b) => a.length - b.length)[0] ?? [];
}
