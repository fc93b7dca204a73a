import type { RuleExample } from './check-examples.ts';
import { insertItem, removeItem, replaceValue, setMember, swapItems } from './json-text.ts';
import { sameMeaning } from './rule-form.ts';
import { type Conditions, judgedRules, type Outcome, type Rule, type RuleSet } from './rule-set.ts';

/** What a form changes in a rule; what says the same as before stays as it is written. */
export interface RuleWriting {
  title: string;
  priority: number;
  basis: string;
  note: string;
  conditions: Conditions;
  outcome: Outcome;
}

const parsed = (text: string) => JSON.parse(text) as RuleSet;
const indexOf = (set: RuleSet, id: string) => set.rules.findIndex((rule) => rule.id === id);

/** Writes one rule into the text of its rule set. */
export function writeRule(text: string, id: string, change: RuleWriting): string {
  const set = parsed(text);
  const index = indexOf(set, id);
  const rule = set.rules[index]!;
  const at = `/rules/${index}`;
  let next = text;
  if (rule.title !== change.title) next = setMember(next, at, 'title', change.title);
  if (rule.priority !== change.priority) next = setMember(next, at, 'priority', change.priority);
  if (!sameMeaning(rule.conditions, change.conditions))
    next = replaceValue(next, `${at}/conditions`, change.conditions);
  next = writeOutcome(next, `${at}/event/params`, rule.event.params, change.outcome);
  if ((rule.basis ?? '') !== change.basis) next = setMember(next, at, 'basis', change.basis || undefined);
  if ((rule.note ?? '') !== change.note) next = setMember(next, at, 'note', change.note || undefined);
  return next;
}

/** Part by part, so that the order somebody gave the parts stays. */
function writeOutcome(text: string, at: string, before: Outcome, after: Outcome): string {
  let next = text;
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [was, is] = [Object.hasOwn(before, key), Object.hasOwn(after, key)];
    if (was && is && sameMeaning(before[key], after[key])) continue;
    next = setMember(next, at, key, is ? after[key] : undefined);
  }
  return next;
}

export interface HeadChange {
  title: string;
  effectiveFrom: string;
  strategy: string;
  basis: string[];
  reason: string;
  outcome: Outcome;
}

/** Writes head data and the default into the text of a rule set. */
export function writeHead(text: string, change: HeadChange): string {
  const set = parsed(text);
  let next = text;
  for (const key of ['title', 'effectiveFrom', 'strategy'] as const)
    if (set[key] !== change[key]) next = setMember(next, '', key, change[key]);
  if (!sameMeaning(set.basis, change.basis)) next = setMember(next, '', 'basis', change.basis);
  if (set.default.reason !== change.reason) next = setMember(next, '/default', 'reason', change.reason);
  return writeOutcome(next, '/default/outcome', set.default.outcome, change.outcome);
}

/** Writes one part of the default outcome: a parameter. */
export const writeDefault = (text: string, key: string, value: unknown): string =>
  setMember(text, '/default/outcome', key, value);

/** Lets a rule be judged one place earlier or later: rules of different priority exchange it, rules of the same change places. */
export function moveRule(text: string, id: string, direction: 'up' | 'down'): string {
  const set = parsed(text);
  const order = judgedRules(set);
  const place = order.findIndex(({ rule }) => rule.id === id);
  const own = order[place];
  const other = order[place + (direction === 'up' ? -1 : 1)];
  if (!own || !other) return text;
  if (own.rule.priority === other.rule.priority) return swapItems(text, '/rules', own.index, other.index);
  const moved = setMember(text, `/rules/${own.index}`, 'priority', other.rule.priority);
  return setMember(moved, `/rules/${other.index}`, 'priority', own.rule.priority);
}

/** Adds a rule that is judged last, out of use until it has conditions; returns its id. */
export function addRule(text: string): { text: string; id: string } {
  const set = parsed(text);
  const id = freshId(set, 'R');
  const required = Object.keys(set.outcomeSchema).filter((key) => set.outcomeSchema[key]!.required);
  const rule: Rule = {
    id,
    title: '新规则',
    priority: Math.max(1, Math.min(...set.rules.map((item) => item.priority), 101) - 1),
    conditions: { all: [] },
    event: {
      type: id.toLowerCase(),
      params:
        set.strategy === 'all'
          ? {}
          : Object.fromEntries(required.map((key) => [key, set.default.outcome[key] ?? null])),
    },
    disabled: true,
  };
  return { text: insertItem(text, '/rules', set.rules.length, rule), id };
}

/** Puts a copy after a rule; returns its id. */
export function copyRule(text: string, id: string): { text: string; id: string } {
  const set = parsed(text);
  const index = indexOf(set, id);
  const copied = freshId(set, `${id}-`);
  const copy = { ...set.rules[index]!, id: copied, title: `${set.rules[index]!.title}（副本）` };
  return { text: insertItem(text, '/rules', index + 1, copy), id: copied };
}

/** Takes a rule out of use, or back into it. */
export function disableRule(text: string, id: string, disabled: boolean): string {
  return setMember(text, `/rules/${indexOf(parsed(text), id)}`, 'disabled', disabled || undefined);
}

export const removeRule = (text: string, id: string): string => removeItem(text, '/rules', indexOf(parsed(text), id));

function freshId(set: RuleSet, head: string): string {
  for (let n = head.endsWith('-') ? 2 : 1; ; n += 1)
    if (!set.rules.some((rule) => rule.id === `${head}${n}`)) return `${head}${n}`;
}

/** Writes an example into the text of an examples file; an index past the end adds it. */
export function writeExample(text: string, index: number, example: RuleExample): string {
  const examples = JSON.parse(text) as RuleExample[];
  const before = examples[index];
  if (!before) return insertItem(text, '', examples.length, example);
  const at = `/${index}`;
  let next = before.name === example.name ? text : setMember(text, at, 'name', example.name);
  next = writeOutcome(next, `${at}/facts`, before.facts, example.facts);
  next = writeOutcome(next, `${at}/expect`, before.expect, example.expect);
  if ((before.because ?? '') !== (example.because ?? ''))
    next = setMember(next, at, 'because', example.because || undefined);
  return next;
}

export const removeExample = (text: string, index: number): string => removeItem(text, '', index);
