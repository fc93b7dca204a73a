import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { voidDemand } from '../../src/modules/demands/index.ts';
import type { TestHouse } from './house.ts';
import { type Walk, walk } from './walk.ts';

/**
 * November 2026 in two counties with numbers that can be counted on the fingers; it is Friday 13 November, noon, when it is looked at.
 * A (341523): three handled, of them one late; one on the spot; one withdrawn; one overdue and open; one open in time. B (341502): one handled, one voided.
 */
export interface Month {
  satisfied: Walk;
  dissatisfied: Walk;
  late: Walk;
  onTheSpot: Walk;
  withdrawn: Walk;
  overdue: Walk;
  open: Walk;
  elsewhere: Walk;
  voided: Walk;
}
export const A = '341523';
export const B = '341502';
export const MONTH_BEGINS = '2026-11-02T09:00:00+08:00';
export const MONTH_SEEN = '2026-11-13T12:00:00+08:00';
const day = (date: number, time: string) => `2026-11-${String(date).padStart(2, '0')}T${time}:00+08:00`;

/** Lives through the month; the house must have begun at `MONTH_BEGINS`. */
export async function liveMonth(house: TestHouse): Promise<Month> {
  const visited = { channel: 'HOTLINE_12345' };
  const phone = (n: number) => ({ contactPhone: `199-0000-00${n}` });
  const satisfied = await walk(house, { ...visited, ...phone(11), receivedAt: '2026-10-28T10:00:00+08:00' });
  const dissatisfied = await walk(house, { ...visited, ...phone(12), tags: ['留抵退税'] });
  const late = await walk(house, { ...phone(13), tags: ['医保'] });
  const onTheSpot = await walk(house, {
    ...phone(14),
    intakeChoice: 'ON_THE_SPOT',
    answerContent: '已当场说明办理入口。',
    answerBasis: '现行规定',
  });
  const withdrawn = await walk(house, phone(15));
  const overdue = await walk(house, phone(16));
  const elsewhere = await walk(house, phone(17), { orgCode: B });
  const voided = await walk(house, phone(18), { orgCode: B });
  for (const demand of [satisfied, dissatisfied, late, withdrawn, overdue]) await demand.complete('dispatch-demand');
  await elsewhere.complete('dispatch-demand', { hostDepartment: `${B}-TAX2` });

  await house.moveTo(day(3, '10:00'));
  await withdrawn.officer.post(`/demands/${withdrawn.number}/withdrawal`, {
    withdrawalReason: '已自行办妥，不用再办。',
    withdrawalMethod: 'PHONE',
  });
  await house.moveTo(day(4, '10:00'));
  for (const demand of [satisfied, dissatisfied, elsewhere]) await finish(demand);
  await satisfied.complete('give-feedback');
  await elsewhere.complete('give-feedback');
  await house.moveTo(day(5, '10:00'));
  await satisfied.complete('conduct-return-visit');
  await satisfied.complete('write-off');
  await house.moveTo(day(9, '10:00'));
  // Due on 5 November.
  await dissatisfied.complete('give-feedback');
  await house.moveTo(day(10, '10:00'));
  await dissatisfied.complete('conduct-return-visit', {
    resolved: 'UNRESOLVED',
    satisfaction: 'DISSATISFIED',
    dissatisfactionReason: '时间太长',
  });
  await dissatisfied.complete('judge-dissatisfaction');
  await house.moveTo(day(11, '10:00'));
  await finish(late);
  await late.complete('give-feedback');
  await house.moveTo(day(12, '10:00'));
  const open = await walk(house, phone(19));
  await open.complete('dispatch-demand');
  await voidIt(house, voided);
  await house.moveTo(MONTH_SEEN);
  return { satisfied, dissatisfied, late, onTheSpot, withdrawn, overdue, open, elsewhere, voided };
}

async function finish(demand: Walk): Promise<void> {
  await demand.complete('handle-demand');
  if ((await demand.openForms()).includes('review-completion')) await demand.complete('review-completion');
}

async function voidIt(house: TestHouse, demand: Walk): Promise<void> {
  const { id } = await demand.read();
  await house.house.transaction(SYSTEM_ACTOR, (unit) => voidDemand(unit, id as string, '重复登记，作废'));
  await house.settle();
}
