import { sqlOf } from '../db/orm.ts';
import { SYSTEM_ACTOR } from '../kernel/actor.ts';
import { shanghaiDate } from '../kernel/clock.ts';
import { isDomainError } from '../kernel/errors.ts';
import { type SweptDeadline, takeOverdue, takeWarnings } from '../modules/deadlines/index.ts';
import { tellDeadlines, type Work } from '../modules/demands/index.ts';
import type { RunWork } from './once.ts';
import { raiseOldReturns, tellMissedReviews } from './sweep-ways.ts';
import { tellFollowUpDeadlines } from './tell-follow-up-deadlines.ts';

/** One transaction takes so many: large enough to be quick, small enough that nobody waits for it. */
const AT_ONCE = 1000;

/** Finds clocks that are past or due soon and tells their processes. Each is taken once, by one node, with the message in the same transaction. */
export async function sweepDeadlines(run: RunWork): Promise<number> {
  const overdue = await inBatches(run, 'deadline-passed', async (work) =>
    takeOverdue(sqlOf(work.em), work.clock.now(), AT_ONCE),
  );
  const warned = await inBatches(run, 'deadline-warning', async (work) => {
    const now = work.clock.now();
    return takeWarnings(sqlOf(work.em), now, await warnUntil(work, now), AT_ONCE);
  });
  await raiseOldReturns(run);
  return overdue + warned;
}

async function inBatches(
  run: RunWork,
  name: 'deadline-warning' | 'deadline-passed',
  take: (work: Work) => Promise<SweptDeadline[]>,
): Promise<number> {
  for (let swept = 0; ; ) {
    const taken = await run(async (work) => {
      const deadlines = await take(work);
      await tellDeadlines(work, deadlines, name);
      await tellFollowUpDeadlines(work, deadlines, name);
      if (name === 'deadline-passed') await tellMissedReviews(work, deadlines);
      return deadlines.length;
    });
    swept += taken;
    if (taken < AT_ONCE) return swept;
  }
}

/** For clocks that keep no reminder of their own: due on or before the end of the `warn.before`th working day from today. */
async function warnUntil(work: Work, now: Date): Promise<Date> {
  const parameters = await work.parameters({});
  const days = parameters.number('warn.before');
  try {
    return work.calendar.addWorkingDays(shanghaiDate(now), days, SYSTEM_ACTOR.orgCode).dueAt;
  } catch (error) {
    // The year ahead has no arrangement: nothing is guessed, and what is overdue is told all the same.
    if (isDomainError(error)) return now;
    throw error;
  }
}
