import { wordsOf } from './explain-in-words.ts';
import { findOperator } from './operators.ts';
import {
  type Condition,
  isComparison,
  isReference,
  judgedRules,
  type Outcome,
  type Rule,
  type RuleSet,
} from './rule-set.ts';

/** A rule as a sentence: what must hold, and what is decided then. */
export interface RuleInWords {
  id: string;
  title: string;
  priority: number;
  basis: string | null;
  /** “标签 包含 契税，并且（单位级别 等于 县局，或者 …）” */
  when: string;
  /** “主办部门：税政一股” */
  decides: { title: string; value: string }[];
}

/** Every rule as a sentence, in the order they are judged. */
export function rulesInWords(ruleSet: RuleSet): RuleInWords[] {
  return judgedRules(ruleSet).map(({ rule }) => ({
    id: rule.id,
    title: rule.title,
    priority: rule.priority,
    basis: rule.basis ?? null,
    when: whenOf(ruleSet, rule),
    decides: outcomeInWords(ruleSet, rule.event.params),
  }));
}

/** One condition as a sentence. */
export const conditionInWords = (ruleSet: RuleSet, condition: Condition): string =>
  said(ruleSet, condition, { inside: false });

function whenOf(ruleSet: RuleSet, rule: Rule): string {
  const text = said(ruleSet, rule.conditions, { inside: false });
  return text === '' ? '任何情况' : text;
}

/** Brackets only where the meaning needs them: a list inside another list. */
function said(ruleSet: RuleSet, condition: Condition, { inside }: { inside: boolean }): string {
  if (isComparison(condition)) {
    const title = ruleSet.facts[condition.fact]?.title ?? condition.fact;
    const operator = findOperator(condition.operator)?.words ?? condition.operator;
    const part = condition.path ? `的 ${condition.path.replace(/^\$\.?/, '')}` : '';
    if (condition.value === null && condition.operator === 'equal') return `${title}${part}没有值`;
    if (condition.value === null && condition.operator === 'notEqual') return `${title}${part}有值`;
    if (condition.value === true && condition.operator === 'equal') return `${title}${part}：是`;
    if (condition.value === false && condition.operator === 'equal') return `${title}${part}：否`;
    return `${title}${part}${operator}${wordsOf(ruleSet, condition.fact, condition.value)}`;
  }
  if ('not' in condition) return `并非（${said(ruleSet, condition.not, { inside: false })}）`;
  const [list, joint] = 'all' in condition ? [condition.all, '，并且'] : [condition.any, '，或者'];
  const text = list.map((item) => said(ruleSet, item, { inside: list.length > 1 })).join(joint);
  return inside && list.length > 1 ? `（${text}）` : text;
}

/** What is decided, key by key, in the words of the outcome's declaration. */
export function outcomeInWords(ruleSet: RuleSet, outcome: Outcome): { title: string; value: string }[] {
  return Object.entries(outcome).map(([key, value]) => ({
    title: ruleSet.outcomeSchema[key]?.title ?? key,
    value: isReference(value)
      ? `取“${ruleSet.facts[value.fact]?.title ?? value.fact}”`
      : wordsOf({ facts: { [key]: ruleSet.outcomeSchema[key]! } }, key, value),
  }));
}
