import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { type FactDeclaration, type Facts, misfit, type RuleSet } from './rule-set.ts';

/** Facts typed into a form, as the rule set declares them; what is left empty has no value. Throws `Invalid` naming each fact that does not fit. */
export function readTypedFacts(
  ruleSet: RuleSet,
  typed: Readonly<Record<string, string | readonly string[] | undefined>>,
): Facts {
  const facts: Facts = {};
  const problems: FieldProblem[] = [];
  for (const [name, declaration] of Object.entries(ruleSet.facts)) {
    const value = parse(declaration, typed[name]);
    if (value === null) {
      if (declaration.required)
        problems.push({ pointer: `/${name}`, message: `“${declaration.title}”还没有填写，规则需要它。` });
      continue;
    }
    const wrong = misfit(value, declaration);
    if (wrong) problems.push({ pointer: `/${name}`, message: `“${declaration.title}”${wrong}` });
    facts[name] = value;
  }
  if (problems.length > 0) throw invalid(`有 ${problems.length} 个事实需要修改`, problems);
  return facts;
}

function parse(declaration: FactDeclaration, typed: string | readonly string[] | undefined): unknown {
  const texts = (Array.isArray(typed) ? typed : [typed]).map((text) => (text ?? '').trim()).filter(Boolean);
  if (texts.length === 0) return null;
  const [text] = texts as [string];
  switch (declaration.type) {
    case 'boolean':
      return text === 'true';
    case 'number':
      // What is no number stays text, to be refused by name.
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case 'list':
      return declaration.enum ? texts : texts.flatMap((item) => item.split(/[、,，\s]+/)).filter(Boolean);
    case 'object':
      try {
        return JSON.parse(text);
      } catch {
        return text;
      }
    default:
      return text;
  }
}
