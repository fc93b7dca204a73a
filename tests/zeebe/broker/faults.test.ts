import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { FaultSite, inParallel, pause } from '../../support/fault-site.ts';

/** Demands of the large run; the others take a fifth. */
const MANY = Number(process.env.SUYING_FAULT_DEMANDS ?? 500);
const FEW = Math.max(10, Math.round(MANY / 5));
const AT_ONCE = 8;

interface Counts {
  fault: string;
  started: number;
  completed: number;
  lost: number;
  doubled: number;
}
const all: Counts[] = [];

describe('after a fault nothing is lost and nothing is doubled', () => {
  const site = new FaultSite();
  beforeAll(() => site.start(), 400_000);
  afterAll(async () => {
    await site.stop();
    const rows = all.map((row) => Object.values(row).join(' | '));
    process.stdout.write(`${['故障 | 启动 | 办完一步 | 丢失 | 重复', ...rows].join('\n')}\n`);
  }, 120_000);

  /**
   * Demands are registered and dispatched while the fault happens, twice: once among registrations, once among dispatches.
   * Counted is what the program had confirmed to somebody.
   */
  async function walk(run: string, many: number, fault: () => Promise<void>): Promise<void> {
    const numbers: string[] = [];
    const middle = (done: () => number) => site.until('the middle', async () => done() >= many / 2);
    const inTheMiddle = async (done: () => number, work: Promise<void>) => {
      await Promise.all([work, middle(done).then(fault)]);
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
    await count(run, numbers, dispatched);
  }

  async function count(run: string, numbers: string[], dispatched: number): Promise<void> {
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
    };
    all.push(counts);
    process.stdout.write(`${JSON.stringify(counts)}\n`);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(counts).toMatchObject({ completed: numbers.length, lost: 0, doubled: 0 });
    await site.until('the outbox is empty', async () => (await site.query('select 1 from engine_outbox')).length === 0);
    expect(await site.query('select error_message from incident_view where resolved_at is null')).toEqual([]);
  }

  test('the broker is killed and comes back', async () => {
    await walk('broker killed', MANY, async () => {
      await site.broker.kill();
      await pause(1000);
      site.broker = await site.broker.again();
    });
  }, 1_800_000);

  test('the gateway cannot be reached for a while', async () => {
    await walk('gateway away', FEW, async () => {
      site.gateway.stop();
      await pause(10_000);
      await site.gateway.start();
    });
  }, 900_000);

  test('the record endpoint is down, then up', async () => {
    await walk('record endpoint away', FEW, async () => {
      site.records.stop();
      await pause(10_000);
      await site.records.start();
    });
  }, 900_000);

  test('PostgreSQL is restarted', async () => {
    await walk('postgres restarted', FEW, () => site.restartPostgres());
  }, 900_000);

  test('the program is killed between commit and delivery', async () => {
    await walk('program killed', FEW, async () => {
      // What is being delivered now gets no answer any more; what follows is committed and waits in the outbox.
      site.gateway.freeze();
      await pause(500);
      await site.killApp();
      await site.startApp();
    });
  }, 900_000);
});
