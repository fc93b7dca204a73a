import { sqlOf } from '../db/orm.ts';
import { shanghaiDate } from '../kernel/clock.ts';
import { takeOverdue, takeWarnings } from '../modules/deadlines/index.ts';
import { tellDeadline, type Work } from '../modules/demands/index.ts';
import type { RunWork } from './once.ts';

const AT_ONCE = 500;

/** Finds clocks that are due soon or past and tells their processes. Each is taken once, by one node, with the message in the same transaction. */
export async function sweepDeadlines(run: RunWork): Promise<number> {
  let swept = 0;
  for (;;) {
    const taken = await run(async (work) => {
      const sql = sqlOf(work.em);
      const now = work.clock.now();
      const overdue = await takeOverdue(sql, now, AT_ONCE);
      const warnings = await takeWarnings(sql, now, await warnUntil(work, now), AT_ONCE);
      for (const deadline of overdue) await tellDeadline(work, deadline, 'deadline-passed');
      for (const deadline of warnings) await tellDeadline(work, deadline, 'deadline-warning');
      return overdue.length + warnings.length;
    });
    swept += taken;
    if (taken < AT_ONCE) return swept;
  }
}

/** Clocks due on or before the end of the `warn.before`th working day from today are warned about. */
async function warnUntil(work: Work, now: Date): Promise<Date> {
  const parameters = await work.parameters({});
  return work.calendar.addWorkingDays(shanghaiDate(now), parameters.number('warn.before'), '341500').dueAt;
}
