import { type Condition, isComparison, OPERATORS, type RuleSet } from './rule-set.ts';

export interface RuleProblem {
  /** JSON pointer into the file. */
  pointer: string;
  message: string;
}

const MOST_RULES = 1000;
const DEEPEST = 10;
const LARGEST = 1_000_000;

/** Everything wrong with a rule file, each with its place. An empty list means it may be run. */
export function lintRuleSet(input: unknown): RuleProblem[] {
  const problems: RuleProblem[] = [];
  const say = (pointer: string, message: string) => problems.push({ pointer, message });
  if (!isObject(input)) return [{ pointer: '', message: '规则文件应当是一个 JSON 对象。' }];
  if (JSON.stringify(input).length > LARGEST)
    return [{ pointer: '', message: '规则文件太大（超过 1 MB）。请拆成几个规则集。' }];
  const set = input as unknown as RuleSet;
  for (const key of ['id', 'title', 'effectiveFrom'] as const)
    if (typeof set[key] !== 'string' || !set[key]) say(`/${key}`, `缺少“${key}”。`);
  if (!Number.isInteger(set.version)) say('/version', '版本号应当是整数。');
  if (!['first', 'all', 'highest-priority'].includes(set.strategy))
    say('/strategy', '策略应当是 first、all 或 highest-priority。');
  if (!isObject(set.facts)) say('/facts', '缺少事实声明（facts）。');
  if (!isObject(set.outcomeSchema)) say('/outcomeSchema', '缺少结果声明（outcomeSchema）。');
  if (!isObject(set.default) || !isObject(set.default.outcome)) say('/default', '缺少默认结果（default.outcome）。');
  if (!Array.isArray(set.rules)) say('/rules', '缺少规则列表（rules）。');
  if (problems.length > 0) return problems;
  if (set.rules.length > MOST_RULES) say('/rules', `规则太多（${set.rules.length} 条，最多 ${MOST_RULES} 条）。`);
  checkOutcome(set, set.default.outcome, '/default/outcome', say);
  const ids = new Set<string>();
  set.rules.forEach((rule, index) => {
    const at = `/rules/${index}`;
    if (typeof rule.id !== 'string' || !rule.id) say(`${at}/id`, '规则没有编号。');
    else if (ids.has(rule.id)) say(`${at}/id`, `规则编号“${rule.id}”重复。`);
    ids.add(rule.id);
    if (!rule.title) say(`${at}/title`, '规则没有标题。');
    if (!Number.isInteger(rule.priority) || rule.priority < 1) say(`${at}/priority`, '优先级应当是不小于 1 的整数。');
    if (!isObject(rule.event?.params)) say(`${at}/event/params`, '规则没有结果（event.params）。');
    else checkOutcome(set, rule.event.params, `${at}/event/params`, say);
    if (!isObject(rule.conditions)) say(`${at}/conditions`, '规则没有条件。');
    else checkCondition(set, rule.conditions, `${at}/conditions`, say, 0);
  });
  return problems;
}

type Say = (pointer: string, message: string) => void;

function checkOutcome(set: RuleSet, outcome: Record<string, unknown>, at: string, say: Say): void {
  for (const [key, value] of Object.entries(outcome)) {
    const pointer = `${at}/${pointerPart(key)}`;
    const declared = set.outcomeSchema[key];
    if (!declared) {
      say(pointer, `结果“${key}”没有在 outcomeSchema 里声明。`);
      continue;
    }
    if (isObject(value) && typeof value.fact === 'string') {
      if (!set.facts[value.fact]) say(pointer, `结果引用了没有声明的事实“${value.fact}”。`);
      continue;
    }
    if (value !== null && typeOf(value) !== declared.type)
      say(pointer, `结果“${key}”应当是${TYPE_WORDS[declared.type]}。`);
    else if (declared.enum && value !== null && !Object.hasOwn(declared.enum, String(value)))
      say(pointer, `结果“${key}”的值“${String(value)}”不在可选值里。`);
  }
}

function checkCondition(set: RuleSet, condition: Condition, at: string, say: Say, depth: number): void {
  if (depth > DEEPEST) return say(at, `条件嵌套太深（超过 ${DEEPEST} 层）。`);
  if (!isObject(condition)) return say(at, '条件应当是对象。');
  if (isComparison(condition)) return checkComparison(set, condition, at, say);
  const keys = Object.keys(condition).filter((key) => ['all', 'any', 'not'].includes(key));
  if (keys.length !== 1) return say(at, '条件应当是 all、any、not 中的一个，或一条比较。');
  if ('not' in condition) return checkCondition(set, condition.not, `${at}/not`, say, depth + 1);
  const [key] = keys as ['all' | 'any'];
  const list = (condition as Record<string, unknown>)[key];
  if (!Array.isArray(list)) return say(`${at}/${key}`, `${key} 应当是列表。`);
  list.forEach((item: Condition, index) => {
    checkCondition(set, item, `${at}/${key}/${index}`, say, depth + 1);
  });
}

function checkComparison(
  set: RuleSet,
  condition: { fact: string; operator: string; value: unknown },
  at: string,
  say: Say,
): void {
  const fact = set.facts[condition.fact];
  if (!fact) say(`${at}/fact`, `没有声明事实“${condition.fact}”。可用的事实：${Object.keys(set.facts).join('、')}。`);
  if (!OPERATORS[condition.operator])
    say(`${at}/operator`, `没有运算“${condition.operator}”。可用：${Object.keys(OPERATORS).join('、')}。`);
  if (!('value' in condition)) return say(`${at}/value`, '比较没有写值。');
  const { value } = condition;
  if (isObject(value) && typeof value.fact === 'string') {
    if (!set.facts[value.fact]) say(`${at}/value`, `没有声明事实“${value.fact}”。`);
    return;
  }
  if ((condition.operator === 'in' || condition.operator === 'notIn') && !Array.isArray(value))
    say(`${at}/value`, '“属于”“不属于”的值应当是列表。');
  if (
    fact?.enum &&
    (condition.operator === 'equal' || condition.operator === 'notEqual') &&
    value !== null &&
    !Object.hasOwn(fact.enum, String(value))
  )
    say(`${at}/value`, `“${fact.title}”没有“${String(value)}”这个值。`);
  if (/(less|greater)Than/.test(condition.operator) && typeof value !== 'number')
    say(`${at}/value`, '大小比较的值应当是数字。');
}

const TYPE_WORDS = { string: '文字', number: '数字', boolean: '是或否', list: '列表', object: '对象' };
const typeOf = (value: unknown) => (Array.isArray(value) ? 'list' : typeof value);
const isObject = (value: unknown): value is Record<string, any> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const pointerPart = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');
