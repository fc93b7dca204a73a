/** One engine process of `npm run bench:nodes`: told what to do by its parent, and answers with what it has measured. */
import { openDatabase } from '../../src/db/orm.ts';
import { EmbeddedEngine } from '../../src/engine/embedded/index.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { silentLogger } from '../../src/kernel/logger.ts';
import { Load, modelFile, Watch } from './engine-load.ts';

export interface NodeOrder {
  url: string;
  name: string;
  model: string;
  clients: number;
  seconds: number;
  partitions: number;
}
export interface NodeResult {
  completed: number;
  seconds: number;
  latencies: number[];
  records: number;
  cpu: number;
  rss: number;
}

const order = JSON.parse(process.argv[2]!) as NodeOrder;
const opened = await openDatabase([], { url: order.url, dataDir: '', poolSize: 10 });
const engine = new EmbeddedEngine({
  database: opened.database,
  clock: systemClock,
  logger: silentLogger,
  partitions: order.partitions,
});
const watch = new Watch();
engine.onRecords(watch.receiver);
engine.handle('bench', async () => ({ kind: 'complete', variables: { done: true } }));
await engine.start();
await engine.deploy([{ name: `${order.model}.bpmn`, content: modelFile(order.model) }]);
const load = new Load(engine, watch, order.model, order.name);
process.on('disconnect', () => process.exit(0));
process.on('message', async (message) => {
  if (message === 'warm') {
    await load.run(order.clients, 2);
    process.send?.('warm');
  }
  if (message === 'run') {
    const began = performance.now();
    const before = process.cpuUsage();
    await load.run(order.clients, order.seconds);
    const cpu = process.cpuUsage(before);
    process.send?.({
      completed: load.completed,
      seconds: (performance.now() - began) / 1000,
      latencies: load.latencies,
      records: watch.records,
      cpu: cpu.user + cpu.system,
      rss: process.memoryUsage().rss,
    } satisfies NodeResult);
  }
  if (message === 'stop') {
    await engine.stop();
    await opened.close();
    process.exit(0);
  }
});
process.send?.('ready');
