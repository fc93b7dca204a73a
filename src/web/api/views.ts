import { countedDays, type Deadline, DeadlineEntity, type Lamp, lampOf } from '../../modules/deadlines/index.ts';
import {
  CATEGORIES,
  CHANNELS,
  CONCLUSIONS,
  type Demand,
  type DemandRow,
  type Extension,
  maskCreditCode,
  maskName,
  maskPerson,
  maskPhone,
  maskText,
  STATUSES,
  statusTitle,
  TAXPAYER_TYPES,
  URGENCIES,
} from '../../modules/demands/index.ts';
import type { ExplainedInWords, StoredEvaluation } from '../../modules/rules/index.ts';
import type { Task, TaskRow } from '../../modules/tasks/index.ts';
import type { Unit } from '../house.ts';
import { followUpRowSchema, followUpSchema } from './follow-up-views.ts';
import {
  anything,
  day,
  flag,
  instant,
  integer,
  type JsonSchema,
  list,
  object,
  oneOf,
  orNull,
  reference,
  text,
} from './json-schema.ts';

/** What the API says of each thing, beside the schema that describes it. Contacts are masked; revealing them is for people, with a reason. */

const titles = (words: Record<string, { title: string }>) =>
  Object.fromEntries(Object.entries(words).map(([code, { title }]) => [code, title]));
const STATUS = oneOf(titles(STATUSES));

export const demandSchema = object({
  id: text,
  number: text,
  trackingCode: text,
  status: STATUS,
  statusTitle: text,
  path: orNull(text),
  handlingMode: orNull(text),
  orgCode: text,
  hostOrgCode: text,
  registeringDepartment: text,
  hostDepartment: orNull(text),
  coDepartments: list(text),
  channel: oneOf(CHANNELS),
  category: oneOf(CATEGORIES),
  title: text,
  content: { ...orNull(text), description: '限定可见件对台账人员不给正文' },
  tags: list(text),
  urgency: oneOf(URGENCIES),
  taxpayerName: text,
  taxpayerType: oneOf(TAXPAYER_TYPES),
  contactPerson: orNull(text),
  contactPhone: orNull(text),
  creditCode: orNull(text),
  receivedAt: instant,
  registeredAt: instant,
  transferredAt: orNull(instant),
  deliveredAt: orNull(instant),
  completedAt: orNull(instant),
  feedbackAt: orNull(instant),
  visitedAt: orNull(instant),
  writtenOffAt: orNull(instant),
  withdrawnAt: orNull(instant),
  conclusion: orNull(oneOf(CONCLUSIONS)),
  publicAnswer: orNull(text),
  reworkCount: integer,
  restricted: flag,
  revision: integer,
});

/** A demand; `ledgerOnly` leaves out everything but number, unit, state and dates. */
export function demandJson(demand: Demand, { ledgerOnly = false } = {}) {
  const content = <T>(value: T) => (ledgerOnly ? null : value);
  return {
    id: demand.id,
    number: demand.number,
    trackingCode: ledgerOnly ? '' : demand.trackingCode,
    status: demand.status,
    statusTitle: statusTitle(demand.status),
    path: demand.path ?? null,
    handlingMode: demand.handlingMode ?? null,
    orgCode: demand.orgCode,
    hostOrgCode: demand.hostOrgCode,
    registeringDepartment: demand.registeringDepartment,
    hostDepartment: demand.hostDepartment ?? null,
    coDepartments: demand.coDepartments,
    channel: demand.channel,
    category: demand.category,
    title: ledgerOnly ? '限定可见件' : maskText(demand.title),
    content: content(maskText(demand.content)),
    tags: ledgerOnly ? [] : demand.tags,
    urgency: demand.urgency,
    taxpayerName: ledgerOnly ? '' : maskName(demand.taxpayerName, demand.taxpayerType),
    taxpayerType: demand.taxpayerType,
    contactPerson: content(maskPerson(demand.contactPerson) || null),
    contactPhone: content(maskPhone(demand.contactPhone) || null),
    creditCode: content(maskCreditCode(demand.creditCode) || null),
    receivedAt: demand.receivedAt,
    registeredAt: demand.registeredAt,
    transferredAt: demand.transferredAt ?? null,
    deliveredAt: demand.deliveredAt ?? null,
    completedAt: demand.completedAt ?? null,
    feedbackAt: demand.feedbackAt ?? null,
    visitedAt: demand.visitedAt ?? null,
    writtenOffAt: demand.writtenOffAt ?? null,
    withdrawnAt: demand.withdrawnAt ?? null,
    conclusion: demand.conclusion ?? null,
    publicAnswer: content(demand.publicAnswer ? maskText(demand.publicAnswer) : null),
    reworkCount: demand.reworkCount,
    restricted: demand.restricted,
    revision: demand.revision,
  };
}

export const demandRowSchema = object({
  id: text,
  number: text,
  title: text,
  category: oneOf(CATEGORIES),
  channel: oneOf(CHANNELS),
  status: STATUS,
  statusTitle: text,
  taxpayerName: text,
  taxpayerType: oneOf(TAXPAYER_TYPES),
  orgCode: text,
  hostOrgCode: text,
  hostDepartment: orNull(text),
  registeringDepartment: text,
  receivingOfficerName: text,
  receivedAt: instant,
  registeredAt: instant,
  restricted: flag,
  reworkCount: integer,
  clockKind: orNull(text),
  dueAt: orNull(instant),
  dueDate: orNull(day),
  provisional: flag,
  extensions: integer,
});

export const demandRowJson = (row: DemandRow) => ({
  id: row.id,
  number: row.number,
  title: row.restricted ? '限定可见件' : maskText(row.title),
  category: row.category,
  channel: row.channel,
  status: row.status,
  statusTitle: statusTitle(row.status),
  taxpayerName: row.restricted ? '' : maskName(row.taxpayerName, row.taxpayerType),
  taxpayerType: row.taxpayerType,
  orgCode: row.orgCode,
  hostOrgCode: row.hostOrgCode,
  hostDepartment: row.hostDepartment,
  registeringDepartment: row.registeringDepartment,
  receivingOfficerName: row.receivingOfficerName,
  receivedAt: row.receivedAt,
  registeredAt: row.registeredAt,
  restricted: row.restricted,
  reworkCount: row.reworkCount,
  clockKind: row.clockKind,
  dueAt: row.dueAt,
  dueDate: row.dueDate,
  provisional: row.provisional,
  extensions: row.extensions,
});

const TASK_STATUSES = { OPEN: '待办', COMPLETED: '已办', CANCELED: '已撤回' };
const task = {
  id: text,
  title: text,
  formId: orNull(text),
  demandId: orNull(text),
  status: oneOf(TASK_STATUSES),
  assignee: orNull(text),
  candidates: list(text),
  unassignable: flag,
  clock: orNull(text),
  createdAt: instant,
  completedAt: orNull(instant),
  revision: integer,
};
export const taskSchema = object({
  ...task,
  processId: text,
  elementId: text,
  why: orNull(text),
  completedBy: orNull(text),
  completedOnBehalfOf: orNull(text),
});

export const taskJson = (task: Task) => ({
  id: task.id,
  title: task.title,
  formId: task.formId ?? null,
  demandId: task.demandId ?? null,
  status: task.status,
  assignee: task.assignee ?? null,
  candidates: task.candidates,
  unassignable: task.unassignable,
  clock: task.clock ?? null,
  createdAt: task.createdAt,
  completedAt: task.completedAt ?? null,
  revision: task.revision,
  processId: task.processId,
  elementId: task.elementId,
  why: task.why ?? null,
  completedBy: task.completedBy ?? null,
  completedOnBehalfOf: task.completedOnBehalfOf ?? null,
});

/** A task in a person's list, with its demand and the clock that ends first. */
export const taskRowSchema = object({
  ...task,
  onBehalfOf: orNull(text),
  demandNumber: orNull(text),
  demandTitle: orNull(text),
  taxpayerName: text,
  urgency: orNull(oneOf(URGENCIES)),
  dueAt: orNull(instant),
  dueDate: orNull(day),
  provisional: flag,
});

export const taskRowJson = (row: TaskRow) => ({
  id: row.id,
  title: row.title,
  formId: row.formId,
  demandId: row.demandId,
  status: row.status,
  assignee: row.assignee,
  candidates: row.candidates,
  unassignable: row.unassignable,
  clock: row.clock,
  createdAt: row.createdAt,
  completedAt: row.completedAt,
  revision: row.revision,
  onBehalfOf: row.onBehalfOf ?? null,
  demandNumber: row.number,
  demandTitle: row.demandTitle,
  taxpayerName: row.taxpayerName,
  urgency: row.urgency,
  dueAt: row.dueAt,
  dueDate: row.dueDate,
  provisional: row.provisional,
});

export const eventSchema = object(
  {
    subjectType: text,
    subjectId: text,
    sequence: integer,
    type: text,
    title: text,
    occurredAt: instant,
    actor: text,
    actorName: text,
    onBehalfOf: orNull(text),
    payload: { type: 'object', description: '各类事件自己的内容' },
    hashed: {
      type: 'object',
      description: '哈希所对的内容；与 payload 不同时才有：手写的文字在链上只留校验值，到期可以取走而链仍完整',
    },
    previousHash: text,
    hash: text,
  },
  ['hashed'],
);

const CLOCK_STATUSES = { OPEN: '在走', PAUSED: '停钟', STOPPED: '已停' };
export const clockSchema = object({
  kind: text,
  round: integer,
  status: oneOf(CLOCK_STATUSES),
  startsAt: instant,
  dueAt: instant,
  dueDate: day,
  totalDays: integer,
  extensions: integer,
  provisional: flag,
  overdue: orNull(flag),
  stoppedAt: orNull(instant),
  lamp: object({ colour: text, text, remaining: integer, provisional: flag }),
  days: { ...list(anything), description: '逐日推算：哪些天算、哪些天不算' },
});

/** The clocks of a demand, in the order they began. */
export async function clocksJson(unit: Unit, demandId: string) {
  const clocks = await unit.em.find(
    DeadlineEntity,
    { subjectType: 'demand', subjectId: demandId },
    { orderBy: { startsAt: 'asc', kind: 'asc' } },
  );
  return clocks.map((clock) => clockJson(clock, unit, lampOf(clock, unit.clock.now(), unit.calendar)));
}

const clockJson = (clock: Deadline, { calendar }: Unit, { colour, text, remaining, provisional }: Lamp) => ({
  kind: clock.kind,
  round: clock.round,
  status: clock.status,
  startsAt: clock.startsAt,
  dueAt: clock.dueAt,
  dueDate: clock.dueDate,
  totalDays: clock.totalDays,
  extensions: clock.extensions,
  provisional: clock.provisional,
  overdue: clock.overdue ?? null,
  stoppedAt: clock.stoppedAt ?? null,
  lamp: { colour, text, remaining, provisional },
  days: countedDays(calendar, clock),
});

const EXTENSION_STATUSES = {
  PENDING: '待审批',
  APPROVED: '已同意',
  REJECTED: '不同意',
  RETURNED: '退回补充',
  REFUSED: '按规则不予延期',
  LAPSED: '已收回',
};
export const extensionSchema = object({
  id: text,
  status: oneOf(EXTENSION_STATUSES),
  requestedBy: text,
  requestedByName: text,
  requestedAt: instant,
  submittedBeforeDue: flag,
  currentTotalWorkingDays: integer,
  requestedTotalWorkingDays: integer,
  currentDueAt: instant,
  requestedDueDate: day,
  reasonType: orNull(text),
  reason: text,
  explainedMethod: orNull(text),
  explainedAt: orNull(instant),
  approverRole: orNull(text),
  approverLogin: orNull(text),
  via: orNull(text),
  reasonCode: orNull(text),
  cap: orNull(integer),
  decidedBy: orNull(text),
  decidedByName: orNull(text),
  decidedAt: orNull(instant),
  opinion: orNull(text),
});

export const extensionJson = (extension: Extension) => ({
  id: extension.id,
  status: extension.status,
  requestedBy: extension.requestedBy,
  requestedByName: extension.requestedByName,
  requestedAt: extension.requestedAt,
  submittedBeforeDue: extension.submittedBeforeDue,
  currentTotalWorkingDays: extension.currentTotalWorkingDays,
  requestedTotalWorkingDays: extension.requestedTotalWorkingDays,
  currentDueAt: extension.currentDueAt,
  requestedDueDate: extension.requestedDueDate,
  reasonType: extension.reasonType ?? null,
  reason: extension.reason,
  explainedMethod: extension.explainedMethod ?? null,
  explainedAt: extension.explainedAt ?? null,
  approverRole: extension.approverRole ?? null,
  approverLogin: extension.approverLogin ?? null,
  via: extension.via ?? null,
  reasonCode: extension.reasonCode ?? null,
  cap: extension.cap ?? null,
  decidedBy: extension.decidedBy ?? null,
  decidedByName: extension.decidedByName ?? null,
  decidedAt: extension.decidedAt ?? null,
  opinion: extension.opinion ?? null,
});

const words = list(object({ holds: orNull(flag), text }));
export const evaluationSchema = object({
  key: text,
  ruleSet: text,
  version: integer,
  facts: { type: 'object' },
  outcome: { type: 'object' },
  ruleId: orNull(text),
  reason: text,
  evaluatedAt: instant,
  explanation: {
    ...list({ type: 'object' }),
    description: '逐条规则、逐个条件：实际值、要求值、是否成立；没有判断到的为 null',
  },
  words: list(object({ ruleId: text, title: text, fired: flag, basis: orNull(text), sentences: words })),
});

export const evaluationJson = (item: StoredEvaluation, rules: readonly ExplainedInWords[]) => ({
  key: item.key,
  ruleSet: item.ruleSet,
  version: item.version,
  facts: item.facts,
  outcome: item.outcome,
  ruleId: item.ruleId,
  reason: item.reason,
  evaluatedAt: item.evaluatedAt,
  explanation: item.explanation,
  words: rules.map(({ ruleId, title, fired, basis, sentences }) => ({
    ruleId,
    title,
    fired,
    basis,
    sentences: sentences.map(({ holds, text }) => ({ holds, text })),
  })),
});

export const problemSchema = object(
  {
    type: text,
    title: text,
    status: integer,
    detail: text,
    code: text,
    reason: text,
    instance: text,
    requestId: text,
    errors: list(object({ pointer: text, detail: text })),
  },
  ['reason', 'errors'],
);

export const page = (items: JsonSchema, more: Record<string, JsonSchema> = {}): JsonSchema =>
  object({ total: integer, limit: integer, offset: integer, ...more, items: list(items) });

/** The schemas that answers refer to by name. */
export const SCHEMAS: Record<string, JsonSchema> = {
  Problem: problemSchema,
  Demand: demandSchema,
  DemandRow: demandRowSchema,
  Task: taskSchema,
  TaskRow: taskRowSchema,
  Event: eventSchema,
  Clock: clockSchema,
  Extension: extensionSchema,
  LegalFollowUp: followUpSchema,
  LegalFollowUpRow: followUpRowSchema,
  Evaluation: evaluationSchema,
};
export const named = (name: keyof typeof SCHEMAS): JsonSchema => reference(String(name));
