import type { Sql } from '../../db/sql.ts';
import type { Actor } from '../../kernel/actor.ts';
import { type Clock, shanghaiDate } from '../../kernel/clock.ts';
import { invalid } from '../../kernel/errors.ts';
import type { Calendar, DueDay } from '../calendar/index.ts';
import { appendEvents } from '../history/index.ts';
import { dueAfter, warnAtOf } from './change-deadline.ts';

/** An open clock whose due moment another calendar would move. */
export interface MovedDeadline {
  id: string;
  subjectType: string;
  subjectId: string;
  kind: string;
  round: number;
  orgCode: string;
  departmentCode: string | null;
  oldDueAt: Date;
  newDueAt: Date;
  oldDueDate: string;
  newDueDate: string;
  warnBefore: number | null;
  warnAt: Date | null;
  /** Before and after. */
  wasProvisional: boolean;
  provisional: boolean;
}

export interface RecomputeWork {
  sql: Sql;
  actor: Pick<Actor, 'login' | 'name' | 'onBehalfOf'>;
  clock: Clock;
}

interface OpenClock extends Omit<MovedDeadline, 'oldDueAt' | 'newDueAt' | 'newDueDate' | 'warnAt' | 'provisional'> {
  startsAt: string;
  unit: string;
  days: number;
  dueAt: string;
}

/** Clocks are read and moved so many at a time: the memory needed does not grow with their number. */
const AT_ONCE = 1000;

/** Which open clocks a calendar would move; changes nothing. Clocks that have become overdue keep their verdict and day. */
export async function previewRecompute(
  work: Pick<RecomputeWork, 'sql' | 'clock'>,
  calendar: Calendar,
): Promise<MovedDeadline[]> {
  const moved: MovedDeadline[] = [];
  for await (const batch of movedClocks(work, calendar, { lock: false })) moved.push(...batch);
  return moved.sort((a, b) => +a.oldDueAt - +b.oldDueAt);
}

/**
 * Moves the open clocks to a calendar; each moved clock gets an event with old and new moment, calendar version and reason.
 * A clock whose due moment has passed keeps it: a verdict is never rewritten. In the caller's transaction. Answers how many moved.
 */
export async function recomputeDeadlines(work: RecomputeWork, calendar: Calendar, reason: string): Promise<number> {
  if (!reason.trim()) throw invalid('重算期限必须写明原因', [{ pointer: '/reason', message: '“原因”还没有填写。' }]);
  await lockSubjects(work);
  let count = 0;
  for await (const batch of movedClocks(work, calendar, { lock: true })) {
    await write(work, calendar.version, batch);
    await appendEvents(
      work.sql,
      batch.map((item) => ({
        subjectType: item.subjectType,
        subjectId: item.subjectId,
        type: 'deadline.recomputed',
        occurredAt: work.clock.now(),
        actor: work.actor,
        payload: {
          kind: item.kind,
          round: item.round,
          from: item.oldDueAt.toISOString(),
          to: item.newDueAt.toISOString(),
          calendarVersion: calendar.version,
          provisional: item.provisional,
          reason: reason.trim(),
        },
      })),
    );
    count += batch.length;
  }
  return count;
}

/**
 * Every use case of a demand locks the demand first, then its clocks and its chain of history, in whatever order. So does this: first all demands
 * with a clock that may move, one after the other, then clocks and chains. Otherwise a completion and a new calendar could wait for each other.
 */
const lockSubjects = ({ sql, clock }: RecomputeWork): Promise<unknown> =>
  sql.query(
    `select d.id from demand d where exists (
       select 1 from deadline c where c.subject_type = 'demand' and c.subject_id = d.id and c.status = 'OPEN' and c.due_at > $1::timestamptz)
     order by d.id for update`,
    [clock.now().toISOString()],
  );

async function* movedClocks(
  { sql, clock }: Pick<RecomputeWork, 'sql' | 'clock'>,
  calendar: Calendar,
  { lock }: { lock: boolean },
): AsyncIterable<MovedDeadline[]> {
  const now = clock.now().toISOString();
  const dueOf = memo(calendar);
  let after = '';
  for (;;) {
    const page = await sql.query<OpenClock>(
      `select id, subject_type as "subjectType", subject_id as "subjectId", kind, round, org_code as "orgCode", department_code as "departmentCode",
         starts_at as "startsAt", unit, (total_days + paused_days)::int as days, due_at as "dueAt", due_date::text as "oldDueDate", provisional as "wasProvisional", warn_before as "warnBefore"
       from deadline where status = 'OPEN' and due_at > $1::timestamptz and id > $2 order by id limit ${AT_ONCE}${lock ? ' for update' : ''}`,
      [now, after],
    );
    const moved = page.flatMap(({ startsAt, unit, days, dueAt, ...item }): MovedDeadline[] => {
      const due = dueOf(unit, shanghaiDate(new Date(startsAt)), days, item.orgCode);
      const oldDueAt = new Date(dueAt);
      if (+due.dueAt === +oldDueAt && due.provisional === item.wasProvisional) return [];
      return [
        {
          ...item,
          oldDueAt,
          newDueAt: due.dueAt,
          newDueDate: due.dueDate,
          provisional: due.provisional,
          warnAt: warnAtOf(calendar, due.dueDate, item.orgCode, item.warnBefore),
        },
      ];
    });
    if (moved.length > 0) yield moved;
    if (page.length < AT_ONCE) return;
    after = page[page.length - 1]!.id;
  }
}

/** Thousands of clocks started on few days: the counting is done once for each. */
function memo(calendar: Calendar): (unit: string, start: string, days: number, orgCode: string) => DueDay {
  const known = new Map<string, DueDay>();
  return (unit, start, days, orgCode) => {
    const key = `${unit} ${start} ${days} ${orgCode}`;
    const due = known.get(key) ?? dueAfter(calendar, unit, start, days, orgCode);
    known.set(key, due);
    return due;
  };
}

/** A clock that gets more time is warned about anew. */
async function write({ sql }: RecomputeWork, version: number, batch: readonly MovedDeadline[]): Promise<void> {
  await sql.query(
    `update deadline d set due_at = r.due_at, due_date = r.due_date, provisional = r.provisional, warn_at = r.warn_at, calendar_version = $2,
       warned_at = case when r.due_at > d.due_at then null else d.warned_at end
     from jsonb_to_recordset($1::jsonb) as r(id text, due_at timestamptz, due_date date, provisional boolean, warn_at timestamptz) where d.id = r.id`,
    [
      JSON.stringify(
        batch.map((item) => ({
          id: item.id,
          due_at: item.newDueAt.toISOString(),
          due_date: item.newDueDate,
          provisional: item.provisional,
          warn_at: item.warnAt?.toISOString() ?? null,
        })),
      ),
      version,
    ],
  );
}

/** How many running clocks end in a year whose arrangement is not published. */
export async function countProvisional(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ n: number }>(
    `select count(*)::int as n from deadline where status <> 'STOPPED' and provisional`,
  );
  return row!.n;
}
