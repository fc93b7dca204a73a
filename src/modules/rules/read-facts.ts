import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { type Facts, misfit, type RuleSet } from './rule-set.ts';

const LARGEST = 64 * 1024;

/**
 * The declared facts with null for what is not given, so that no fact is ever undefined; undeclared ones are left out.
 * Throws `Invalid` naming every fact that is missing though required or does not fit its declaration, and facts that are too large.
 */
export function readFacts(ruleSet: RuleSet, given: Facts): Facts {
  const facts: Facts = {};
  let problems: FieldProblem[] | undefined;
  let size = 0;
  for (const name in ruleSet.facts) {
    const declaration = ruleSet.facts[name]!;
    const value = (Object.hasOwn(given, name) ? given[name] : null) ?? null;
    let wrong: string | undefined;
    if (value === null) wrong = declaration.required ? '没有值，而规则需要它。' : undefined;
    else wrong = misfit(value, declaration);
    if (wrong) {
      problems ??= [];
      problems.push({ pointer: `/${name}`, message: `事实“${declaration.title}”${wrong}` });
    } else if (typeof value === 'string') size += value.length;
    else if (typeof value === 'object' && value !== null) size += JSON.stringify(value).length;
    facts[name] = value;
  }
  if (size > LARGEST) {
    problems ??= [];
    problems.push({ pointer: '', message: `事实一共 ${size} 个字符，超过上限 ${LARGEST}。` });
  }
  if (problems) throw invalid(`规则集“${ruleSet.title}”收到的事实有 ${problems.length} 处不对`, problems);
  return facts;
}
