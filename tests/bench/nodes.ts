/**
 * `npm run bench:nodes`: one, two and four engine processes on one PostgreSQL (a throw-away server, fsync and synchronous commit on),
 * with as many clients altogether each time. Tells what the processes, the database and the machine did with their time.
 * Arguments: `--nodes 1,2,4 --models a,b,c --clients 32 --seconds 15 --partitions 0` (0: as many as nodes).
 */
import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import pg from 'pg';
import { withServer } from '../support/postgres-server.ts';
import { machineTime, serverCpu } from './cpu.ts';
import { quantile, rounded } from './measure.ts';
import type { NodeOrder, NodeResult } from './node.ts';
import { nodeFlags } from './node-flags.ts';

const { values: args } = parseArgs({
  options: {
    nodes: { type: 'string', default: '1,2,4' },
    models: { type: 'string', default: 'a,b,c' },
    clients: { type: 'string', default: '32' },
    seconds: { type: 'string', default: '15' },
    partitions: { type: 'string', default: '0' },
  },
});

async function measure(url: string, nodes: number, model: string) {
  const partitions = Number(args.partitions) || nodes;
  const seconds = Number(args.seconds);
  const children: ChildProcess[] = [];
  for (let index = 0; index < nodes; index += 1) {
    const clients = Math.round(Number(args.clients) / nodes);
    const order: NodeOrder = { url, name: `node-${index}`, model, clients, seconds, partitions };
    const child = fork(join(import.meta.dirname, 'node.ts'), [JSON.stringify(order)], { execArgv: nodeFlags });
    await answer(child);
    children.push(child);
  }
  // Until every node has its share of the partitions.
  await wait(nodes > 1 ? 5000 : 0);
  await all(children, 'warm');
  const commits = await committed(url);
  const [server, machine] = [serverCpu(), machineTime()];
  const results = (await all(children, 'run')) as NodeResult[];
  const [serverAfter, after] = [serverCpu(), machineTime()];
  const took = Math.max(...results.map((result) => result.seconds));
  const done = results.reduce((sum, result) => sum + result.completed, 0);
  const latencies = results.flatMap((result) => result.latencies);
  const cores = (microseconds: number) => rounded(microseconds / 1e6 / took, 2);
  const figures = {
    nodes,
    partitions,
    model: model.toUpperCase(),
    instancesPerSecond: rounded(done / took, 0),
    p50: rounded(quantile(latencies, 0.5)),
    p95: rounded(quantile(latencies, 0.95)),
    p99: rounded(quantile(latencies, 0.99)),
    commitsPerInstance: rounded(((await committed(url)) - commits) / done, 2),
    coresPerNode: results.map((result) => cores(result.cpu)).join(' '),
    coresServer: cores(serverAfter - server),
    coresIdle: rounded(((after.idle - machine.idle) / (after.all - machine.all)) * availableParallelism(), 2),
    mbPerNode: results.map((result) => rounded(result.rss / 2 ** 20, 0)).join(' '),
  };
  for (const child of children) {
    const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.send('stop');
    await gone;
  }
  return figures;
}

const all = (children: readonly ChildProcess[], message: string) =>
  Promise.all(
    children.map((child) => {
      const told = answer(child);
      child.send(message);
      return told;
    }),
  );

function answer(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`an engine process ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.off('exit', ended);
      resolve(message);
    });
  });
}

async function committed(url: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // Statistics of a session are told at most once a second.
  await wait(1100);
  const { rows } = await client.query(
    'select xact_commit::float8 as n from pg_stat_database where datname = current_database()',
  );
  await client.end();
  return rows[0].n;
}

const table: unknown[] = [];
await withServer(async (_url, fresh) => {
  for (const model of args.models!.split(','))
    for (const nodes of args.nodes!.split(',').map(Number)) {
      table.push(await measure(await fresh(), nodes, model));
      console.error(JSON.stringify(table.at(-1)));
    }
});
console.table(table);
