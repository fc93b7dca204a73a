/**
 * `node tests/bench/storm.ts 100000 [running]` measures the storm alone, on PostgreSQL: so many deadlines due in the same minute, swept and told to
 * their processes; with as many instances that wait for the message and go a way of their own when it comes. `npm run bench` measures it too.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Composed, compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { openDatabase } from '../../src/db/orm.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import { AdjustableClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { stageOn } from '../../src/tryout/stage.ts';
import { withServer } from '../support/postgres-server.ts';
import { DEMAND } from '../support/walk.ts';
import { fillDeadlines, fillLedger } from './ledger.ts';
import { type Line, rounded, timed } from './measure.ts';

/** An instance for each of the first demands, waiting for word of its deadline. */
async function startInstances(composed: Composed, count: number): Promise<void> {
  const { house } = composed;
  const opened = await openDatabase([], { url: house.config.DATABASE_URL!, dataDir: '', poolSize: 2 });
  const content = readFileSync(join(import.meta.dirname, 'models', 'storm.bpmn'), 'utf8');
  // As another node would: the house learns of it with the next batch.
  const deployer = new EmbeddedEngine({ database: opened.database, clock: house.clock, logger: silentLogger });
  await deployer.deploy([{ name: 'storm.bpmn', content }]);
  await opened.close();
  const AT_ONCE = 1000;
  for (let from = 1; from <= count; from += AT_ONCE)
    await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, count - from + 1) }, (_, n) =>
        house.submitEngine(`storm:${from + n}`, {
          type: 'createInstance',
          processId: 'bench-storm',
          variables: { demandId: `bench-${from + n}` },
        }),
      ),
    );
  await composed.settle();
}

/** The ledger is filled and nothing is due before. */
export async function measureStorm(
  composed: Composed,
  clock: AdjustableClock,
  count: number,
  running: boolean,
): Promise<Line> {
  const { sql } = composed.house;
  if (running) console.error(`实例备好用了 ${rounded((await timed(() => startInstances(composed, count))) / 1000)} s`);
  // What is done once per day is not part of the sweep that is measured.
  await composed.sweep();
  const dueAt = new Date(clock.now().getTime() + 60_000);
  await fillDeadlines(sql, count, dueAt);
  clock.set(new Date(dueAt.getTime() + 60_000));
  const swept = await timed(() => composed.sweep());
  console.error(`扫描 ${rounded(swept / 1000)} s`);
  const delivered = await timed(() => composed.settle());
  console.error(`送达 ${rounded(delivered / 1000)} s`);
  if (running) {
    const [{ n }] = (await sql.query<{ n: number }>(
      `select count(*)::int as n from element_visit where element_id = 'passed-end' and state = 'COMPLETED'`,
    )) as [{ n: number }];
    if (n !== count) throw new Error(`${n} of ${count} instances have heard of their deadline`);
  }
  return {
    what: `期限扫描：${count.toLocaleString('en')} 个期限同一分钟到期${running ? '，各有在等它的流程' : ''}（扫描 + 送达）`,
    measured: `${rounded(swept / 1000)} + ${rounded(delivered / 1000)} s`,
    budget: '< 20 s',
  };
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const count = Number(process.argv[2] ?? 100_000);
  await withServer(async (_server, fresh) => {
    const clock = new AdjustableClock('2026-11-23T09:00:00+08:00');
    const composed = await compose(
      readConfig({ NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', DEMO: '1', DATABASE_URL: await fresh() }),
      { clock, quiet: true },
    );
    const stage = await stageOn(composed, await composed.listen(), async () => {});
    await (await stage.api('pengqingming')).post('/demands', DEMAND);
    await fillLedger(composed.house.sql, count);
    const line = await measureStorm(composed, clock, count, process.argv[3] === 'running');
    console.log(`| ${line.what} | ${line.measured} | ${line.budget} |`);
    await composed.stop();
  });
}
