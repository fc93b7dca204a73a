import type { Facts } from '../rule-set.ts';

export type FindingKind = 'contradiction' | 'shadowed' | 'overlap' | 'gap' | 'no-example' | 'never-met' | 'unused-fact';

export const FINDING_KINDS: Record<FindingKind, string> = {
  contradiction: '自相矛盾',
  shadowed: '永不生效',
  overlap: '重叠',
  gap: '空白',
  'no-example': '没有用例',
  'never-met': '没有遇到过',
  'unused-fact': '没有用到的事实',
};

/** One finding about a rule set as a whole. */
export interface RuleFinding {
  kind: FindingKind;
  /** A warning wants an answer; a note is to be known. */
  severity: 'error' | 'warning' | 'note';
  /** Ids of the rules concerned, the one it is about first. */
  rules: string[];
  /** What is so, in Chinese. */
  sentence: string;
  /** How to put it right. */
  mend: string;
  /** Facts that show it; evaluated before they were put here. */
  facts?: Facts;
  /** Recorded decisions it concerns; undefined without history. */
  seen?: number;
}
