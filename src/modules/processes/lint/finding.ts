/** One thing that is wrong, or doubtful, about a design: where, what, why it matters and how to mend it. */
export interface DesignFinding {
  severity: 'error' | 'warning';
  group: FindingGroup;
  /** Element of the diagram, field of the form or pointer into the rules; empty for the file as a whole. */
  place: string;
  /** Its name as people see it. */
  name: string;
  what: string;
  why: string;
  mend: string;
}

export const FINDING_GROUPS = {
  syntax: '语法',
  engine: '引擎',
  organisation: '组织',
  references: '规则与表单',
  calendar: '日历',
} as const;
export type FindingGroup = keyof typeof FINDING_GROUPS;

export const blocks = (findings: readonly DesignFinding[]): boolean =>
  findings.some((finding) => finding.severity === 'error');
