import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';
import { shanghaiDate } from '../../src/kernel/clock.ts';
import type { Side, SideFigures } from './engine-sides.ts';

const NAMES: Record<Side, string> = {
  postgresql: '内置引擎，PostgreSQL',
  pglite: '内置引擎，PGlite',
  zeebe: 'Zeebe 8.5.8（记录存 PostgreSQL）',
};
const MODELS: Record<string, string> = {
  A: 'A 服务任务 → 人工任务',
  B: 'B 人工任务',
  C: 'C 十个服务任务 → 网关 → 带定时器的人工任务',
};

/** The result as Markdown: models side by side, then what an operator waits for. */
export function tablesOf(sides: readonly SideFigures[], run: { seconds: number; clients: number }): string {
  const models = [...new Set(sides.flatMap(({ loads }) => loads.map(({ model }) => model)))];
  const number = (value: number) => value.toLocaleString('en-US');
  const rows = models.flatMap((model) =>
    sides.flatMap(({ side, loads }) =>
      loads
        .filter((load) => load.model === model)
        .map((load) =>
          [
            MODELS[model] ?? model,
            NAMES[side],
            number(load.instancesPerSecond),
            `${load.p50} / ${load.p95} / ${load.p99}`,
            `${load.statementsPerInstance}、${load.commitsPerInstance}`,
            load.recordsPerInstance,
            `${load.rowsPerInstance}、${number(load.bytesPerInstance)}`,
            `${number(load.ownCpu)}、${number(load.serverCpu)}`,
            load.rssMb,
          ].join(' | '),
        ),
    ),
  );
  const waits = sides.map(({ side, coldStart, secondStart, recovery, storm }) =>
    [
      NAMES[side],
      `${coldStart} s`,
      `${secondStart} s`,
      `${recovery} s`,
      storm
        ? `${number(storm.timers)} 个 ${storm.seconds} s（每秒 ${number(Math.round(storm.timers / storm.seconds))}）`
        : '—',
    ].join(' | '),
  );
  return [
    `${shanghaiDate(new Date())}，${cpus().length} 核 ${cpus()[0]?.model.trim()}，${Math.round(totalmem() / 2 ** 30)} GB，Node ${process.versions.node}，${run.clients} 个客户端，每项 ${run.seconds} 秒：`,
    '',
    '| 模型 | 引擎 | 每秒办完的实例 | 完成一项任务 p50 / p95 / p99（ms） | 每个实例：语句、提交 | 记录 | 行、字节 | 处理器（微秒）：本进程、服务进程 | 内存（MB） |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows.map((row) => `| ${row} |`),
    '',
    '| 引擎 | 首次启动 | 再次启动 | 断电后到能办下一项任务 | 同一分钟到期的边界定时器 |',
    '|---|---|---|---|---|',
    ...waits.map((row) => `| ${row} |`),
  ].join('\n');
}

const PAGE = join(import.meta.dirname, '..', '..', 'docs', 'performance.md');
const [BEGIN, END] = ['<!-- bench:engines -->', '<!-- /bench:engines -->'];

/** Puts the tables between the marks of the page. */
export function writeTables(tables: string): void {
  const page = readFileSync(PAGE, 'utf8');
  const [before, after] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (before < 0 || after < before) throw new Error(`${PAGE} has no place for the tables`);
  writeFileSync(PAGE, `${page.slice(0, before)}${BEGIN}\n${tables}\n${page.slice(after)}`);
}
