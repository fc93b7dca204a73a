/**
 * `node tests/bench/statements.ts [--full]`: which statements one demand costs from registration to feedback, on PostgreSQL: how often each is
 * sent, for whom (the request, the drain, the engine, a worker, the projector), and how many round trips and commits it comes to.
 */
import { createRequire } from 'node:module';
import { parseArgs } from 'node:util';
import { compose } from '../../src/compose.ts';
import { readConfig } from '../../src/config.ts';
import { createToken } from '../../src/modules/access/index.ts';
import { ApiClient } from '../../src/tryout/api-client.ts';
import { answersTo, type OpenTask } from '../../src/tryout/drive-demands.ts';
import { withServer } from '../support/postgres-server.ts';
import { DEMAND } from '../support/walk.ts';

const { values: args } = parseArgs({
  options: { stacks: { type: 'boolean', default: false }, log: { type: 'boolean', default: false } },
});
const require = createRequire(import.meta.resolve('@mikro-orm/postgresql'));
const pg = require('pg');
const counts = new Map<string, number>();
const log: string[] = [];
let on = false;
const original = pg.Client.prototype.query as (...args: unknown[]) => unknown;
Error.stackTraceLimit = 60;
(pg.Client.prototype as any).query = function (this: any, ...a: any[]) {
  if (on) {
    const text = (typeof a[0] === 'string' ? a[0] : (a[0]?.text ?? '?')).replace(/\s+/g, ' ').slice(0, 230);
    let key = text;
    if (args.stacks) {
      const stack = new Error()
        .stack!.split('\n')
        .filter((l) => l.includes('/src/') && !l.includes('/src/db/'))
        .map((l) =>
          l
            .replace(/.*\/src\//, '')
            .replace(/\)$/, '')
            .replace(/:\d+$/, ''),
        )
        .slice(0, 6)
        .join(' < ');
      key = `${text.slice(0, 150)}\n        ${stack}`;
    }
    counts.set(key, (counts.get(key) ?? 0) + 1);
    log.push(`${this.processID ?? ''} ${text}`);
  }
  return original.apply(this, a);
};
await withServer(async (_server, fresh) => {
  const composed = await compose(
    readConfig({ NODE_ENV: 'test', PORT: '0', LOG_LEVEL: 'error', DEMO: '1', DATABASE_URL: await fresh() }),
  );
  const { house } = composed;
  house.limits = { requestsPerMinute: 1e9, signInsPerTenMinutes: 1e9 };
  const address = await composed.listen();
  const clients = new Map<string, ApiClient>();
  for (const login of ['pengqingming', 'fandongzhi', 'xibailu', 'zhaojingzhe'])
    clients.set(
      login,
      new ApiClient(
        address,
        (await createToken({ sql: house.sql, clock: house.clock, ids: house.ids }, login, { name: 'm', days: 30 }))
          .token,
      ),
    );
  const walk = async (report?: (what: string) => void) => {
    const { number } = await clients.get('pengqingming')!.post<{ number: string }>('/demands', DEMAND);
    report?.('register (answered)');
    for (const form of ['dispatch-demand', 'handle-demand', 'give-feedback']) {
      const was = on;
      await composed.settle();
      report?.(`settled before ${form}`);
      on = false;
      const task = (await clients.get('fandongzhi')!.get<{ items: OpenTask[] }>(`/demands/${number}/tasks`)).items.find(
        (t) => t.status === 'OPEN',
      );
      if (task?.formId !== form) throw new Error(`${task?.formId} instead of ${form}`);
      on = was;
      const values = answersTo(task, { expected: { hostDepartment: '341523-TAX2' } } as never);
      await clients.get(task.assignee ?? task.candidates[0]!)!.post(`/tasks/${task.id}/complete`, values);
      report?.(`${form} (answered)`);
    }
    await composed.settle();
    report?.('settled');
  };
  for (let n = 0; n < 5; n += 1) await walk();
  on = true;
  let before = 0;
  let total = 0;
  await walk((what) => {
    console.log(`${what}: ${log.length - before}`);
    if (args.log) for (const line of log.slice(before)) console.log('    ', line);
    before = log.length;
    total = log.length;
  });
  const walked = new Map(counts);
  counts.clear();
  await composed.sweep();
  console.log(`a sweep that finds nothing: ${log.length - total}`);
  for (const [text, n] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, 15))
    console.log(`${String(n).padStart(4)}  ${text}`);
  on = false;
  console.log(`total ${total}, distinct ${walked.size}`);
  for (const [text, n] of [...walked].sort((a, b) => b[1] - a[1])) console.log(`${String(n).padStart(4)}  ${text}`);
  await composed.stop();
  return 0;
});
process.exit(0);
