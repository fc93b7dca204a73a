import { sqlOf } from '../db/orm.ts';
import { shanghaiDate, shanghaiTime } from '../kernel/clock.ts';
import { isDomainError } from '../kernel/errors.ts';
import { type LevelReached, reachedLevels, takeLevel } from '../modules/deadlines/index.ts';
import { tellLevels, type Work } from '../modules/demands/index.ts';
import { deliveryMoment } from '../modules/notifications/index.ts';
import type { RunWork } from './once.ts';

const AT_ONCE = 1000;

/**
 * Finds clocks that have come to a further level of supervision (催办、黄牌、红牌、提级) and tells their processes: one statement per bureau
 * and level that has any, in working hours only. The rule set decides what follows.
 */
export async function sweepLevels(run: RunWork): Promise<number> {
  const levels = await run(async (work) => {
    const found: LevelReached[] = [];
    for (const bureau of work.directory.bureaus()) found.push(...(await levelsOf(work, bureau.code)));
    return reachedLevels(sqlOf(work.em), found);
  });
  let told = 0;
  for (const level of levels) {
    for (;;) {
      const taken = await run(async (work) => {
        const deadlines = await takeLevel(sqlOf(work.em), level, AT_ONCE);
        await tellLevels(work, deadlines, level.rank);
        return deadlines.length;
      });
      told += taken;
      if (taken < AT_ONCE) break;
    }
  }
  return told;
}

/** The heaviest first: a clock that is long past goes there at once. */
async function levelsOf(work: Work, orgCode: string): Promise<LevelReached[]> {
  const parameters = await work.parameters({ orgCode });
  const now = work.clock.now();
  const today = shanghaiDate(now);
  const kinds = parameters
    .text('supervision.clocks')
    .split(',')
    .map((kind) => kind.trim());
  try {
    const hours = {
      window: parameters.text('sms.window'),
      isWorkday: (date: string) => work.calendar.isWorkday(date, orgCode),
    };
    if (deliveryMoment(now, hours) > now) return [];
    const past = (rank: number, name: string): LevelReached => ({
      rank,
      orgCode,
      kinds,
      dueUntil: work.calendar.subtractWorkingDays(today, parameters.number(name), orgCode).dueDate,
    });
    return [
      past(5, 'escalate.after'),
      past(4, 'red.after'),
      past(3, 'yellow.after'),
      ...(shanghaiTime(now) >= parameters.text('urge.at') ? [{ rank: 2, orgCode, kinds, dueOn: today }] : []),
    ];
  } catch (error) {
    // A year without an arrangement: nothing is counted by guessing.
    if (isDomainError(error)) return [];
    throw error;
  }
}
