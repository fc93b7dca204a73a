import { findOperator, OPERATOR_NAMES, type Side } from './operators.ts';
import type { Say } from './rule-problem.ts';
import { type FactDeclaration, isObject, isPath, isReference, type RuleSet, typeOf } from './rule-set.ts';

const DEEPEST = 10;
const MOST_CONDITIONS = 200;
const GROUPS = ['all', 'any', 'not'];

/** Checks the conditions of one rule: form, facts, operators, and whether the two sides can be compared at all. */
export function checkConditions(set: RuleSet, root: Record<string, any>, at: string, say: Say): void {
  let count = 0;
  const check = (condition: unknown, pointer: string, depth: number): void => {
    count += 1;
    if (depth > DEEPEST) return say(pointer, `条件嵌套太深（超过 ${DEEPEST} 层）。`);
    if (!isObject(condition)) return say(pointer, '条件应当是对象。');
    if ('condition' in condition) return say(`${pointer}/condition`, '不支持引用别处的条件，请把条件写在这里。');
    const groups = Object.keys(condition).filter((key) => GROUPS.includes(key));
    if (groups.length === 0 && 'fact' in condition) return checkComparison(set, condition, pointer, say);
    if (groups.length !== 1) return say(pointer, '条件应当是 all、any、not 中的一个，或一条比较。');
    const [group] = groups as [string];
    for (const key of Object.keys(condition).filter((name) => name !== group))
      say(`${pointer}/${key}`, `不认识“${key}”。一组条件里只写 ${group}。`);
    const inner = condition[group];
    if (group === 'not') return check(inner, `${pointer}/not`, depth + 1);
    if (!Array.isArray(inner)) return say(`${pointer}/${group}`, `${group} 应当是列表。`);
    // json-rules-engine takes an empty `any` for true, which surprises everybody.
    if (group === 'any' && inner.length === 0) say(`${pointer}/any`, 'any 里没有条件；总是成立的规则请写 "all": []。');
    inner.forEach((item, index) => {
      check(item, `${pointer}/${group}/${index}`, depth + 1);
    });
  };
  if ('fact' in root) return say(at, '规则的条件要以 all、any 或 not 开头。');
  check(root, at, 0);
  if (count > MOST_CONDITIONS) say(at, `一条规则的条件太多（${count} 个，最多 ${MOST_CONDITIONS} 个）。`);
}

function checkComparison(set: RuleSet, condition: Record<string, any>, at: string, say: Say): void {
  for (const key of Object.keys(condition).filter((name) => !['fact', 'operator', 'value', 'path'].includes(name)))
    say(`${at}/${key}`, `不认识“${key}”。一条比较里只写 fact、operator、value、path。`);
  const fact = declared(set, condition.fact, `${at}/fact`, say);
  const operator = typeof condition.operator === 'string' ? findOperator(condition.operator) : undefined;
  if (!operator) say(`${at}/operator`, `没有运算“${condition.operator}”。可用：${OPERATOR_NAMES.join('、')}。`);
  const pathFits = checkPath(fact, condition, at, say);
  if (!('value' in condition)) return say(`${at}/value`, '比较没有写值。');
  const { value } = condition;
  let required: Side = { kind: value === null ? 'null' : (typeOf(value) as Side['kind']), optional: false };
  if (isReference(value)) {
    const other = declared(set, value.fact, `${at}/value`, say);
    if (!other || !checkPath(other, value, `${at}/value`, say)) return;
    required = sideOf(other, value.path);
  } else if (isObject(value)) return say(`${at}/value`, '值不能是对象；要与别的事实比较，请写 {"fact": "事实名"}。');
  if (!fact || !operator || !pathFits) return;
  const refused = operator.refuse(sideOf(fact, condition.path), required);
  if (refused) say(`${at}/value`, refused);
  else if (!isReference(value) && !condition.path) checkAllowed(fact, value, at, say);
}

/** A value outside the fact's enumeration can never be met. */
function checkAllowed(fact: FactDeclaration, value: unknown, at: string, say: Say): void {
  const { enum: allowed, title } = fact;
  if (!allowed) return;
  (Array.isArray(value) ? value : [value]).forEach((item, index) => {
    if (item !== null && !Object.hasOwn(allowed, String(item)))
      say(`${at}/value${Array.isArray(value) ? `/${index}` : ''}`, `“${title}”没有“${String(item)}”这个值。`);
  });
}

function declared(set: RuleSet, name: unknown, pointer: string, say: Say): FactDeclaration | undefined {
  const fact = typeof name === 'string' && Object.hasOwn(set.facts, name) ? set.facts[name] : undefined;
  if (!fact) say(pointer, `没有声明事实“${String(name)}”。可用的事实：${Object.keys(set.facts).join('、')}。`);
  return fact;
}

function checkPath(fact: FactDeclaration | undefined, holder: { path?: unknown }, at: string, say: Say): boolean {
  if (holder.path === undefined) return true;
  const fits = isPath(holder.path) && (!fact || fact.type === 'object');
  if (!fits) say(`${at}/path`, 'path 只能用于对象类型的事实，写作 $.名称.名称。');
  return fits;
}

const sideOf = (fact: FactDeclaration, path: string | undefined): Side =>
  path ? { kind: 'unknown', optional: true } : { kind: fact.type, optional: !fact.required };
