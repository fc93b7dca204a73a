import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import { backtestRuleSet, type RuleSet } from '../../../src/modules/rules/index.ts';
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
