/** Where an approval is addressed first. What nobody there can do goes up: the leader in charge, the chief, the chief of the bureau above. */
export type Addressee = 'DEMAND_DESK' | 'TAX_SERVICE_HEAD' | 'DEPARTMENT_HEAD' | 'LEADER_IN_CHARGE' | 'CHIEF';

export interface ApprovalKind {
  /** Verb for people: `审批延期`. */
  title: string;
  addressee: Addressee | ((subject: { handlingMode?: string | null; level?: string | null }) => Addressee);
  /** Whose head or leader in charge is meant; the chief is the one of the bureau. */
  department: 'host' | 'tax-service';
  /** What a delegation must cover, one of these. */
  scopes: readonly string[];
  /** Whoever handled the demand stays out: nobody approves their own work. */
  apartFromHandling: boolean;
}

/**
 * Every approval of the house by the candidate group a diagram names (part of the contract with diagrams: a new kind is one line here).
 * Who that is on a day, with leave, vacancy and recusal, is `resolveApprover`.
 */
export const APPROVAL_KINDS = {
  /** R18, R22: the deputy in charge; a joint handling, the chief. */
  'extension-approver': {
    title: '审批延期',
    addressee: ({ handlingMode }) => (handlingMode === 'JOINT' ? 'CHIEF' : 'LEADER_IN_CHARGE'),
    department: 'host',
    scopes: ['EXTENSION_APPROVAL'],
    apartFromHandling: false,
  },
  /** R19: in a county the head of tax service, in the city the deputy in charge. */
  'deferral-approver': {
    title: '审批挂账',
    addressee: ({ level }) => (level === 'CITY' ? 'LEADER_IN_CHARGE' : 'TAX_SERVICE_HEAD'),
    department: 'host',
    scopes: ['DEFERRAL_APPROVAL'],
    apartFromHandling: true,
  },
  /** R19: after a year the chief confirms it again. */
  'deferral-confirmer': {
    title: '再确认挂账',
    addressee: 'CHIEF',
    department: 'host',
    scopes: ['DEFERRAL_APPROVAL'],
    apartFromHandling: true,
  },
  /** R17 ③: proposed by tax service, decided by the deputy in charge of it; the host never decides for itself. */
  'unreasonable-reviewer': {
    title: '认定不合理诉求',
    addressee: 'LEADER_IN_CHARGE',
    department: 'tax-service',
    scopes: ['REVIEW'],
    apartFromHandling: true,
  },
  /** R17 ③: the taxpayer's appeal is looked at by the chief, never by who decided before. */
  'unreasonable-appeal': {
    title: '复核申诉',
    addressee: 'CHIEF',
    department: 'tax-service',
    scopes: ['REVIEW'],
    apartFromHandling: true,
  },
  /** R17 ④: tax service answers the objection to its dispatch. */
  'return-reviewer': {
    title: '审核退单',
    addressee: 'DEMAND_DESK',
    department: 'tax-service',
    scopes: ['TASKS', 'REVIEW'],
    apartFromHandling: true,
  },
  /** R17 ⑤. */
  'completion-reviewer': {
    title: '审核办结',
    addressee: 'DEPARTMENT_HEAD',
    department: 'host',
    scopes: ['TASKS', 'REVIEW'],
    apartFromHandling: true,
  },
  /** R30: whom a yellow card is addressed to. */
  'supervision-receiver': {
    title: '签收督办',
    addressee: 'DEPARTMENT_HEAD',
    department: 'host',
    scopes: ['SUPERVISION_RECEIPT'],
    apartFromHandling: false,
  },
  /** R30: whom a red card is addressed to. */
  'supervision-leader': {
    title: '签收督办',
    addressee: 'LEADER_IN_CHARGE',
    department: 'host',
    scopes: ['SUPERVISION_RECEIPT'],
    apartFromHandling: false,
  },
  /** R30: whom a raised level is addressed to. */
  'supervision-chief': {
    title: '签收督办',
    addressee: 'CHIEF',
    department: 'host',
    scopes: ['SUPERVISION_RECEIPT'],
    apartFromHandling: false,
  },
  /** R30: bulletins are signed by the leader in charge of tax service. */
  'bulletin-signer': {
    title: '签发通报',
    addressee: 'LEADER_IN_CHARGE',
    department: 'tax-service',
    scopes: ['REVIEW'],
    apartFromHandling: false,
  },
} as const satisfies Record<string, ApprovalKind>;

export type Approval = keyof typeof APPROVAL_KINDS;

/** Groups of older diagrams that mean an approval. */
const OLDER: Readonly<Record<string, Approval>> = { 'host-department-head': 'completion-reviewer' };

/** The approval a candidate group of a diagram means. */
export const approvalOf = (token: string): Approval | undefined =>
  Object.hasOwn(APPROVAL_KINDS, token) ? (token as Approval) : OLDER[token];
