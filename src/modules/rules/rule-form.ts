/**
 * A rule as fields of a form and back: conditions as rows “事实 · 运算 · 值” and groups of rows, outcomes typed as declared. What the form
 * cannot show (deeper groups, 并非, paths, decorated operators) is kept as it is written.
 */
import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { FieldProblem } from '../../kernel/errors.ts';
import { wordsOf } from './explain-in-words.ts';
import { conditionInWords } from './rule-in-words.ts';
import {
  type Comparison,
  type Condition,
  type Conditions,
  type FactDeclaration,
  isComparison,
  isReference,
  misfit,
  type Outcome,
  type OutcomeKey,
  type RuleSet,
  type ValueType,
} from './rule-set.ts';

/** One comparison; `keep` holds one that the form cannot show, as JSON. */
export interface ConditionRow {
  fact: string;
  operator: string;
  /** Another fact to compare with, instead of a value. */
  other: string;
  value: string;
  keep: string;
}
export interface ConditionGroup {
  kind: 'all' | 'any';
  rows: ConditionRow[];
}
export interface OutcomeField {
  /** '' not given, `value`, `null`, or `fact:<name>`. */
  from: string;
  value: string;
}
export interface RuleForm {
  title: string;
  priority: string;
  basis: string;
  note: string;
  kind: 'all' | 'any';
  entries: (ConditionRow | ConditionGroup)[];
  outcome: Record<string, OutcomeField>;
}

export const isGroup = (entry: ConditionRow | ConditionGroup): entry is ConditionGroup => 'rows' in entry;
export const emptyRow = (): ConditionRow => ({ fact: '', operator: 'equal', other: '', value: '', keep: '' });

/** Operators a form offers; the last two need no value. */
export const FORM_OPERATORS: Record<string, { words: string; types: readonly ValueType[] }> = {
  equal: { words: '等于', types: ['string', 'number', 'boolean'] },
  notEqual: { words: '不等于', types: ['string', 'number', 'boolean'] },
  in: { words: '属于', types: ['string', 'number'] },
  notIn: { words: '不属于', types: ['string', 'number'] },
  contains: { words: '包含', types: ['list'] },
  doesNotContain: { words: '不包含', types: ['list'] },
  lessThan: { words: '小于', types: ['number'] },
  lessThanInclusive: { words: '不大于', types: ['number'] },
  greaterThan: { words: '大于', types: ['number'] },
  greaterThanInclusive: { words: '不小于', types: ['number'] },
  present: { words: '有值', types: ['string', 'number', 'boolean', 'list', 'object'] },
  absent: { words: '没有值', types: ['string', 'number', 'boolean', 'list', 'object'] },
};

/** A rule of a set, or the default outcome, as fields. */
export function ruleForm(
  set: RuleSet,
  rule: { title: string; priority: number; basis?: string; note?: string; conditions: Conditions; outcome: Outcome },
): RuleForm {
  const { conditions } = rule;
  const [kind, list]: ['all' | 'any', Condition[]] =
    'all' in conditions
      ? ['all', conditions.all]
      : 'any' in conditions
        ? ['any', conditions.any]
        : ['all', [conditions]];
  return {
    title: rule.title,
    priority: String(rule.priority),
    basis: rule.basis ?? '',
    note: rule.note ?? '',
    kind,
    entries: list.map((item): ConditionRow | ConditionGroup => {
      if (isComparison(item)) return rowOf(set, item);
      const inner = 'all' in item ? item.all : 'any' in item ? item.any : undefined;
      if (inner && inner.length > 0 && inner.every(isComparison))
        return { kind: 'all' in item ? 'all' : 'any', rows: inner.map((part) => rowOf(set, part)) };
      return kept(item);
    }),
    outcome: outcomeFields(set, rule.outcome),
  };
}

const kept = (condition: Condition): ConditionRow => ({ ...emptyRow(), keep: JSON.stringify(condition) });

function rowOf(set: RuleSet, condition: Comparison): ConditionRow {
  const { fact, operator, value, path } = condition;
  const declared = set.facts[fact];
  if (path || !declared || !Object.hasOwn(FORM_OPERATORS, operator)) return kept(condition);
  if (value === null)
    return operator === 'equal' || operator === 'notEqual'
      ? { ...emptyRow(), fact, operator: operator === 'equal' ? 'absent' : 'present' }
      : kept(condition);
  if (isReference(value)) return value.path ? kept(condition) : { ...emptyRow(), fact, operator, other: value.fact };
  return { ...emptyRow(), fact, operator, value: typedText(declared, value) };
}

/** A kept condition in words. */
export const keptInWords = (set: RuleSet, keep: string): string => conditionInWords(set, JSON.parse(keep) as Condition);

/** A value as somebody would type it: Chinese words where the declaration has them, several divided by 、. */
function typedText(declared: FactDeclaration | OutcomeKey, value: unknown): string {
  if (Array.isArray(value)) {
    const texts = value.map((item) => typedText(declared, item));
    return texts.some((text) => /[、,，\s[\]]/.test(text)) || value.some((item) => typeof item === 'object')
      ? JSON.stringify(value)
      : texts.join('、');
  }
  if (typeof value === 'object') return JSON.stringify(value);
  const word = wordsOf({ facts: { it: declared } }, 'it', value);
  // Two codes of one word are told apart by the code.
  return Object.values(declared.enum ?? {}).filter((other) => other === word).length > 1 ? `${word}（${value}）` : word;
}

function outcomeFields(set: RuleSet, outcome: Outcome): Record<string, OutcomeField> {
  return Object.fromEntries(
    Object.entries(set.outcomeSchema).map(([key, declared]): [string, OutcomeField] => {
      if (!Object.hasOwn(outcome, key)) return [key, { from: '', value: '' }];
      const value: unknown = outcome[key];
      if (value === null) return [key, { from: 'null', value: '' }];
      if (isReference(value))
        return [key, { from: `fact:${value.fact}${value.path ? ` ${value.path}` : ''}`, value: '' }];
      return [key, { from: 'value', value: typedText(declared, value) }];
    }),
  );
}

/** Conditions from the fields; problems name the field (`c.0.value`). */
export function conditionsFrom(set: RuleSet, form: RuleForm, problems: FieldProblem[]): Conditions {
  const list = form.entries.map((entry, index): Condition => {
    if (!isGroup(entry)) return conditionFrom(set, entry, `c.${index}`, problems);
    if (entry.rows.length === 0)
      problems.push({ pointer: `/c.${index}.kind`, message: '这一组还没有条件。请加一条，或删除这一组。' });
    const rows = entry.rows.map((row, inner) => conditionFrom(set, row, `c.${index}.${inner}`, problems));
    return entry.kind === 'all' ? { all: rows } : { any: rows };
  });
  if (form.kind === 'any' && list.length === 0)
    problems.push({ pointer: '/kind', message: '“任一成立”下面还没有条件。请加一条，或选“全部成立”。' });
  if (form.kind === 'any') return { any: list };
  const [only] = list;
  // “并非 …” stands alone at the top in the file, and goes back there.
  return list.length === 1 && only && 'not' in only ? only : { all: list };
}

function conditionFrom(set: RuleSet, row: ConditionRow, at: string, problems: FieldProblem[]): Condition {
  if (row.keep) return JSON.parse(row.keep) as Condition;
  const say = (part: string, message: string) => problems.push({ pointer: `/${at}.${part}`, message });
  const { fact, operator, other } = row;
  const none: Comparison = { fact, operator, value: null };
  const declared = Object.hasOwn(set.facts, fact) ? set.facts[fact] : undefined;
  if (!declared) {
    say('fact', fact ? `没有声明事实“${fact}”。请从字典里选一个。` : '还没有选事实。');
    return none;
  }
  const offered = Object.hasOwn(FORM_OPERATORS, operator) ? FORM_OPERATORS[operator] : undefined;
  if (!offered?.types.includes(declared.type)) {
    const usable = Object.values(FORM_OPERATORS).filter((item) => item.types.includes(declared.type));
    say(
      'op',
      `“${declared.title}”不能用“${offered?.words ?? operator}”，可用：${usable.map((item) => item.words).join('、')}。`,
    );
    return none;
  }
  if (operator === 'present') return { fact, operator: 'notEqual', value: null };
  if (operator === 'absent') return { fact, operator: 'equal', value: null };
  if (other) return { fact, operator, value: { fact: other } };
  const many = operator === 'in' || operator === 'notIn';
  // What a list contains is one of its items, and is declared by them.
  const item: FactDeclaration = declared.type === 'list' ? { ...declared, type: 'string' } : declared;
  const read: Read =
    row.value.trim() === '' ? { problem: '还没有填写。' } : many ? readMany(item, row.value) : readOne(item, row.value);
  if ('problem' in read) {
    say('value', `“${declared.title}”的值${read.problem}`);
    return none;
  }
  return { fact, operator, value: read.value };
}

/** An outcome from the fields; problems name the field (`o.<key>`). */
export function outcomeFrom(set: RuleSet, fields: RuleForm['outcome'], problems: FieldProblem[]): Outcome {
  const outcome: Outcome = {};
  for (const [key, declared] of Object.entries(set.outcomeSchema)) {
    const { from, value } = fields[key] ?? { from: '', value: '' };
    if (from === 'null') outcome[key] = null;
    else if (from.startsWith('fact:')) {
      const [fact, path] = from.slice(5).split(' ');
      outcome[key] = { fact, ...(path ? { path } : {}) };
    } else if (from === 'value') {
      const read =
        declared.type === 'list' ? readMany({ ...declared, type: 'string' }, value) : readOne(declared, value);
      if ('problem' in read) problems.push({ pointer: `/o.${key}`, message: `结果“${declared.title}”${read.problem}` });
      else outcome[key] = read.value;
    }
  }
  return outcome;
}

type Read = { value: unknown } | { problem: string };

function readMany(declared: FactDeclaration | OutcomeKey, text: string): Read {
  const trimmed = text.trim();
  if (trimmed.startsWith('[')) {
    try {
      const list: unknown = JSON.parse(trimmed);
      if (Array.isArray(list)) return { value: list };
    } catch {
      return { problem: '以 [ 开头，但不是完整的列表。' };
    }
  }
  const parts = trimmed
    .split(/[、,，\n]+/)
    .map((part) => part.trim())
    .filter(Boolean);
  const values: unknown[] = [];
  for (const part of parts) {
    const read = readOne(declared, part);
    if ('problem' in read) return read;
    values.push(read.value);
  }
  return { value: values };
}

/** One value as it was typed: the word or the code of a listed value, a number, 是 or 否, a text. */
function readOne(declared: FactDeclaration | OutcomeKey, typed: string): Read {
  const text = typed.trim();
  let value: unknown = text;
  const { enum: allowed, type } = declared;
  if (allowed) {
    const found = Object.entries(allowed).find(
      ([code, word]) => word === text || code === text || `${word}（${code}）` === text,
    );
    if (!found) return { problem: `没有“${text}”。可填：${Object.values(allowed).join('、')}。` };
    value = type === 'number' ? Number(found[0]) : found[0];
  } else if (type === 'number') {
    value = text === '' ? Number.NaN : Number(text);
    if (!Number.isFinite(value)) return { problem: `“${text}”不是数字。请填阿拉伯数字，例如 5。` };
  } else if (type === 'boolean') {
    if (!['是', '否', 'true', 'false'].includes(text)) return { problem: `“${text}”看不懂。请填“是”或“否”。` };
    value = text === '是' || text === 'true';
  } else if (type === 'object') {
    try {
      value = JSON.parse(text);
    } catch {
      return { problem: '不是完整的对象，例如 {"a": 1}。' };
    }
  }
  const wrong = misfit(value, declared);
  return wrong ? { problem: wrong } : { value };
}

/** Whether two pieces of a rule say the same, however they are written. */
export const sameMeaning = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);
