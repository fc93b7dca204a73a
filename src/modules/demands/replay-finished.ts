import { setImmediate as othersFirst } from 'node:timers/promises';
import type { Sql } from '../../db/sql.ts';
import { type Calendar, dueAfter } from '../deadlines/index.ts';
import { CLOSED_STATUSES } from './vocabulary.ts';

/** Parameters that are the length of a clock, and the clock. Those of joint handling differ by department and are left out. */
const CLOCK_OF: Record<string, { kind: string; single?: boolean }> = {
  'transfer.days': { kind: 'TRANSFER' },
  'handle.single.days': { kind: 'HANDLING', single: true },
  'feedback.days': { kind: 'FEEDBACK' },
  'visit.within': { kind: 'RETURN_VISIT' },
};

const AT_ONCE = 2_000;

export interface ReplayedParameter {
  parameter: string;
  from: number;
  to: number;
  /** Clocks that have stopped and were counted by this parameter. */
  finished: number;
  lateThen: number;
  lateNow: number;
}

/**
 * How many finished clocks would have been late had a parameter been another: the same beginning, extensions and stops, other days.
 * Only clocks that were counted by the value in force and came to their end by themselves. Nothing is changed.
 */
export async function replayFinished(
  sql: Sql,
  calendar: Calendar,
  changes: readonly { parameter: string; from: unknown; to: unknown }[],
  since: Date,
): Promise<ReplayedParameter[]> {
  const replayed: ReplayedParameter[] = [];
  for (const { parameter, from, to } of changes) {
    const clock = Object.hasOwn(CLOCK_OF, parameter) ? CLOCK_OF[parameter] : undefined;
    if (!clock || typeof from !== 'number' || typeof to !== 'number') continue;
    const sum = { parameter, from, to, finished: 0, lateThen: 0, lateNow: 0 };
    for await (const page of finishedClocks(sql, clock, from, since)) {
      for (const row of page) {
        const days = row.total_days - from + to + row.paused_days;
        const { dueAt } = dueAfter(calendar, row.unit, new Date(row.starts_at), Math.max(1, days), row.org_code);
        sum.finished += 1;
        if (row.overdue) sum.lateThen += 1;
        if (new Date(row.stopped_at) > dueAt) sum.lateNow += 1;
      }
      await othersFirst();
    }
    replayed.push(sum);
  }
  return replayed;
}

interface Finished {
  id: string;
  unit: string;
  starts_at: string;
  stopped_at: string;
  total_days: number;
  paused_days: number;
  org_code: string;
  overdue: boolean | null;
}

async function* finishedClocks(
  sql: Sql,
  clock: { kind: string; single?: boolean },
  days: number,
  since: Date,
): AsyncIterable<Finished[]> {
  let after = '';
  for (;;) {
    const page = await sql.query<Finished>(
      `select c.id, c.unit, c.starts_at, c.stopped_at, c.total_days, c.paused_days, c.org_code, c.overdue from deadline c
       join demand d on c.subject_type = 'demand' and d.id = c.subject_id
       where c.kind = $1 and c.base_days = $2 and c.status = 'STOPPED' and c.stop_reason is null and c.stopped_at >= $3::timestamptz
         and ($4::boolean is not true or d.handling_mode is distinct from 'JOINT') and c.id > $5
       order by c.id limit ${AT_ONCE}`,
      [clock.kind, days, since.toISOString(), clock.single ?? false, after],
    );
    if (page.length > 0) yield page;
    const last = page.at(-1);
    if (!last || page.length < AT_ONCE) return;
    after = last.id;
  }
}

/** Demands that are under way. */
export async function countUnderWay(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ n: number }>(
    'select count(*)::int as n from demand where status <> all($1::text[])',
    [CLOSED_STATUSES],
  );
  return row!.n;
}
