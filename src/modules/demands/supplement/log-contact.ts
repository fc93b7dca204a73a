import { type FieldProblem, forbidden, illegalTransition, invalid } from '../../../kernel/errors.ts';
import type { Work } from '../context.ts';
import type { Demand } from '../entities.ts';
import { lockDemand } from '../load-demand.ts';
import { record } from '../trace.ts';
import { isClosed, statusTitle } from '../vocabulary.ts';

export const CONTACT_RESULTS = { REACHED: '接通', UNREACHED: '未接通', SMS_SENT: '短信送达' } as const;

export interface ContactInput {
  contactMethod: string;
  contactResult: string;
  /** ISO instant; absent: now. */
  contactAt?: string;
  note: string;
}

/**
 * The host notes that it has spoken to the taxpayer on the way (登记联系). It is no feedback and stops no clock; the first one counts for 响应率.
 * Attempts to tell the result are noted with the feedback, where they are its evidence.
 */
export async function logContact(work: Work, demandId: string, input: ContactInput): Promise<Demand> {
  const demand = await lockDemand(work, demandId);
  if (!demand.hostDepartment || !work.actor.departments.includes(demand.hostDepartment))
    throw forbidden('联系由主办部门登记。这件诉求的主办不是你所在的部门。', { reason: 'not-host' });
  if (isClosed(demand) || demand.withdrawnAt)
    throw illegalTransition(`诉求 ${demand.number} ${statusTitle(demand.status)}，不用再登记联系。`);
  const now = work.clock.now();
  const at = input.contactAt ? new Date(input.contactAt) : now;
  const problems: FieldProblem[] = [];
  if (!(input.contactResult in CONTACT_RESULTS))
    problems.push({ pointer: '/contactResult', message: '还没有选“联系结果”。请选接通、未接通或短信送达。' });
  if (Number.isNaN(+at))
    problems.push({ pointer: '/contactAt', message: '“联系时间”不是有效的时间，例如 2026-12-03 09:30。' });
  else if (+at > +now + 60_000)
    problems.push({ pointer: '/contactAt', message: '“联系时间”晚于现在。请填实际联系的时间，或留空表示现在。' });
  else if (at < demand.registeredAt)
    problems.push({ pointer: '/contactAt', message: '“联系时间”早于登记时间。请核对。' });
  if (problems.length > 0) throw invalid('这次联系没有登记。', problems);
  demand.firstContactAt = new Date(Math.min(+at, +(demand.firstContactAt ?? at)));
  demand.revision += 1;
  await record(work, demand, 'demand.contacted', {
    method: input.contactMethod,
    result: input.contactResult,
    at: at.toISOString(),
    note: input.note.trim(),
  });
  return demand;
}
