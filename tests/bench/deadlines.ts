/**
 * How long 100,000 clocks that fall due in the same minute take to be told to their processes, in bounded batches.
 * `node tests/bench/deadlines.ts [how many]`; with TEST_DATABASE_URL on that PostgreSQL server, else on PGlite in memory.
 */
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { entities } from '../../src/modules/deadlines/index.ts';
import type { Work } from '../../src/modules/demands/index.ts';
import { sweepDeadlines } from '../../src/workers/index.ts';
import { seededCalendar } from '../support/calendar.ts';
import { testDatabase } from '../support/database.ts';

const count = Number(process.argv[2] ?? 100_000);
const db = await testDatabase(entities);
await db.database.query(
  `insert into deadline (id, subject_type, subject_id, kind, org_code, starts_at, base_days, total_days, due_at, due_date, calendar_version, provisional, status, warn_at)
   select 'd' || n, 'demand', 's' || n, 'HANDLING', '341500', '2026-11-16T02:00:00Z', 5, 5, '2026-11-23T09:30:00Z', '2026-11-23', 1, false, 'OPEN', '2026-11-19T16:00:00Z' from generate_series(1, $1::int) n`,
  [count],
);
const clock = new AdjustableClock('2026-11-23T09:31:00Z');
let batches = 0;
let longest = 0;
const started = performance.now();
const swept = await sweepDeadlines(async (effect) => {
  const begun = performance.now();
  const result = await db.em().transactional((em) =>
    effect({
      em,
      clock,
      actor: SYSTEM_ACTOR,
      calendar: seededCalendar(),
      parameters: async () => ({ number: () => 1, text: () => '', version: 1 }),
    } as unknown as Work),
  );
  batches += 1;
  longest = Math.max(longest, performance.now() - begun);
  return result;
});
const seconds = (performance.now() - started) / 1000;
const [left] = await db.database.query<{ n: number }>('select count(*)::int as n from engine_outbox');
console.log(
  `${db.database.dialect}: ${swept} deadlines in ${seconds.toFixed(1)} s (${Math.round(swept / seconds)}/s), ${batches} transactions, the longest ${longest.toFixed(0)} ms, ${left!.n} messages written`,
);
await db.close();
