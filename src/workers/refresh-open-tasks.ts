import { sqlOf } from '../db/orm.ts';
import { shanghaiDate } from '../kernel/clock.ts';
import type { Work } from '../modules/demands/index.ts';
import { orgVersion } from '../modules/org/index.ts';
import { openTasksAfter, refreshCandidates, type TaskWork } from '../modules/tasks/index.ts';

const AT_ONCE = 200;

/**
 * When the organisation has changed, or a day has begun (delegations start and end with days), looks again who may take each open task.
 * The state looked at is noted with the last batch; a crash in between only repeats the look.
 */
export async function refreshOpenTasks(
  run: <T>(work: (unit: Work & TaskWork) => Promise<T>) => Promise<T>,
): Promise<number> {
  const known = await run(async (work) => {
    const sql = sqlOf(work.em);
    const [row] = await sql.query<{ state: string }>('select state from candidate_refresh where one');
    const state = `${await orgVersion(sql)} ${shanghaiDate(work.clock.now())}`;
    return { state, same: row?.state === state };
  });
  if (known.same) return 0;
  let changed = 0;
  let last = '';
  for (;;) {
    const taken = await run(async (work) => {
      const tasks = await openTasksAfter(work, last, AT_ONCE);
      for (const task of tasks) if (await refreshCandidates(work, task)) changed += 1;
      return tasks;
    });
    if (taken.length < AT_ONCE) break;
    last = taken.at(-1)!.id;
  }
  await run((work) => sqlOf(work.em).query('update candidate_refresh set state = $1 where one', [known.state]));
  return changed;
}
