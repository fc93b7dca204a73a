import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Composed } from '../compose.ts';
import { type Config, ConfigError } from '../config.ts';
import { shanghaiDate, shanghaiTime } from '../kernel/clock.ts';
import { type DemandCase, type DrivenDemand, driveDemands, stageOn, WALKABLE } from '../tryout/index.ts';
import { readNamedJson } from './read-file.ts';

const CASES = join(import.meta.dirname, '../../data/demo/demands.json');

/**
 * Starts an empty system whose clock begins with the first demand of the file, walks every demand through the real process over
 * the API, and leaves the system running for a look. Its data is thrown away unless DATA_DIR or DATABASE_URL says where to keep it.
 */
export async function runDemo(
  config: Config,
  compose: (config: Config) => Promise<Composed>,
  file = CASES,
): Promise<number> {
  if (config.NODE_ENV === 'production') throw new ConfigError('生产环境不能运行演示：它会登记虚构的诉求并拨动时钟。');
  const all = (await readNamedJson(file)) as DemandCase[];
  if (!Array.isArray(all)) throw new ConfigError(`文件 ${file} 不是诉求的列表。可参照 data/demo/demands.json。`);
  const cases = all
    .filter((item) => WALKABLE.includes(item.expected.path))
    .sort((a, b) => Date.parse(a.receivedAt) - Date.parse(b.receivedAt));
  if (cases.length === 0) throw new ConfigError(`文件 ${file} 里没有可以演示的诉求。`);
  const composed = await compose({
    ...config,
    DEMO: true,
    DEMO_START: cases[0]!.receivedAt,
    LOG_LEVEL: 'warn',
    DATA_DIR: config.DATA_DIR === 'var' ? await mkdtemp(join(tmpdir(), 'suying-demo-')) : config.DATA_DIR,
  });
  const address = await composed.listen();
  const { house } = composed;
  const stop = () => void composed.stop().then(() => process.exit(0));
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  const stage = await stageOn(composed, address, async (instant) => {
    const ahead = +instant - house.clock.now().getTime();
    if (ahead > 0) await house.demo!.advance(ahead);
  });
  const driven = await driveDemands(cases, stage, draw);
  if (process.stdout.isTTY) process.stdout.write('\n');
  for (const item of driven) {
    const state = item.problem
      ? `停住：${item.problem}`
      : item.done
        ? (ENDS[item.case.expected.path] ?? '已销号')
        : '进行中';
    console.log(`  ${item.number ?? item.case.id}  ${state}`);
  }
  if (all.length > cases.length) console.log(`  另有 ${all.length - cases.length} 件的办理路径本版本不演示。`);
  composed.announce(address);
  return driven.some((item) => item.problem) ? 1 : 0;
}

/** Where a path ends that does not end with the write-off. */
const ENDS: Record<string, string> = { DEFERRAL: '挂账（待条件成熟）', MERGED: '已并单' };

const WIDTH = 30;
let drawn = '';

/** One line that grows; without a terminal one line per tenth. */
function draw(driven: readonly DrivenDemand[], now: Date): void {
  const done = driven.filter((item) => item.done || item.problem).length;
  const full = Math.round((done / driven.length) * WIDTH);
  const bar = `[${'█'.repeat(full)}${'░'.repeat(WIDTH - full)}] ${done}/${driven.length}`;
  if (process.stdout.isTTY) process.stdout.write(`\r${bar}  ${shanghaiDate(now)} ${shanghaiTime(now)} `);
  else if (drawn !== bar) console.log(bar);
  drawn = bar;
}
