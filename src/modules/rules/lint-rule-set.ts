import { canonicalJson } from '../../kernel/canonical-json.ts';
import { checkConditions } from './lint-conditions.ts';
import { hasErrors, type RuleProblem, type Say } from './rule-problem.ts';
import { isObject, isPath, isReference, misfit, type RuleSet, STRATEGIES, TYPE_WORDS } from './rule-set.ts';

const MOST_RULES = 1000;
const LARGEST = 1_000_000;
const ROOT = [
  'id',
  'title',
  'version',
  'effectiveFrom',
  'basis',
  'facts',
  'strategy',
  'outcomeSchema',
  'default',
  'rules',
];
const RULE = ['id', 'title', 'priority', 'conditions', 'event', 'basis', 'note', 'disabled'];
const DECLARATION = ['type', 'title', 'enum', 'required', 'minimum', 'maximum', 'basis'];
const NAME = /^[A-Za-z][A-Za-z0-9_]*$/;
const KEY = /^[A-Za-z][\w.-]*$/;

/** Everything wrong with a rule file, each with its place. Without errors among them it may be run. */
export function lintRuleSet(input: unknown): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const say: Say = (pointer, message, severity = 'error') => problems.push({ pointer, message, severity });
  if (!isObject(input)) {
    say('', '规则文件应当是一个 JSON 对象。');
    return problems;
  }
  if (JSON.stringify(input).length > LARGEST) {
    say('', '规则文件太大（超过 1 MB）。请拆成几个规则集。');
    return problems;
  }
  const set = input as unknown as RuleSet;
  checkHead(set, say);
  if (hasErrors(problems)) return problems;
  const required = Object.keys(set.outcomeSchema).filter((key) => set.outcomeSchema[key]!.required);
  checkOutcome(set, set.default.outcome, '/default/outcome', say);
  for (const key of required.filter((name) => !Object.hasOwn(set.default.outcome, name)))
    say('/default/outcome', `默认结果缺少“${key}”。`);
  checkRules(set, required, say);
  return problems;
}

function checkHead(set: RuleSet, say: Say): void {
  unknownKeys(set, ROOT, '', say);
  for (const key of ['id', 'title', 'effectiveFrom'] as const)
    if (typeof set[key] !== 'string' || !set[key]) say(`/${key}`, `缺少“${key}”。`);
  if (typeof set.effectiveFrom === 'string' && !isDay(set.effectiveFrom))
    say('/effectiveFrom', '生效日应当是真实的日期，写作 YYYY-MM-DD。');
  if (!Number.isInteger(set.version) || set.version < 1) say('/version', '版本号应当是从 1 起的整数。');
  if (!isTexts(set.basis)) say('/basis', '依据（basis）应当是条款编号的列表。');
  if (!STRATEGIES.includes(set.strategy)) say('/strategy', '策略应当是 first、all 或 highest-priority。');
  if (!isObject(set.facts)) say('/facts', '缺少事实声明（facts）。');
  else checkDeclarations(set.facts, '/facts', NAME, say);
  if (!isObject(set.outcomeSchema)) say('/outcomeSchema', '缺少结果声明（outcomeSchema）。');
  else checkDeclarations(set.outcomeSchema, '/outcomeSchema', KEY, say);
  if (!isObject(set.default) || !isObject(set.default.outcome)) say('/default', '缺少默认结果（default.outcome）。');
  else if (typeof set.default.reason !== 'string' || !set.default.reason)
    say('/default/reason', '默认结果没有写理由。');
  if (!Array.isArray(set.rules)) say('/rules', '缺少规则列表（rules）。');
  else if (set.rules.length > MOST_RULES)
    say('/rules', `规则太多（${set.rules.length} 条，最多 ${MOST_RULES} 条）。请拆成几个规则集。`);
}

function checkDeclarations(declarations: Record<string, unknown>, at: string, form: RegExp, say: Say): void {
  for (const [name, declaration] of Object.entries(declarations)) {
    const pointer = `${at}/${escapePointer(name)}`;
    if (!form.test(name)) say(pointer, `名称“${name}”应当以字母开头，只含字母、数字和下划线。`);
    if (!isObject(declaration) || !Object.hasOwn(TYPE_WORDS, String(declaration.type))) {
      say(pointer, `类型（type）应当是 ${Object.keys(TYPE_WORDS).join('、')} 之一。`);
      continue;
    }
    unknownKeys(declaration, DECLARATION, pointer, say);
    if (typeof declaration.title !== 'string' || !declaration.title)
      say(`${pointer}/title`, '没有写中文名称（title）。');
    const { enum: allowed } = declaration;
    if (allowed !== undefined && !(isObject(allowed) && isTexts(Object.values(allowed))))
      say(`${pointer}/enum`, '可选值（enum）应当写成“值：中文”。');
  }
}

function checkRules(set: RuleSet, required: readonly string[], say: Say): void {
  const ids = new Set<string>();
  const earlier = new Map<string, string>();
  set.rules.forEach((rule, index) => {
    const at = `/rules/${index}`;
    if (!isObject(rule)) {
      say(at, '规则应当是对象。');
      return;
    }
    unknownKeys(rule, RULE, at, say);
    if (typeof rule.id !== 'string' || !rule.id) say(`${at}/id`, '规则没有编号。');
    else if (ids.has(rule.id)) say(`${at}/id`, `规则编号“${rule.id}”重复。`);
    ids.add(rule.id);
    if (typeof rule.title !== 'string' || !rule.title) say(`${at}/title`, '规则没有标题。');
    if (!Number.isInteger(rule.priority) || rule.priority < 1) say(`${at}/priority`, '优先级应当是不小于 1 的整数。');
    if (rule.note !== undefined && typeof rule.note !== 'string') say(`${at}/note`, '说明（note）应当是文字。');
    if (rule.disabled !== undefined && typeof rule.disabled !== 'boolean')
      say(`${at}/disabled`, '停用（disabled）应当是 true 或 false。');
    if (!isObject(rule.event)) say(`${at}/event`, '规则没有结果（event）。');
    else checkEvent(set, rule.event, required, `${at}/event`, say);
    if (!isObject(rule.conditions)) {
      say(`${at}/conditions`, '规则没有条件。');
      return;
    }
    checkConditions(set, rule.conditions, `${at}/conditions`, say);
    if (rule.disabled === true) return;
    const same = canonicalJson(rule.conditions);
    if (set.strategy !== 'all' && earlier.has(same))
      say(`${at}/conditions`, `条件与规则“${earlier.get(same)}”完全相同，两条中只有一条会起作用。`, 'warning');
    earlier.set(same, rule.id);
  });
}

function checkEvent(set: RuleSet, event: Record<string, any>, required: readonly string[], at: string, say: Say): void {
  unknownKeys(event, ['type', 'params'], at, say);
  if (typeof event.type !== 'string' || !event.type) say(`${at}/type`, '结果没有类型（event.type）。');
  if (!isObject(event.params)) return say(`${at}/params`, '规则没有结果（event.params）。');
  checkOutcome(set, event.params, `${at}/params`, say);
  if (set.strategy === 'all') return;
  for (const key of required.filter((name) => !Object.hasOwn(event.params, name)))
    say(`${at}/params`, `结果缺少“${key}”（${set.outcomeSchema[key]!.title}）。`);
}

function checkOutcome(set: RuleSet, outcome: Record<string, unknown>, at: string, say: Say): void {
  for (const [key, value] of Object.entries(outcome)) {
    const pointer = `${at}/${escapePointer(key)}`;
    const declared = Object.hasOwn(set.outcomeSchema, key) ? set.outcomeSchema[key] : undefined;
    if (!declared) say(pointer, `结果“${key}”没有在 outcomeSchema 里声明。`);
    else if (isReference(value)) checkReference(set, value, declared.type, pointer, say);
    else if (isObject(value) && Object.values(value).some(isReference))
      say(pointer, '结果里的对象不能再引用事实，请改为引用一个对象类型的事实。');
    else if (value !== null) {
      const wrong = misfit(value, declared);
      if (wrong) say(pointer, `结果“${key}”${wrong}`);
    }
  }
}

function checkReference(
  set: RuleSet,
  reference: { fact: string; path?: string },
  type: string,
  pointer: string,
  say: Say,
): void {
  const fact = Object.hasOwn(set.facts, reference.fact) ? set.facts[reference.fact] : undefined;
  if (!fact) say(pointer, `结果引用了没有声明的事实“${reference.fact}”。`);
  else if (reference.path !== undefined) {
    if (!isPath(reference.path) || fact.type !== 'object')
      say(pointer, 'path 只能用于对象类型的事实，写作 $.名称.名称。');
  } else if (fact.type !== type) say(pointer, `所引用的事实“${fact.title}”与结果的类型不同。`);
}

function unknownKeys(value: object, known: readonly string[], at: string, say: Say): void {
  for (const key of Object.keys(value).filter((name) => !known.includes(name)))
    say(`${at}/${escapePointer(key)}`, `不认识“${key}”。这里可以写：${known.join('、')}。`);
}

const isTexts = (value: unknown): value is string[] =>
  Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
const isDay = (text: string) =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().slice(0, 10) === text;
const escapePointer = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');
