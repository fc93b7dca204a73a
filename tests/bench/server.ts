import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { nodeFlags } from './node-flags.ts';

const serve = join(import.meta.dirname, 'serve.ts');
const bare = { PATH: process.env.PATH, HOME: process.env.HOME, PORT: '0', DEMO: '1', LOG_LEVEL: 'error' };

export interface Server {
  address: string;
  /** Milliseconds from the start of the process to the first page. */
  firstPage: number;
  /** Megabytes it holds, and milliseconds of processor it has used so far. */
  usage(): Promise<{ memory: number; cpu: number }>;
  token(login: string): Promise<string>;
  stop(): Promise<void>;
}

/** The program in a process of its own. */
export async function startServer(environment: Record<string, string>, flags: string[] = []): Promise<Server> {
  const began = performance.now();
  const child = fork(serve, {
    execArgv: [...nodeFlags, ...flags],
    env: { ...bare, ...environment } as NodeJS.ProcessEnv,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { address } = await answer<{ address: string }>(child);
  await (await fetch(`${address}/login`)).text();
  const firstPage = performance.now() - began;
  return {
    address,
    firstPage,
    async usage() {
      const told = answer<{ rss: number; cpu: NodeJS.CpuUsage }>(child);
      child.send('memory');
      const { rss, cpu } = await told;
      return { memory: rss / 2 ** 20, cpu: (cpu.user + cpu.system) / 1000 };
    },
    async token(login) {
      const told = answer<{ token: string }>(child);
      child.send({ login });
      return (await told).token;
    },
    stop() {
      const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.send('stop');
      return gone;
    },
  };
}

function answer<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`the server ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message as T);
    });
  });
}
