import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import type { Actor } from '../../../src/kernel/actor.ts';
import {
  backtestRuleSet,
  backtestRun,
  cancelBacktest,
  listBacktests,
  noteSeen,
  type RuleSet,
  runBacktest,
  runWaitingBacktests,
  startBacktest,
} from '../../../src/modules/rules/index.ts';
import { testDatabase } from '../../support/database.ts';

/** Who handles a demand, by tag and amount. */
const routing = (limit: number, extra: Partial<RuleSet> = {}): RuleSet => ({
  id: 'routing',
  title: '派单',
  version: 1,
  effectiveFrom: '2026-01-01',
  basis: [],
  facts: {
    tag: { type: 'string', title: '标签', required: true },
    amount: { type: 'number', title: '税额' },
  },
  strategy: 'first',
  outcomeSchema: {
    host: { type: 'string', title: '主办', required: true },
    days: { type: 'number', title: '期限' },
  },
  default: { outcome: { host: 'TPS', days: 5 }, reason: '其余' },
  rules: [
    {
      id: 'large',
      title: '大额',
      priority: 10,
      conditions: { all: [{ fact: 'amount', operator: 'greaterThan', value: limit }] },
      event: { type: 'route', params: { host: 'REV', days: 5 } },
    },
    {
      id: 'deed',
      title: '契税',
      priority: 5,
      conditions: { all: [{ fact: 'tag', operator: 'equal', value: '契税' }] },
      event: { type: 'route', params: { host: 'PBT', days: 3 } },
    },
  ],
  ...extra,
});

let db: OpenDatabase;
beforeAll(async () => {
  db = await testDatabase();
  // A thousand decisions, a minute apart: amounts 1 to 1,000; what is over 900 went to REV, of the rest every fourth is 契税.
  await db.database.query(
    `insert into rule_evaluation (key, rule_set, version, subject_type, subject_id, facts, outcome, explanation, evaluated_at)
     select 'k' || lpad(n::text, 5, '0'), 'routing', 1, 'demand', 'd' || n,
       jsonb_build_object('tag', case when n % 4 = 0 then '契税' else '其他' end, 'amount', n),
       case when n > 900 then '{"host":"REV","days":5}' when n % 4 = 0 then '{"host":"PBT","days":3}' else '{"host":"TPS","days":5}' end::jsonb,
       '{}', timestamptz '2026-11-01T00:00:00+08:00' + n * interval '1 minute'
     from generate_series(1, 1000) n`,
  );
});
afterAll(() => db?.close());

describe('backtest of a draft over recorded decisions', () => {
  test('the same rules change nothing', async () => {
    const report = await backtestRuleSet(db.database, { draft: routing(900) });
    expect(report).toMatchObject({ decisions: 1000, changed: 0, parts: [], undecidable: [], samples: [] });
    expect(report.earliest).toEqual(new Date('2026-11-01T00:01:00+08:00'));
  });

  test('a limit that moves 37 of 1,000 says exactly so: how many, from where to where, which, and the workload before and after', async () => {
    const report = await backtestRuleSet(db.database, { draft: routing(863), samples: 5 });
    expect(report).toMatchObject({ decisions: 1000, changed: 37 });
    expect(report.parts).toEqual([
      {
        name: 'host',
        changed: 37,
        moves: [
          { from: 'TPS', to: 'REV', count: 27 },
          { from: 'PBT', to: 'REV', count: 10 },
        ],
      },
      { name: 'days', changed: 10, moves: [{ from: 3, to: 5, count: 10 }] },
    ]);
    expect(report.totals.host).toEqual(
      expect.arrayContaining([
        { value: 'REV', before: 100, after: 137 },
        { value: 'TPS', before: 675, after: 648 },
        { value: 'PBT', before: 225, after: 215 },
      ]),
    );
    expect(report.samples).toHaveLength(5);
    expect(report.samples[0]).toMatchObject({
      subjectId: 'd864',
      before: { host: 'PBT', days: 3 },
      after: { host: 'REV', days: 5 },
    });
  });

  test('only decisions of a time, and other rule sets never', async () => {
    const report = await backtestRuleSet(db.database, {
      draft: routing(863),
      from: new Date('2026-11-01T14:30:00+08:00'),
      until: new Date('2026-11-01T14:50:00+08:00'),
    });
    expect([report.decisions, report.changed]).toEqual([20, 20]);
    expect((await backtestRuleSet(db.database, { draft: { ...routing(1), id: 'other' } })).decisions).toBe(0);
  });

  test('what the draft cannot decide from the recorded facts is counted by its reason', async () => {
    const facts = { ...routing(900).facts, urgency: { type: 'string' as const, title: '紧急程度', required: true } };
    const report = await backtestRuleSet(db.database, { draft: routing(900, { facts }) });
    expect(report.changed).toBe(0);
    expect(report.undecidable).toEqual([{ reason: '事实“紧急程度”没有值，而规则需要它。', count: 1000 }]);
  });

  test('tells how far it is, and stops when asked', async () => {
    const told: [number, number][] = [];
    await backtestRuleSet(db.database, { draft: routing(900), onProgress: (done, all) => told.push([done, all]) });
    expect(told.at(-1)).toEqual([1000, 1000]);
    await expect(
      backtestRuleSet(db.database, {
        draft: routing(900),
        onProgress: () => {
          throw new Error('stopped');
        },
      }),
    ).rejects.toThrow('stopped');
  });
});

describe('a backtest that is kept', () => {
  const actor = {
    login: 'jinqingming',
    name: '金清明',
    roles: [],
    departments: [],
    orgCode: '341500',
  } as unknown as Actor;
  const now = new Date('2026-11-23T10:00:00+08:00');
  const by = { actor, now };
  const draft = JSON.stringify(routing(863));
  const start = (id: string, text = draft) =>
    startBacktest(db.database, { id, ruleSet: 'routing', draft: text, from: null }, by);

  test('waits, is made, and is found again for exactly the draft it was made for, with who has looked', async () => {
    expect(await start('r1')).toMatchObject({ state: 'WAITING', total: 1000, done: 0, begunBy: 'jinqingming' });
    await noteSeen(db.database, 'r1', by);
    expect((await backtestRun(db.database, 'r1')).seen).toEqual([]);
    expect(await runWaitingBacktests(db.database, { now: () => now })).toBe(1);
    const run = await backtestRun(db.database, 'r1');
    expect(run).toMatchObject({ state: 'DONE', done: 1000, report: { decisions: 1000, changed: 37 } });
    expect(run.report!.samples).toHaveLength(37);
    expect(run.report!.samples[0]!.decidedAt).toBeInstanceOf(Date);
    await noteSeen(db.database, 'r1', by);
    await noteSeen(db.database, 'r1', { ...by, now: new Date(+now + 1000) });
    expect((await listBacktests(db.database, 'routing', draft))[0]!.seen).toEqual([{ login: 'jinqingming', at: now }]);
    expect(await listBacktests(db.database, 'routing', `${draft} `)).toEqual([]);
    expect(await runWaitingBacktests(db.database, { now: () => now })).toBe(0);
  });

  test('is cancelled once; what is cancelled is not made, what is finished is not cancelled', async () => {
    await start('r2');
    await cancelBacktest(db.database, 'r2', by);
    await runBacktest(db.database, 'r2', { now: () => now });
    expect(await backtestRun(db.database, 'r2')).toMatchObject({ state: 'CANCELLED', report: null });
    await expect(cancelBacktest(db.database, 'r2', by)).rejects.toMatchObject({ reason: 'backtest-finished' });
    await expect(cancelBacktest(db.database, 'r1', by)).rejects.toMatchObject({ reason: 'backtest-finished' });
    await expect(backtestRun(db.database, 'none')).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('that a stopped program leaves is taken over when it has been silent for a while, not sooner', async () => {
    await start('r3');
    let asked = 0;
    // Stopped in the middle: after the run was taken.
    await runBacktest(db.database, 'r3', { now: () => now, stopping: () => ++asked > 0 });
    expect(await backtestRun(db.database, 'r3')).toMatchObject({ state: 'RUNNING', report: null });
    await runWaitingBacktests(db.database, { now: () => new Date(+now + 30_000) });
    expect((await backtestRun(db.database, 'r3')).state).toBe('RUNNING');
    await runWaitingBacktests(db.database, { now: () => new Date(+now + 90_000) });
    expect(await backtestRun(db.database, 'r3')).toMatchObject({ state: 'DONE', report: { changed: 37 } });
  });

  test('is refused for a draft with errors, with every problem named; nothing is kept', async () => {
    const before = (await listBacktests(db.database, 'routing')).length;
    await expect(start('r4', draft.replace('"amount","operator"', '"amuont","operator"'))).rejects.toMatchObject({
      code: 'Invalid',
      problems: [expect.objectContaining({ pointer: '/rules/0/conditions/all/0/fact' })],
    });
    expect(await listBacktests(db.database, 'routing')).toHaveLength(before);
  });
});
