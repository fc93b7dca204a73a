import { type FieldProblem, invalid } from '../../kernel/errors.ts';
import { misfit, type Outcome, type RuleSet } from './rule-set.ts';

/**
 * Reads the outcome of the rule set `deadlines`. A table published before the program had a parameter gets the program's own value
 * (`shipped`) for it; a name that is in neither is a mistake of program or table, never a silent zero.
 */
export function parameterReader(outcome: Outcome, version: number, shipped: Outcome = {}) {
  const value = (name: string): unknown => {
    if (!Object.hasOwn(outcome, name) && Object.hasOwn(shipped, name)) return shipped[name];
    if (!Object.hasOwn(outcome, name))
      throw new Error(`parameter ${name} is missing in rule set deadlines, version ${version}`);
    return outcome[name];
  };
  return {
    version,
    number(name: string): number {
      const found = value(name);
      if (typeof found !== 'number') throw new Error(`parameter ${name} is not a number`);
      return found;
    },
    text(name: string): string {
      return String(value(name));
    },
  };
}

/** `handle.single.max_total` and `handle.single.maxTotal` are the same name: tables from elsewhere use either. */
const plain = (name: string) => name.replaceAll('_', '').toLowerCase();

/** Lays other values over parameters, for an example or a trial. Unknown names and wrong values are refused, each named. */
export function overrideParameters(ruleSet: RuleSet, outcome: Outcome, overrides: Readonly<Outcome> = {}): Outcome {
  const problems: FieldProblem[] = [];
  const known = new Map(Object.keys(ruleSet.outcomeSchema).map((name) => [plain(name), name]));
  const laid: Outcome = {};
  for (const [name, value] of Object.entries(overrides)) {
    const key = known.get(plain(name));
    const declared = key === undefined ? undefined : ruleSet.outcomeSchema[key];
    if (key !== undefined) laid[key] = value;
    const wrong = declared ? misfit(value, declared) : '不在参数表里。';
    if (wrong) problems.push({ pointer: `/${name}`, message: `参数“${name}”${wrong}` });
  }
  if (problems.length > 0) throw invalid(`有 ${problems.length} 个参数不对`, problems);
  return { ...outcome, ...laid };
}

/** Days, times and percentages are counted in whole numbers: a clock of one and a half days cannot be opened. */
export const notWhole = (ruleSet: RuleSet, outcome: Outcome): FieldProblem[] =>
  Object.entries(outcome).flatMap(([name, value]) =>
    typeof value === 'number' && !Number.isInteger(value)
      ? [{ pointer: `/o.${name}`, message: `“${ruleSet.outcomeSchema[name]?.title ?? name}”应当是整数。` }]
      : [],
  );
