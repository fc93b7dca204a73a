import { may } from '../../../modules/access/index.ts';
import {
  CATEGORIES,
  CHANNELS,
  type Demand,
  maskCreditCode,
  maskName,
  maskPerson,
  maskPhone,
  maskText,
  otherCategoriesOf,
  REVEAL_FIELDS,
  type RevealField,
  statusTitle,
  TAXPAYER_TYPES,
  URGENCIES,
} from '../../../modules/demands/index.ts';
import { type Form, presentForm } from '../../../modules/forms/index.ts';
import { format } from '../../format.ts';
import type { Unit } from '../../house.ts';
import { answersIn } from '../answers-in.ts';
import type { Names } from './names.ts';
import { word } from './words.ts';

export interface ContactView {
  field: RevealField;
  label: string;
  value: string;
  /** Until when the full value is shown to this person; null while it is masked. */
  until: string | null;
  revealable: boolean;
}

/** The contact as this person sees it: masked, field by field, except what was revealed a moment ago. */
export function contactsOf(unit: Unit, demand: Demand, shown: ReadonlyMap<RevealField, Date>): ContactView[] {
  const mayReveal = may(unit.actor, 'demand.reveal');
  const values: [RevealField, string | null | undefined, string][] = [
    ['taxpayerName', demand.taxpayerName, maskName(demand.taxpayerName, demand.taxpayerType)],
    ['contactPerson', demand.contactPerson, maskPerson(demand.contactPerson)],
    ['contactPhone', demand.contactPhone, maskPhone(demand.contactPhone)],
    ['otherContact', demand.otherContact, demand.otherContact ? '****' : ''],
    ['creditCode', demand.creditCode, maskCreditCode(demand.creditCode)],
  ];
  return values
    .filter(([field, full]) => full || field === 'taxpayerName' || field === 'contactPhone')
    .map(([field, full, masked]) => {
      const until = shown.get(field);
      return {
        field,
        label: REVEAL_FIELDS[field],
        value: (until ? full : masked) || '无',
        until: until ? format.short(until).slice(-5) : null,
        revealable: mayReveal && !until && Boolean(full) && full !== masked,
      };
    });
}

/** Answers of the registration form that have no column of their own, in the words of the form (涉及期间, 文书号, ...). */
export function furtherOf(
  demand: Pick<Demand, 'intake' | 'category' | 'agent' | 'legalIntent'>,
  form: Form,
  names: Names,
): { label: string; value: string }[] {
  const intake = demand.intake as Record<string, unknown>;
  const bureaus = typeof intake.actionOrgCode === 'string' ? [intake.actionOrgCode] : [];
  const { nodes } = presentForm(form, {
    // What the conditions of the form look at, besides.
    values: { category: demand.category, agent: demand.agent, legalIntent: demand.legalIntent, ...intake },
    options: { bureaus: bureaus.map((value) => ({ value, label: names.bureau(value) })) },
  });
  return answersIn(nodes, (name) => Object.hasOwn(intake, name)).map(({ name, label, value, masked }) => ({
    label,
    // A person's name, and what the form marks (脱敏): masked like the taxpayer's own.
    value: name === 'agentName' || masked ? maskPerson(value) : maskText(value),
  }));
}

const categoryTitle = (code: string): string => CATEGORIES[code as keyof typeof CATEGORIES] ?? code;

/** 概要: what was said, by whom, through which channel, and who has it now. */
export function summaryOf(demand: Demand, names: Names, options: { full: boolean }) {
  return {
    content: maskText(demand.content),
    status: statusTitle(demand.status),
    category: categoryTitle(demand.category),
    otherCategories: otherCategoriesOf(demand).map(categoryTitle),
    tags: demand.tags,
    channel: CHANNELS[demand.channel as keyof typeof CHANNELS] ?? demand.channel,
    subChannel: demand.subChannel,
    externalNumber: demand.externalNumber,
    externalDue: format.time(demand.externalDueAt),
    urgency: demand.urgency === 'NORMAL' ? '' : (URGENCIES[demand.urgency as keyof typeof URGENCIES] ?? ''),
    taxpayerType: TAXPAYER_TYPES[demand.taxpayerType as keyof typeof TAXPAYER_TYPES] ?? demand.taxpayerType,
    marks: [
      demand.anonymous && '匿名',
      demand.confidential && '要求保密',
      demand.specialGroup && '特殊群体',
      demand.agent && '代理人',
    ].filter((mark): mark is string => Boolean(mark)),
    org: names.bureau(demand.orgCode),
    registeringDepartment: names.department(demand.registeringDepartment),
    receivingOfficer: demand.receivingOfficerName,
    received: format.time(demand.receivedAt),
    registered: format.time(demand.registeredAt),
    host: names.department(demand.hostDepartment),
    coHosts: demand.coDepartments.map((code) => names.department(code)),
    handledBy: names.user(demand.handledBy),
    reported: names.department(demand.reportedDepartment),
    preferredContactTime: demand.preferredContactTime,
    notice: demand.noticeContent
      ? `${[format.time(demand.noticeAt), word(demand.noticeMethod)].filter(Boolean).join(' ')}，${maskText(demand.noticeContent)}`
      : '',
    result: resultOf(demand),
    voided: demand.voidedAt ? { at: format.time(demand.voidedAt), reason: demand.voidReason } : null,
    withdrawn: demand.withdrawnAt ? { at: format.time(demand.withdrawnAt), reason: demand.withdrawalReason } : null,
    full: options.full,
  };
}

function resultOf(demand: Demand): { title: string; text: string }[] {
  const text = (title: string, value: string | null | undefined) => (value ? [{ title, text: maskText(value) }] : []);
  return [
    ...text('措施', demand.measures),
    ...text('结论', word(demand.conclusion)),
    ...text('对外答复', demand.publicAnswer),
    ...text('政策依据', demand.policyBasis),
    ...text(
      '反馈',
      demand.feedbackAt && demand.feedbackContent
        ? `${format.time(demand.feedbackAt)} ${word(demand.feedbackMethod)}：${demand.feedbackContent}`
        : null,
    ),
  ];
}
