/** One finding in a rule file or its examples. */
export interface RuleProblem {
  /** JSON pointer into the file. */
  pointer: string;
  message: string;
  /** An error keeps the rule set from being run or published; a warning does not. */
  severity: 'error' | 'warning';
}

export type Say = (pointer: string, message: string, severity?: RuleProblem['severity']) => void;

export const hasErrors = (problems: readonly RuleProblem[]) => problems.some((item) => item.severity === 'error');
