import type { HostProposal } from '../../modules/demands/index.ts';
import { textOf } from '../route.ts';

/** What the officer has decided in the rail; it travels in hidden fields, so it works without JavaScript and is kept in drafts. */
export interface IntakeDecisions {
  /** Number of the demand it is taken for the same as. */
  duplicateOf?: string;
  /** Numbers looked at and found different. */
  notDuplicateOf: string[];
  proposedHost?: string;
  proposalReason?: string;
  /** 救济意愿, asked where the text has signs of a legal remedy and the category is another one. */
  legalWish?: string;
}

/** What may be answered to the question beside the text. */
export const LEGAL_WISHES: readonly { value: string; label: string }[] = [
  { value: 'NONE', label: '与法律救济无关' },
  { value: 'CONSULT', label: '只是咨询' },
  { value: 'ORAL_RECONSIDERATION', label: '口头提出复议' },
  { value: 'WRITTEN_RECONSIDERATION', label: '已交书面申请' },
  { value: 'HEARING', label: '咨询听证' },
  { value: 'HEARING_REQUEST', label: '提出听证申请' },
  { value: 'LITIGATION', label: '诉讼' },
  { value: 'COMPENSATION', label: '国家赔偿' },
  { value: 'OTHER', label: '其他' },
];

const NUMBER = /^LASQ-[0-9A-Z]+-\d{8}-\d{4,}$/;
const MOST = 20;

const list = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((item): item is string => typeof item === 'string');

/** Reads the decisions of a form or of a draft; what is not a number of ours is left out. */
export function decisionsOf(source: Record<string, unknown>): IntakeDecisions {
  const duplicateOf = textOf(source.duplicateOf);
  const proposedHost = textOf(source.proposedHost)?.slice(0, 40);
  const proposalReason = textOf(source.proposalReason)?.slice(0, 500);
  const legalWish = textOf(source.legalWish);
  return {
    ...(duplicateOf && NUMBER.test(duplicateOf) ? { duplicateOf } : {}),
    notDuplicateOf: [...new Set(list(source.notDuplicateOf).filter((number) => NUMBER.test(number)))].slice(0, MOST),
    ...(proposedHost ? { proposedHost } : {}),
    ...(proposalReason ? { proposalReason } : {}),
    ...(LEGAL_WISHES.some((wish) => wish.value === legalWish) ? { legalWish: legalWish! } : {}),
  };
}

/** The decisions after a button of the rail was pressed: `same:LASQ-…`, `different:LASQ-…`, `undecided:LASQ-…`, `adopt:CODE`. */
export function decide(before: IntakeDecisions, action: string): IntakeDecisions {
  const [verb, what = ''] = action.split(/:(.*)/s);
  const others = before.notDuplicateOf.filter((number) => number !== what);
  const { duplicateOf, ...rest } = before;
  const kept = duplicateOf && duplicateOf !== what ? { duplicateOf } : {};
  if (verb === 'same' && NUMBER.test(what)) return { ...rest, duplicateOf: what, notDuplicateOf: others };
  if (verb === 'different' && NUMBER.test(what)) return { ...rest, ...kept, notDuplicateOf: [...others, what] };
  if (verb === 'undecided') return { ...rest, ...kept, notDuplicateOf: others };
  if (verb === 'adopt') {
    const { proposalReason: _reason, ...plain } = before;
    return { ...plain, proposedHost: what.slice(0, 40) };
  }
  return before;
}

/** Whether the proposal is the rule's own or another department, for which a reason is asked. */
export function proposalOf(
  decisions: IntakeDecisions,
  suggestion: { host: string | null; ruleId: string | null; version: number },
): HostProposal | undefined {
  const { proposedHost: department, proposalReason: reason } = decisions;
  if (!department) return undefined;
  const by = department === suggestion.host ? 'RULE' : 'PERSON';
  return {
    department,
    by,
    ruleId: suggestion.ruleId,
    ruleVersion: suggestion.version,
    ...(by === 'PERSON' && reason ? { reason } : {}),
  };
}
