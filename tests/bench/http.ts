/**
 * `node tests/bench/http.ts [--seconds 12] [--people 16] [--pause 0] [--pglite] [--profile folder]`: the people's part of `npm run bench` alone; with a folder node writes a CPU profile of the server there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withServer } from '../support/postgres-server.ts';
import { serverCpu } from './cpu.ts';
import { rounded, spread } from './measure.ts';
import { work } from './people.ts';
import { startServer } from './server.ts';

const { values: args } = parseArgs({
  options: {
    people: { type: 'string', default: '16' },
    seconds: { type: 'string', default: '12' },
    pause: { type: 'string', default: '0' },
    pglite: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});
const people = Number(args.people);
const seconds = Number(args.seconds);

async function measure(environment: Record<string, string>): Promise<number> {
  const server = await startServer(environment, args.profile ? ['--cpu-prof', `--cpu-prof-dir=${args.profile}`] : []);
  const idle = await server.usage();
  await work(server, people, Math.min(4, seconds));
  const before = await server.usage();
  const database = serverCpu();
  const times = await work(server, people, seconds, Number(args.pause));
  const after = await server.usage();
  const databaseAfter = serverCpu();
  for (const [what, measured] of [
    ['登记', spread(times.registration)],
    ['完成', spread(times.completion)],
    ['下一步可见', spread(times.nextTask)],
    ['每秒办到反馈', rounded(times.walked / seconds)],
    ['每件处理器', `${rounded((after.cpu - before.cpu) / Math.max(1, times.walked))} ms`],
    ['每件数据库处理器', `${rounded((databaseAfter - database) / 1000 / Math.max(1, times.walked))} ms`],
    ['内存（启动后 / 之后）', `${rounded(idle.memory, 0)} / ${rounded(after.memory, 0)} MB`],
  ])
    console.log(`${what}：${measured}`);
  await server.stop();
  return 0;
}

if (args.pglite) {
  const folder = mkdtempSync(join(tmpdir(), 'suying-bench-'));
  await measure({ DATA_DIR: folder });
  rmSync(folder, { recursive: true, force: true });
} else await withServer(async (_url, fresh) => measure({ DATABASE_URL: await fresh() }));
