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

/** Answers of the form that have no column of their own; rules and pages read them from `intake`. */
export const FURTHER_ANSWERS = [
  'agentName',
  'representedCount',
  'openConsent',
  'period',
  'amountRange',
  'riskFlags',
  'actionDocument',
  'actionOrgCode',
  'actionByDispatchedOrgan',
  'knownAt',
  'taxDispute',
  'settlement',
  'settledAt',
] as const;
