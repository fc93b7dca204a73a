/**
 * `npm run bench:memory`: what the program holds on PostgreSQL, idle and under people who never pause, for each way of starting node
 * (`--flags='|--max-semi-space-size=4'`; as node does by itself and as `npm start` does, unless told); with what the heap, buffers and code share of it are. Prints a table.
 */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { withServer } from '../support/postgres-server.ts';
import { nodeFlags } from './node-flags.ts';
import { work } from './people.ts';
import type { Server } from './server.ts';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '20' },
    people: { type: 'string', default: '16' },
    pause: { type: 'string', default: '0' },
    /** Ways of starting, `|` between them. */
    flags: { type: 'string', default: `|${nodeFlags.join(' ')}` },
  },
});

interface Usage {
  rss: number;
  heapUsed: number;
  heapTotal: number;
  external: number;
  arrayBuffers: number;
  spaces: Record<string, number>;
}

interface Watched extends Server {
  usage(): Promise<{ memory: number; cpu: number }>;
  detail(collect?: boolean): Promise<Usage>;
}

/** Words that begin with a dash are flags of node, `NAME=value` goes into its environment. */
async function start(words: string[], url: string): Promise<Watched> {
  const child = fork(join(import.meta.dirname, 'serve.ts'), {
    execArgv: ['--expose-gc', ...words.filter((word) => word.startsWith('-'))],
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DEMO: '1',
      LOG_LEVEL: 'error',
      DATABASE_URL: url,
      ...Object.fromEntries(
        words.flatMap((word) => (word.startsWith('-') ? [] : [word.split('=') as [string, string]])),
      ),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const answer = <T>(): Promise<T> =>
    new Promise((resolve) => child.once('message', (message) => resolve(message as T)));
  const ask = <T>(message: string | object): Promise<T> => {
    const told = answer<T>();
    child.send(message as string);
    return told;
  };
  const { address } = await answer<{ address: string }>();
  await (await fetch(`${address}/login`)).text();
  return {
    address,
    firstPage: 0,
    usage: async () => {
      const { rss, cpu } = await ask<{ rss: number; cpu: NodeJS.CpuUsage }>('memory');
      return { memory: rss / 2 ** 20, cpu: (cpu.user + cpu.system) / 1000 };
    },
    detail: (collect = false) => ask<Usage>(collect ? 'collect' : 'detail'),
    token: async (login) => (await ask<{ token: string }>({ login })).token,
    stop() {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.send('stop');
      return gone;
    },
  };
}

const megabytes = (bytes: number) => Math.round(bytes / 2 ** 20);
const row = (name: string, usage: Usage) =>
  `| ${name} | ${[usage.rss, usage.heapTotal, usage.heapUsed, usage.external, usage.arrayBuffers].map(megabytes).join(' | ')} |`;

await withServer(async (_url, fresh) => {
  for (const flags of values.flags!.split('|')) {
    const words = flags.split(' ').filter(Boolean);
    const server = await start(words, await fresh());
    console.log(`\nnode ${flags || '(as it is)'}`);
    console.log('| 时刻 | 常驻 | 堆 | 堆在用 | 堆外 | 其中缓冲区 |\n|---|---|---|---|---|---|');
    console.log(row('启动后', await server.detail()));
    console.log(row('启动后，收过垃圾', await server.detail(true)));
    const before = await server.usage();
    let peak: Usage | undefined;
    const watch = setInterval(async () => {
      const usage = await server.detail();
      if (!peak || usage.rss > peak.rss) peak = usage;
    }, 1000);
    const times = await work(server, Number(values.people), Number(values.seconds), Number(values.pause));
    clearInterval(watch);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const after = await server.usage();
    if (peak) console.log(row('忙碌时最高', peak));
    console.log(row('忙碌之后', await server.detail()));
    const collected = await server.detail(true);
    console.log(row('忙碌之后，收过垃圾', collected));
    console.log(
      `办到反馈 ${times.walked} 件，每件处理器 ${Math.round((after.cpu - before.cpu) / Math.max(1, times.walked))} ms；${JSON.stringify(
        Object.fromEntries(Object.entries(collected.spaces).map(([name, bytes]) => [name, megabytes(bytes)])),
      )}`,
    );
    await server.stop();
  }
  return 0;
});
