import { sqlOf } from '../../db/orm.ts';
import { enqueue } from '../../engine/outbox/index.ts';
import { shanghaiDate, shanghaiInstant } from '../../kernel/clock.ts';
import { invalid } from '../../kernel/errors.ts';
import { blankDemand } from './blank-demand.ts';
import { checkRegistration, momentOf } from './check-registration.ts';
import type { Work } from './context.ts';
import { type Demand, DemandEntity } from './entities.ts';
import { newTrackingCode, nextDemandNumber } from './number-demand.ts';
import { openClock, record } from './trace.ts';
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

/**
 * Registers a demand (受理登记, R8-R14): ledger row and number, history event, transfer clock, and the message that starts the process,
 * all in the caller's transaction. Refuses with every wrong field named.
 */
export async function registerDemand(work: Work, input: RegisterInput): Promise<Demand> {
  const now = work.clock.now();
  const { department, problems } = await checkRegistration(work, input, now);
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，修改后才能提交`, problems);
  const duplicateOf = input.duplicateOf ? await work.em.findOne(DemandEntity, { number: input.duplicateOf }) : null;
  const demand = work.em.create(DemandEntity, {
    ...blankDemand(),
    id: work.ids.uuid(),
    number: await nextDemandNumber(sqlOf(work.em), department!.orgCode, shanghaiDate(now)),
    trackingCode: newTrackingCode(),
    status: 'REGISTERED',
    orgCode: department!.orgCode,
    hostOrgCode: department!.orgCode,
    registeringDepartment: department!.code,
    receivingOfficer: work.actor.login,
    receivingOfficerName: work.actor.name,
    channel: input.channel,
    subChannel: input.subChannel ?? null,
    externalNumber: input.externalNumber ?? null,
    externalDueAt: closeOf(work, input.externalDueAt, department!.orgCode),
    receivedAt: momentOf(input.receivedAt) ?? now,
    registeredAt: now,
    taxpayerName: input.taxpayerName ?? '匿名',
    taxpayerType: input.anonymous ? 'ANONYMOUS' : input.taxpayerType,
    creditCode: input.creditCode ?? null,
    contactPerson: input.contactPerson ?? null,
    contactPhone: input.contactPhone ?? null,
    otherContact: input.otherContact ?? null,
    preferredContactTime: input.preferredContactTime ?? null,
    anonymous: input.anonymous ?? false,
    anonymousReason: input.anonymousReason ?? null,
    confidential: input.confidential ?? false,
    specialGroup: input.specialGroup ?? false,
    agent: input.agent ?? false,
    category: input.category,
    title: input.title || firstSentence(input.content),
    content: input.content,
    tags: input.tags ?? [],
    urgency: input.urgency ?? 'NORMAL',
    impact: input.impact ?? 'SINGLE',
    reportedDepartment: input.reportedDepartment ?? null,
    legalIntent: input.legalIntent ?? null,
    intake: intakeOf(input),
    intakeChoice: input.intakeChoice,
    answerContent: input.answerContent ?? null,
    answerBasis: input.answerBasis ?? null,
    noticeMethod: input.noticeMethod ?? null,
    // Told “now” unless another time is given (R13, R14).
    noticeAt: input.noticeMethod ? (momentOf(input.noticeAt) ?? now) : null,
    noticeContent: input.noticeContent ?? null,
    duplicateOf: duplicateOf?.id ?? null,
  });
  await work.em.flush();
  await record(work, demand, 'demand.registered', {
    number: demand.number,
    channel: demand.channel,
    category: demand.category,
    tags: demand.tags,
    intakeChoice: demand.intakeChoice,
    receivedAt: demand.receivedAt.toISOString(),
    registeringDepartment: demand.registeringDepartment,
    ...(duplicateOf ? { duplicateOf: duplicateOf.number } : {}),
    ...(input.notDuplicateOf?.length ? { notDuplicateOf: input.notDuplicateOf } : {}),
    ...(input.proposal ? { proposal: { ...input.proposal } } : {}),
  });
  // R11 (P4.1.2): passed on to tax service within the transfer limit, counted from registration.
  await openClock(work, demand, 'TRANSFER', {
    startsAt: now,
    parameter: 'transfer.days',
    department: demand.registeringDepartment,
  });
  await enqueue(sqlOf(work.em), {
    commandId: `demand-registered:${demand.id}`,
    orderingKey: demand.id,
    command: {
      type: 'publishMessage',
      name: 'demand-registered',
      correlationKey: demand.id,
      ttlMs: 24 * 3600_000,
      messageId: demand.id,
      variables: {
        demandId: demand.id,
        orgCode: demand.orgCode,
        registeringDepartment: demand.registeringDepartment,
        intakeChoice: demand.intakeChoice,
      },
    },
  });
  return demand;
}

/** A day means until its close of business. */
function closeOf(work: Work, text: string | undefined, orgCode: string): Date | null {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return momentOf(text);
  return shanghaiInstant(text, work.calendar.closeOfBusiness(text, orgCode));
}

function intakeOf(input: RegisterInput): Record<string, unknown> {
  const answers = input as unknown as Record<string, unknown>;
  return {
    ...Object.fromEntries(
      FURTHER_ANSWERS.filter((key) => answers[key] !== undefined && answers[key] !== false).map((key) => [
        key,
        answers[key],
      ]),
    ),
    ...(input.proposal ? { proposal: { ...input.proposal } } : {}),
    ...(input.intake ?? {}),
  };
}

/** The first sentence of the text, at most 40 characters, as a title. */
function firstSentence(content: string): string {
  const sentence = content.split(/[。！？；\n]/).find((part) => part.trim()) ?? content;
  const letters = [...sentence.trim()];
  return letters.length > 40 ? `${letters.slice(0, 39).join('')}…` : letters.join('');
}
