import type { Outcome } from './rule-set.ts';

/** Reads the outcome of the rule set `deadlines`: a name that is not there is a mistake of program or table, never a silent zero. */
export function parameterReader(outcome: Outcome, version: number) {
  const value = (name: string): unknown => {
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
