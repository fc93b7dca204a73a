import { cpus } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FaultSite, inParallel, type PagesSeen, pause } from '../../support/fault-site.ts';
import { writeBetween } from '../../support/write-between.ts';

/** `--quick` of `npm run test:zeebe-faults`: fewer demands, shorter faults, and the page keeps what was measured at full length. */
const QUICK = process.env.SUYING_FAULTS === 'quick';
/** Demands of the large run; the others take a fifth. */
const MANY = QUICK ? 50 : 500;
const FEW = MANY / 5;
/** How long gateway and record endpoint stay away. */
const AWAY_SECONDS = QUICK ? 10 : 120;
const AT_ONCE = 8;

interface Counts {
  fault: string;
  started: number;
  completed: number;
  lost: number;
  doubled: number;
  seconds: number;
  pages: PagesSeen;
}
const all: Counts[] = [];
const FAULTS = 5;
const PAGE = join(import.meta.dirname, '../../../docs/engines.md');

function tableOf(rows: readonly Counts[]): string {
  const day = new Date().toISOString().slice(0, 10);
  return [
    `最近一次全量结果（${day}，${cpus().length} 核；每行登记中、派单中各出一次故障，同时有 ${AT_ONCE} 人在办、一人不停地看页面）：`,
    '',
    '| 故障 | 启动 | 办完一步 | 丢失 | 重复 | 用时（秒） | 页面照常 | 页面说明稍后再试 | 程序不在 | 出错的页面 |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...rows.map(({ fault, started, completed, lost, doubled, seconds, pages }) => {
      const cells = [fault, started, completed, lost, doubled, seconds];
      return `| ${[...cells, pages.good, pages.calm, pages.away, pages.rough.length].join(' | ')} |`;
    }),
  ].join('\n');
}

describe('after a fault nothing is lost and nothing is doubled', () => {
  const site = new FaultSite();
  beforeAll(() => site.start(), 400_000);
  afterAll(async () => {
    await site.stop();
    const table = tableOf(all);
    process.stdout.write(`${table}\n`);
    if (!QUICK && all.length === FAULTS) writeBetween(PAGE, 'faults', table);
  }, 120_000);

  /**
   * Demands are registered and dispatched while the fault happens, twice: once among registrations, once among dispatches.
   * Counted is what the program had confirmed to somebody.
   */
  async function walk(run: string, many: number, fault: () => Promise<void>): Promise<void> {
    const began = performance.now();
    const stopWatching = await site.watch();
    const numbers: string[] = [];
    const inTheMiddle = async (done: () => number, work: Promise<void>) => {
      let failed: unknown;
      work.catch((error: unknown) => {
        failed = error;
      });
      await site.until('the middle', async () => done() >= many / 2 || failed !== undefined);
      if (failed === undefined) await fault();
      await work;
    };
    await inTheMiddle(
      () => numbers.length,
      inParallel(Array.from({ length: many }), AT_ONCE, async (_item, index) => {
        numbers.push(await site.register(index, run));
      }),
    );
    const open = (form: string) =>
      site.query<{ id: string; number: string }>(
        `select t.id, d.number from task t join demand d on d.id = t.demand_id
         where d.number = any($1::text[]) and t.form_id = $2 and t.status = 'OPEN'`,
        [numbers, form],
      );
    await site.until(
      `${run}: every demand is waiting for its dispatch`,
      async () => (await open('dispatch-demand')).length >= many,
    );
    let dispatched = 0;
    await inTheMiddle(
      () => dispatched,
      inParallel(await open('dispatch-demand'), AT_ONCE, async (task) => {
        await site.dispatch(task.id);
        dispatched += 1;
      }),
    );
    await site.until(`${run}: every demand is being handled`, async () => (await open('handle-demand')).length >= many);
    const seconds = Math.round((performance.now() - began) / 1000);
    await count(run, numbers, dispatched, seconds, await stopWatching());
  }

  async function count(
    run: string,
    numbers: string[],
    dispatched: number,
    seconds: number,
    pages: PagesSeen,
  ): Promise<void> {
    const perDemand = async (statement: string) =>
      new Map(
        (await site.query<{ number: string; n: number }>(statement, [numbers])).map((row) => [row.number, row.n]),
      );
    const from = 'from demand d left join';
    const where = 'where d.number = any($1::text[]) group by d.number';
    const counted = [
      await perDemand(
        `select d.number, count(p.key)::int as n ${from} process_instance p on p.demand_id = d.id and p.process_id = 'fast-response' ${where}`,
      ),
      await perDemand(
        `select d.number, count(t.id)::int as n ${from} task t on t.demand_id = d.id and t.form_id = 'dispatch-demand' ${where}`,
      ),
      await perDemand(
        `select d.number, count(t.id)::int as n ${from} task t on t.demand_id = d.id and t.form_id = 'handle-demand' ${where}`,
      ),
      await perDemand(
        `select d.number, count(e.*)::int as n ${from} history_event e on e.subject_id = d.id and e.type = 'demand.transferred' ${where}`,
      ),
    ];
    const times = numbers.flatMap((number) => counted.map((map) => map.get(number) ?? 0));
    const counts: Counts = {
      fault: run,
      started: numbers.length,
      completed: dispatched,
      lost: times.filter((n) => n === 0).length,
      doubled: times.filter((n) => n > 1).length,
      seconds,
      pages,
    };
    all.push(counts);
    process.stdout.write(`${JSON.stringify(counts)}\n`);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(counts).toMatchObject({ completed: numbers.length, lost: 0, doubled: 0 });
    // Whatever was away: people saw their pages, or a calm word.
    expect({ pages: pages.rough, api: site.rough }).toEqual({ pages: [], api: [] });
    expect(pages.good).toBeGreaterThan(0);
    await site.until('the outbox is empty', async () => (await site.query('select 1 from engine_outbox')).length === 0);
    expect(await site.query('select error_message from incident_view where resolved_at is null')).toEqual([]);
  }

  test('the broker is killed and comes back', async () => {
    await walk('Zeebe 断电重启', MANY, async () => {
      await site.broker.kill();
      await pause(1000);
      site.broker = await site.broker.again();
    });
  }, 1_800_000);

  test('the gateway cannot be reached for a while', async () => {
    await walk(`网关连不上 ${AWAY_SECONDS} 秒`, FEW, async () => {
      site.gateway.stop();
      await pause(AWAY_SECONDS * 1000);
      await site.gateway.start();
    });
  }, 900_000);

  test('the record endpoint is down, then up', async () => {
    await walk(`记录接收中断 ${AWAY_SECONDS} 秒`, FEW, async () => {
      site.records.stop();
      await pause(AWAY_SECONDS * 1000);
      await site.records.start();
    });
  }, 900_000);

  test('PostgreSQL is restarted', async () => {
    await walk('PostgreSQL 重启', FEW, () => site.restartPostgres());
  }, 900_000);

  test('the program is killed between commit and delivery', async () => {
    await walk('程序在提交与送出之间被杀', FEW, async () => {
      // What is being delivered now gets no answer any more; what follows is committed and waits in the outbox.
      site.gateway.freeze();
      await pause(500);
      await site.killApp();
      await site.startApp();
    });
  }, 900_000);
});
