import { forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { openClock, record, stopClock } from '../trace.ts';
import { statusTitle } from '../vocabulary.ts';
import { type ProgressNotice, ProgressNoticeEntity } from './entities.ts';

/** A joint handling that has been extended owes the taxpayer word every so many working days (R22, `joint.progress_notice.every`). */
export async function oweProgressNotice(work: Work, demand: Demand, since: Date): Promise<void> {
  await stopClock(work, demand, 'PROGRESS_NOTICE', work.clock.now());
  await openClock(work, demand, 'PROGRESS_NOTICE', {
    startsAt: since,
    parameter: 'joint.progress_notice.every',
    department: demand.hostDepartment ?? null,
  });
}

export interface ProgressInput {
  noticeMethod: string;
  noticeAt?: string;
  noticeContent: string;
}

/** The host has told the taxpayer how it goes on (进展告知); the next one falls due from that day. */
export async function recordProgressNotice(
  work: Work,
  demandId: string,
  input: ProgressInput,
): Promise<ProgressNotice> {
  const demand = await lockDemand(work, demandId);
  if (demand.status !== 'HANDLING')
    throw illegalTransition(`诉求 ${demand.number} 现在是“${statusTitle(demand.status)}”，不用再告知进展。`);
  if (!demand.hostDepartment || !work.actor.departments.includes(demand.hostDepartment))
    throw forbidden('进展由主办部门告知。', { reason: 'not-host' });
  const now = work.clock.now();
  const toldAt = input.noticeAt ? new Date(input.noticeAt) : now;
  if (toldAt > now)
    throw invalid('告知时间有误，没有登记。', [
      { pointer: '/noticeAt', message: '告知时间晚于现在。请填实际告知的时间。' },
    ]);
  const notice = work.em.create(ProgressNoticeEntity, {
    id: work.ids.uuid(),
    demandId,
    method: input.noticeMethod,
    toldAt,
    content: input.noticeContent,
    recordedBy: work.actor.login,
    recordedByName: work.actor.name,
    recordedAt: now,
  });
  await work.em.flush();
  await record(work, demand, 'joint.progress-told', { method: input.noticeMethod, toldAt: toldAt.toISOString() });
  await oweProgressNotice(work, demand, toldAt);
  return notice;
}

export const progressNoticesOf = (work: Pick<Work, 'em'>, demandId: string): Promise<ProgressNotice[]> =>
  work.em.find(ProgressNoticeEntity, { demandId }, { orderBy: { toldAt: 'asc' } });
