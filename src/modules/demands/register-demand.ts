import { sqlOf } from '../../db/orm.ts';
import { shanghaiDate, shanghaiInstant } from '../../kernel/clock.ts';
import { invalid } from '../../kernel/errors.ts';
import { blankDemand } from './blank-demand.ts';
import { checkRegistration, momentOf } from './check-registration.ts';
import type { Work } from './context.ts';
import { type Demand, DemandEntity } from './entities.ts';
import { foreseeRoute } from './legal/note-route.ts';
import { maskText } from './mask.ts';
import { newTrackingCode, nextDemandNumber } from './number-demand.ts';
import { furtherAnswers, type RegisterInput } from './registration-input.ts';
import { startProcess } from './start-process.ts';
import { openClock, record } from './trace.ts';

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
    // Lists and page heads show the title to everyone in reach: a number typed into it is masked for good.
    title: maskText(input.title ?? '') || firstSentence(maskText(input.content)),
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
  await foreseeRoute(work, demand);
  await startProcess(sqlOf(work.em), demand);
  return demand;
}

/** A day means until its close of business. */
function closeOf(work: Work, text: string | undefined, orgCode: string): Date | null {
  if (!text || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return momentOf(text);
  return shanghaiInstant(text, work.calendar.closeOfBusiness(text, orgCode));
}

function intakeOf(input: RegisterInput): Record<string, unknown> {
  return {
    ...furtherAnswers(input),
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
