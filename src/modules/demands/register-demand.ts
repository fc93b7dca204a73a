import { sqlOf } from '../../db/orm.ts';
import { enqueue } from '../../engine/outbox/index.ts';
import { shanghaiDate } from '../../kernel/clock.ts';
import { type FieldProblem, invalid } from '../../kernel/errors.ts';
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
  answerContent?: string;
  answerBasis?: string;
  noticeMethod?: string;
  noticeAt?: string;
  noticeContent?: string;
  /** Further facts for the rules, e.g. `{ beyondAuthority: true }`. */
  intake?: Record<string, unknown>;
}

/**
 * Registers a demand (受理登记, R8-R14): ledger row and number, history event, transfer clock, and the message that starts the process,
 * all in the caller's transaction. Refuses with every wrong field named.
 */
export async function registerDemand(work: Work, input: RegisterInput): Promise<Demand> {
  const now = work.clock.now();
  const department = checkInput(work, input, now);
  const demand = work.em.create(DemandEntity, {
    ...blank(),
    id: work.ids.uuid(),
    number: await nextDemandNumber(sqlOf(work.em), department.orgCode, shanghaiDate(now)),
    trackingCode: newTrackingCode(),
    status: 'REGISTERED',
    orgCode: department.orgCode,
    hostOrgCode: department.orgCode,
    registeringDepartment: department.code,
    receivingOfficer: work.actor.login,
    receivingOfficerName: work.actor.name,
    channel: input.channel,
    subChannel: input.subChannel ?? null,
    externalNumber: input.externalNumber ?? null,
    externalDueAt: date(input.externalDueAt),
    receivedAt: date(input.receivedAt) ?? now,
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
    intake: input.intake ?? {},
    intakeChoice: input.intakeChoice,
    answerContent: input.answerContent ?? null,
    answerBasis: input.answerBasis ?? null,
    noticeMethod: input.noticeMethod ?? null,
    noticeAt: date(input.noticeAt),
    noticeContent: input.noticeContent ?? null,
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

function checkInput(work: Work, input: RegisterInput, now: Date) {
  const problems: FieldProblem[] = [];
  const need = (field: keyof RegisterInput, message: string) => {
    if (!input[field]) problems.push({ pointer: `/${field}`, message });
  };
  if (input.anonymous) need('anonymousReason', '选了“匿名或无联系方式”，请选原因。');
  else {
    need('taxpayerName', '“纳税人名称（姓名）”还没有填写；诉求人不愿留名的，请选“匿名或无联系方式”并选原因。');
    need('contactPhone', '“联系电话”还没有填写；没有电话的，请选“匿名或无联系方式”并选原因。');
  }
  if (input.intakeChoice === 'ON_THE_SPOT') need('answerContent', '选了“当场答复”，请填写答复内容。');
  if (input.intakeChoice === 'COMPLEX' || input.intakeChoice === 'OTHER_DEPARTMENT') {
    // R13, R14 (P4.1.2): the taxpayer is told why it cannot be answered at once.
    need('noticeMethod', '不能当场答复的，请填写告知诉求人的方式。');
    need('noticeContent', '不能当场答复的，请填写告知诉求人的内容。');
  }
  const department = work.directory.department(input.registeringDepartment ?? work.actor.departmentCode);
  if (!department) problems.push({ pointer: '/registeringDepartment', message: '没有这个首接部门，请重新选择。' });
  else if (department.orgCode !== work.actor.orgCode) {
    problems.push({
      pointer: '/registeringDepartment',
      message: '只能登记本单位部门首接的诉求；其他单位的请由该单位登记。',
    });
  }
  if (input.reportedDepartment && !work.directory.department(input.reportedDepartment)) {
    problems.push({ pointer: '/reportedDepartment', message: '没有这个被反映部门，请重新选择。' });
  }
  const received = date(input.receivedAt);
  if (received && received > now) {
    problems.push({ pointer: '/receivedAt', message: '来件时间晚于现在。请填诉求人来电、来件的实际时间。' });
  } else if (received && +now - +received > 366 * 24 * 3600_000) {
    problems.push({ pointer: '/receivedAt', message: '来件时间在一年以前。请核对年份。' });
  }
  if (problems.length > 0) throw invalid(`有 ${problems.length} 处需要修改，修改后才能提交`, problems);
  return department!;
}

const date = (text: string | undefined): Date | null => (text ? new Date(text) : null);

/** The first sentence of the text, at most 40 characters, as a title. */
function firstSentence(content: string): string {
  const sentence = content.split(/[。！？；\n]/).find((part) => part.trim()) ?? content;
  const letters = [...sentence.trim()];
  return letters.length > 40 ? `${letters.slice(0, 39).join('')}…` : letters.join('');
}

/** Everything a fresh demand does not have yet. */
function blank() {
  return {
    path: null,
    handlingMode: null,
    recusedLogins: [],
    transferredAt: null,
    dispatchedAt: null,
    dispatchedBy: null,
    dispatchBasis: null,
    hostDepartment: null,
    coDepartments: [],
    deliveredAt: null,
    handledBy: null,
    measures: null,
    conclusion: null,
    policyBasis: null,
    publicAnswer: null,
    completedAt: null,
    reviewedBy: null,
    feedbackBy: null,
    feedbackMethod: null,
    feedbackAt: null,
    feedbackContent: null,
    feedbackResult: null,
    pushedAt: null,
    visitRequired: null,
    visitedAt: null,
    satisfaction: null,
    reworkCount: 0,
    withdrawnAt: null,
    withdrawalReason: null,
    writtenOffAt: null,
    writtenOffBy: null,
    archiveNumber: null,
    voidedAt: null,
    voidReason: null,
    restricted: false,
    parentId: null,
    duplicateOf: null,
    processInstanceKey: null,
    revision: 1,
  };
}
