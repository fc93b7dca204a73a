import { shanghaiDate } from '../../../kernel/clock.ts';
import { calendarGaps } from '../../../modules/calendar/index.ts';
import { countProvisional } from '../../../modules/deadlines/index.ts';
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
  return { text: `${first.year} 年放假安排${state}。`, year: first.year };
}
