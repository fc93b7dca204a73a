/**
 * `npm run bench`: what the budgets name, measured on this machine and printed as a table with machine and date.
 * `--people 16 --seconds 20 --pause 2000 --demands 200000 --clocks 100000 --decisions 1000000`; `--quick` makes everything small. The engine alone: `npm run bench:engines`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { AdjustableClock, shanghaiDate } from '../../src/kernel/clock.ts';
import { actorOf } from '../../src/modules/access/index.ts';
import { stageOn } from '../../src/tryout/stage.ts';
import { withServer } from '../support/postgres-server.ts';
import { DEMAND } from '../support/walk.ts';
import { measureBacktest } from './backtest.ts';
import { fillLedger, measureLedger } from './ledger.ts';
import { type Line, rounded, spread } from './measure.ts';
import { work } from './people.ts';
import { measureRules } from './rules.ts';
import { startServer } from './server.ts';
import { fillStatistics, measureStatistics } from './statistics.ts';
import { measureStorm } from './storm.ts';

const { values: args } = parseArgs({
  options: {
    people: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '20' },
    /** Milliseconds a person reads and types between two acts, on average. */
    pause: { type: 'string', default: '2000' },
    demands: { type: 'string', default: '200000' },
    clocks: { type: 'string', default: '100000' },
    decisions: { type: 'string', default: '1000000' },
    quick: { type: 'boolean', default: false },
  },
});
const PEOPLE = Number(args.people);
const SECONDS = args.quick ? 4 : Number(args.seconds);
const PAUSE = Number(args.pause);
const DEMANDS = args.quick ? 10_000 : Number(args.demands);
const DECISIONS = args.quick ? 20_000 : Number(args.decisions);
const CLOCKS = args.quick ? 5_000 : Number(args.clocks);

const lines: Line[] = [];
const say = (...added: Line[]) => {
  for (const line of added) console.error(`${line.what}：${line.measured}`);
  lines.push(...added);
};

/** Start, work of many people, memory and a second start, on one database. */
async function measureSite(name: string, environment: Record<string, string>): Promise<void> {
  const first = await startServer(environment);
  say({ what: `${name}：首次启动到第一页`, measured: `${rounded(first.firstPage / 1000)} s`, budget: '< 6 s' });
  const idle = await first.usage();
  await work(first, PEOPLE, Math.min(3, SECONDS));
  const people = await work(first, PEOPLE, SECONDS, PAUSE);
  const pace = `${PEOPLE} 人，每步之间平均停 ${rounded(PAUSE / 1000)} 秒`;
  say(
    { what: `${name}：登记诉求，${pace}（p50 / p95）`, measured: spread(people.registration), budget: 'p95 < 60 ms' },
    { what: `${name}：完成任务，${pace}（p50 / p95）`, measured: spread(people.completion), budget: 'p95 < 60 ms' },
    {
      what: `${name}：下一步任务可见，${pace}（p50 / p95）`,
      measured: spread(people.nextTask),
      budget: 'p95 < 150 ms',
    },
  );
  const before = await first.usage();
  const times = await work(first, PEOPLE, SECONDS);
  const after = await first.usage();
  say(
    { what: `${name}：登记诉求，${PEOPLE} 人一刻不停（p50 / p95）`, measured: spread(times.registration), budget: '—' },
    { what: `${name}：完成任务，${PEOPLE} 人一刻不停（p50 / p95）`, measured: spread(times.completion), budget: '—' },
    {
      what: `${name}：下一步任务可见，${PEOPLE} 人一刻不停（p50 / p95）`,
      measured: spread(times.nextTask),
      budget: '—',
    },
    {
      what: `${name}：每秒办到反馈的诉求，${PEOPLE} 人一刻不停`,
      measured: `${rounded(times.walked / SECONDS)}`,
      budget: '—',
    },
    {
      what: `${name}：内存（启动后 / 忙碌之后）`,
      measured: `${rounded(idle.memory, 0)} / ${rounded(after.memory, 0)} MB`,
      budget: '< 250 MB',
    },
    {
      what: `${name}：一件诉求从登记到反馈所用的处理器时间`,
      measured: `${rounded((after.cpu - before.cpu) / times.walked, 0)} ms`,
      budget: '—',
    },
  );
  await first.stop();
  const second = await startServer(environment);
  say({ what: `${name}：再次启动到第一页`, measured: `${rounded(second.firstPage / 1000)} s`, budget: '< 2 s' });
  await second.stop();
}

/** A ledger of many years, and a great many clocks due in the same minute. */
async function measureScale(url: string): Promise<void> {
  const clock = new AdjustableClock('2026-11-23T09:00:00+08:00');
  const composed = await compose(
    readConfig({ NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'silent', DEMO: '1', DATABASE_URL: url }),
    { clock, quiet: true },
  );
  const { house } = composed;
  const address = await composed.listen();
  const stage = await stageOn(composed, address, async () => {});
  await (await stage.api('pengqingming')).post('/demands', DEMAND);
  await fillLedger(house.sql, DEMANDS);
  const directory = await house.directory();
  const people = ['lulidong', 'fandongzhi', 'shenxiaoxue'].map((login) => actorOf(directory, login)!);
  say(...(await measureLedger(house.sql, people, DEMANDS, clock.now())));
  say(...(await measureBacktest(house.sql, DECISIONS)));
  await fillStatistics(house.sql);
  say(...(await measureStatistics(house, DEMANDS)));
  say(await measureStorm(composed, clock, Math.min(CLOCKS, DEMANDS), false));
  await composed.stop();
}

const folder = mkdtempSync(join(tmpdir(), 'suying-bench-'));
try {
  say(...(await measureRules()));
  await measureSite('内置数据库', { DATA_DIR: join(folder, 'site') });
  await withServer(async (_server, fresh) => {
    await measureSite('PostgreSQL', { DATABASE_URL: await fresh() });
    await measureScale(await fresh());
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
const [cpu] = cpus();
console.log(
  `${shanghaiDate(new Date())} · ${cpus().length} × ${cpu?.model.trim()} · ${rounded(totalmem() / 2 ** 30, 0)} GB · Node ${process.version}\n`,
);
console.log('| 项目 | 实测 | 预算 |\n|---|---|---|');
for (const line of lines) console.log(`| ${line.what} | ${line.measured} | ${line.budget} |`);
