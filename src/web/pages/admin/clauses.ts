import type { House } from '../../house.ts';

/** A clause a rule or parameter rests on, by its name in the policy and with its words. */
export interface ClauseView {
  code: string;
  name: string;
  text: string;
}

export const clauseViews = (clauses: House['clauses'], codes: readonly string[]): ClauseView[] =>
  codes.map((code) => ({ code, name: clauses[code]?.name ?? code, text: clauses[code]?.text ?? '' }));
