import type { Category, Channel, IntakeChoice } from './vocabulary.ts';

/** The registration form after validation: text trimmed, dates as ISO text with offset, missing = undefined. */
export interface RegisterInput {
  channel: Channel;
  subChannel?: string;
  externalNumber?: string;
  /** A day (until its close of business) or an instant. */
  externalDueAt?: string;
  receivedAt?: string;
  taxpayerName?: string;
  taxpayerType: string;
  creditCode?: string;
  contactPerson?: string;
  contactPhone?: string;
  otherContact?: string;
  preferredContactTime?: string;
  anonymous?: boolean;
  anonymousReason?: string;
  confidential?: boolean;
  specialGroup?: boolean;
  agent?: boolean;
  category: Category;
  content: string;
  title?: string;
  tags?: string[];
  urgency?: string;
  impact?: string;
  /** Department that received it first; default: the officer's own (R10 首接责任). */
  registeringDepartment?: string;
  reportedDepartment?: string;
  legalIntent?: string;
  intakeChoice: IntakeChoice;
  /** When the decision complained of reached the taxpayer (`YYYY-MM-DD`). */
  knownAt?: string;
  answerContent?: string;
  answerBasis?: string;
  noticeMethod?: string;
  noticeAt?: string;
  noticeContent?: string;
  /** Number of the earlier demand the officer takes it for the same as (疑似重复); tax service decides about merging. */
  duplicateOf?: string;
  /** Numbers of similar demands the officer has looked at and found different (不是重复). */
  notDuplicateOf?: string[];
  /** Which department the officer proposes to host it: as the rule suggests, or another with a reason. */
  proposal?: HostProposal;
  /** Further facts for the rules, e.g. `{ beyondAuthority: true }`. */
  intake?: Record<string, unknown>;
}

export interface HostProposal {
  department: string;
  by: 'RULE' | 'PERSON';
  ruleId?: string | null;
  ruleVersion?: number;
  reason?: string;
}

/** Answers with a place of their own in the ledger. Whatever else the form asks, also what an administrator has added to it, is kept in `intake`. */
const PLACED = [
  'channel',
  'subChannel',
  'externalNumber',
  'externalDueAt',
  'receivedAt',
  'taxpayerName',
  'taxpayerType',
  'creditCode',
  'contactPerson',
  'contactPhone',
  'otherContact',
  'preferredContactTime',
  'anonymous',
  'anonymousReason',
  'confidential',
  'specialGroup',
  'agent',
  'category',
  'content',
  'title',
  'tags',
  'urgency',
  'impact',
  'registeringDepartment',
  'reportedDepartment',
  'legalIntent',
  'intakeChoice',
  'answerContent',
  'answerBasis',
  'noticeMethod',
  'noticeAt',
  'noticeContent',
  'duplicateOf',
  'notDuplicateOf',
  'proposal',
  'intake',
  // Files have rows of their own.
  'attachments',
] as const satisfies readonly (keyof RegisterInput | 'attachments')[];
const placed: ReadonlySet<string> = new Set(PLACED);

const isAnswer = (value: unknown): boolean =>
  value !== undefined &&
  value !== null &&
  value !== false &&
  value !== '' &&
  !(Array.isArray(value) && value.length === 0);

/** The answers without a column of their own: rules, pages and exports read them from `intake`. */
export const furtherAnswers = (input: RegisterInput): Record<string, unknown> =>
  Object.fromEntries(Object.entries(input).filter(([key, value]) => !placed.has(key) && isAnswer(value)));
