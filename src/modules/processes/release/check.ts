import { canonicalJson } from '../../../kernel/canonical-json.ts';

/** One thing a check found: where, what, why it matters, how to mend it. */
export interface CheckFinding {
  severity: 'error' | 'warning';
  /** Design and place in it: an element, a pointer, an example. */
  where: string;
  what: string;
  why?: string;
  mend?: string;
  /** Where it can be looked at or mended. */
  href?: string;
  /** Key of a scenario whose expectation the release may take over as it comes out now. */
  scenario?: string;
}

export const CHECK_STATES = { passed: '通过', warning: '要说明', failed: '不通过', 'not-run': '没有做' } as const;
export type CheckState = keyof typeof CHECK_STATES;

/** One line of the report. */
export interface Check {
  id: string;
  title: string;
  state: CheckState;
  /** What came out, in one sentence with its numbers. */
  summary: string;
  findings: readonly CheckFinding[];
  /** A page with the whole. */
  href?: string;
}

/** A line from its findings: an error is red, a warning wants words. */
export function checkOf(
  id: string,
  title: string,
  summary: string,
  findings: readonly CheckFinding[],
  href?: string,
): Check {
  const state = findings.some((finding) => finding.severity === 'error')
    ? 'failed'
    : findings.length > 0
      ? 'warning'
      : 'passed';
  return { id, title, state, summary, findings, ...(href ? { href } : {}) };
}

/** What an explanation speaks of. */
export const findingsKey = (check: Check): string =>
  canonicalJson(check.findings.map(({ severity, where, what }) => [severity, where, what]));
