import { shanghaiDate } from '../../../kernel/clock.ts';
import { calendarGaps } from '../../../modules/calendar/index.ts';
import { countProvisional } from '../../../modules/deadlines/index.ts';
import { listReleases } from '../../../modules/processes/index.ts';
import type { House } from '../../house.ts';

/** The red bar on every page of the administration while a year is not published that should be (P29). */
export async function calendarBar(house: House): Promise<{ text: string; year: number } | null> {
  const gaps = calendarGaps(await house.calendar(), shanghaiDate(house.clock.now()));
  const [first] = gaps;
  if (!first) return null;
  const provisional = await countProvisional(house.sql);
  const state =
    first.state === 'MISSING'
      ? '没有任何数据，跨年的期限不能推算'
      : `还没有导入${provisional > 0 ? `，${provisional} 件到期日是暂定` : ''}`;
  const waiting = await waitingYear(house, first.year);
  return { text: `${first.year} 年放假安排${state}。${waiting ? '已送复核，等批准。' : ''}`, year: first.year };
}

/** The release in which a year waits for whoever signs. */
export async function waitingYear(house: House, year: number): Promise<{ id: string } | null> {
  const [release] = await listReleases(house.sql, {
    states: ['IN_REVIEW', 'APPROVED', 'SCHEDULED', 'FAILED', 'RETURNED', 'DRAFT', 'CHECKED'],
    design: { kind: 'calendar', id: String(year) },
    limit: 1,
  });
  return release ?? null;
}
