import { canonicalJson } from '../../kernel/canonical-json.ts';
import { outcomeInWords, type RuleInWords, rulesInWords } from './rule-in-words.ts';
import { judgedRules, type Outcome, type RuleSet, TYPE_WORDS } from './rule-set.ts';

/** One thing that is other in a later version of a rule set: a pointer into the later file (of what is gone, into the earlier), and a sentence. */
export interface RuleChange {
  kind: 'added' | 'changed' | 'removed' | 'moved';
  place: string;
  name: string;
  text: string;
}

const STRATEGY_WORDS = {
  first: '自上而下第一条成立的决定',
  'highest-priority': '优先级最高的决定',
  all: '所有成立的都起作用',
};
const ORDER = ['added', 'changed', 'removed', 'moved'];

/** What is other in a later version of a rule set, rule by rule as sentences; parameters (the default outcome) by their titles. */
export function diffRuleSets(before: RuleSet, after: RuleSet): RuleChange[] {
  const changes = [
    ...headChanges(before, after),
    ...factChanges(before, after),
    ...outcomeChanges(before, after),
    ...ruleChanges(before, after),
  ];
  return changes.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

const changed = (place: string, name: string, was: string, is: string): RuleChange => ({
  kind: 'changed',
  place,
  name,
  text: `${name}：“${was}”改为“${is}”`,
});

function headChanges(before: RuleSet, after: RuleSet): RuleChange[] {
  const changes: RuleChange[] = [];
  if (before.title !== after.title) changes.push(changed('/title', '规则集的名称', before.title, after.title));
  if (before.effectiveFrom !== after.effectiveFrom)
    changes.push(changed('/effectiveFrom', '生效日期', before.effectiveFrom, after.effectiveFrom));
  if (before.strategy !== after.strategy)
    changes.push(changed('/strategy', '决定办法', STRATEGY_WORDS[before.strategy], STRATEGY_WORDS[after.strategy]));
  if (before.default.reason !== after.default.reason)
    changes.push(changed('/default/reason', '没有规则成立时的理由', before.default.reason, after.default.reason));
  if (before.basis.join('、') !== after.basis.join('、'))
    changes.push(changed('/basis', '依据条款', before.basis.join('、'), after.basis.join('、')));
  return changes;
}

function factChanges(before: RuleSet, after: RuleSet): RuleChange[] {
  const changes: RuleChange[] = [];
  for (const [part, word] of [
    ['facts', '事实'],
    ['outcomeSchema', '结果项'],
  ] as const) {
    const [old, young] = [before[part], after[part]];
    for (const [key, declaration] of Object.entries(young)) {
      const place = `/${part}/${key}`;
      const known = old[key];
      if (!known)
        changes.push({
          kind: 'added',
          place,
          name: declaration.title,
          text: `增加${word}“${declaration.title}”（${TYPE_WORDS[declaration.type]}）`,
        });
      else if (canonicalJson(known) !== canonicalJson(declaration))
        changes.push({
          kind: 'changed',
          place,
          name: declaration.title,
          text: `${word}“${known.title}”的声明改了：${declared(known)} → ${declared(declaration)}`,
        });
    }
    for (const [key, declaration] of Object.entries(old))
      if (!young[key])
        changes.push({
          kind: 'removed',
          place: `/${part}/${key}`,
          name: declaration.title,
          text: `删除${word}“${declaration.title}”`,
        });
  }
  return changes;
}

const declared = (item: RuleSet['facts'][string]): string =>
  [
    `“${item.title}”`,
    TYPE_WORDS[item.type],
    item.required ? '必有' : '',
    item.minimum !== undefined ? `不小于 ${item.minimum}` : '',
    item.maximum !== undefined ? `不大于 ${item.maximum}` : '',
    item.enum ? `可选 ${Object.values(item.enum).join('、')}` : '',
  ]
    .filter(Boolean)
    .join('，');

/** The default outcome; of the set `deadlines` these are the parameters. */
function outcomeChanges(before: RuleSet, after: RuleSet): RuleChange[] {
  const words = (set: RuleSet, key: string, value: unknown) => outcomeInWords(set, { [key]: value } as Outcome)[0]!;
  const [old, young] = [before.default.outcome, after.default.outcome];
  return [...new Set([...Object.keys(young), ...Object.keys(old)])].flatMap((key): RuleChange[] => {
    const place = `/default/outcome/${key}`;
    if (!(key in old)) {
      const { title, value } = words(after, key, young[key]);
      return [{ kind: 'added', place, name: title, text: `默认结果增加“${title}”：${value}` }];
    }
    if (!(key in young)) {
      const { title, value } = words(before, key, old[key]);
      return [{ kind: 'removed', place, name: title, text: `默认结果去掉“${title}”（原为 ${value}）` }];
    }
    if (canonicalJson(old[key] ?? null) === canonicalJson(young[key] ?? null)) return [];
    return [
      changed(
        place,
        words(after, key, young[key]).title,
        words(before, key, old[key]).value,
        words(after, key, young[key]).value,
      ),
    ];
  });
}

function ruleChanges(before: RuleSet, after: RuleSet): RuleChange[] {
  const [old, young] = [byId(before), byId(after)];
  const pointer = (set: RuleSet, id: string) => `/rules/${set.rules.findIndex((rule) => rule.id === id)}`;
  const changes: RuleChange[] = [];
  for (const [id, rule] of young) {
    const place = pointer(after, id);
    const known = old.get(id);
    if (!known)
      changes.push({ kind: 'added', place, name: rule.title, text: `增加规则“${rule.title}”：${sentence(rule)}` });
    else
      for (const text of differences(known, rule))
        changes.push({ kind: 'changed', place, name: rule.title, text: `规则“${known.title}”的${text}` });
  }
  for (const [id, rule] of old)
    if (!young.has(id))
      changes.push({
        kind: 'removed',
        place: pointer(before, id),
        name: rule.title,
        text: `删除规则“${rule.title}”：${sentence(rule)}`,
      });
  const order = (rules: Map<string, ToldRule>, other: Map<string, ToldRule>) =>
    [...rules.values()]
      .filter((rule) => !rule.disabled && other.get(rule.id)?.disabled === false)
      .map((rule) => rule.id);
  const [was, is] = [order(old, young), order(young, old)];
  const jumped = is.filter((id, index) => was[index] !== id);
  // Priorities that differ are told with their rule; here only what stands elsewhere among equals.
  if (jumped.length > 0)
    changes.push({
      kind: 'moved',
      place: '/rules',
      name: '规则的次序',
      text: `判断的次序变了，从第 ${is.indexOf(jumped[0]!) + 1} 条起：${jumped.map((id) => `“${young.get(id)!.title}”`).join('、')}`,
    });
  return changes;
}

interface ToldRule extends RuleInWords {
  note: string;
  disabled: boolean;
}

/** All rules in the order they are judged; those out of use after them, so that a switch is told as one and not as a loss. */
function byId(set: RuleSet): Map<string, ToldRule> {
  const inUse = set.rules.map((rule) => ({ ...rule, disabled: false }));
  const words = new Map(rulesInWords({ ...set, rules: inUse }).map((rule) => [rule.id, rule]));
  const order = [...judgedRules(set).map(({ rule }) => rule), ...set.rules.filter((rule) => rule.disabled)];
  return new Map(
    order.map((rule) => [rule.id, { ...words.get(rule.id)!, note: rule.note ?? '', disabled: rule.disabled === true }]),
  );
}

const decided = (rule: RuleInWords): string => rule.decides.map(({ title, value }) => `${title} ${value}`).join('，');
const sentence = (rule: ToldRule): string => `${rule.when} 时，${decided(rule)}${rule.disabled ? '（停用）' : ''}`;

function differences(before: ToldRule, after: ToldRule): string[] {
  const parts: [string, string, string][] = [
    ['名称', before.title, after.title],
    ['条件', before.when, after.when],
    ['结果', decided(before), decided(after)],
    ['优先级', String(before.priority), String(after.priority)],
    ['依据', before.basis ?? '无', after.basis ?? '无'],
    ['说明', before.note || '无', after.note || '无'],
    ['状态', before.disabled ? '停用' : '在用', after.disabled ? '停用' : '在用'],
  ];
  return parts.filter(([, was, is]) => was !== is).map(([title, was, is]) => `${title}：“${was}”改为“${is}”`);
}

/** Which examples come and go, by their names; one whose facts or result are other is changed. */
export function diffExamples(before: unknown, after: unknown): RuleChange[] {
  const [old, young] = [examplesByName(before), examplesByName(after)];
  const changes: RuleChange[] = [];
  for (const [name, { index, text }] of young) {
    const known = old.get(name);
    const place = `/examples/${index}`;
    if (!known) changes.push({ kind: 'added', place, name, text: `增加用例“${name}”` });
    else if (known.text !== text)
      changes.push({ kind: 'changed', place, name, text: `用例“${name}”的事实或应得结果改了` });
  }
  for (const [name, { index }] of old)
    if (!young.has(name))
      changes.push({ kind: 'removed', place: `/examples/${index}`, name, text: `删除用例“${name}”` });
  return changes;
}

function examplesByName(examples: unknown): Map<string, { index: number; text: string }> {
  const list = Array.isArray(examples) ? (examples as { name?: unknown; facts?: unknown; expect?: unknown }[]) : [];
  return new Map(
    list.map((example, index) => [
      String(example?.name ?? index + 1),
      { index, text: canonicalJson([example?.facts ?? null, example?.expect ?? null]) },
    ]),
  );
}
