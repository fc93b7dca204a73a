/**
 * The real program carrying out a migration that was started, for a test that kills it: says how many instances are settled, and ends when all are.
 * Not a test file: it is run by `migration-crash.test.ts` in a process of its own.
 */
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';

const composed = await compose(readConfig({ ...process.env, PORT: '0' }), {
  quiet: true,
  clock: new AdjustableClock(process.env.CRASH_NOW!),
});
let over = false;
const told = (async () => {
  while (!over) {
    const [row] = await composed.house.sql.query<{ n: number }>(
      `select count(*)::int as n from migration_item where done_at = $1::timestamptz`,
      [process.env.CRASH_NOW],
    );
    process.stdout.write(`settled ${row!.n}\n`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
})();
await composed.sweep();
await composed.settle();
over = true;
await told;
await composed.stop();
process.stdout.write('finished\n');
