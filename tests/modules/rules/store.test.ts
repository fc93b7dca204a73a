import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../../src/kernel/actor.ts';
import { readTimeline } from '../../../src/modules/history/index.ts';
import {
  activeRuleSet,
  evaluateRuleSet,
  evaluationsOf,
  listRuleSetVersions,
  loadRuleFiles,
  parameterReader,
  publishRuleSet,
  ruleSetVersion,
  seedRuleSets,
  storeEvaluation,
} from '../../../src/modules/rules/index.ts';
import { testDatabase } from '../../support/database.ts';

const folder = join(import.meta.dirname, '../../../rules');
const file = (name: string) => readFileSync(join(folder, name), 'utf8');
const by = { actor: SYSTEM_ACTOR, now: new Date('2026-11-23T01:00:00Z') };
const examples = JSON.parse(file('deadlines.examples.json'));
/** The parameter table with another value for one parameter, in force from a day. */
const changed = (days: number, effectiveFrom: string) => {
  const set = JSON.parse(file('deadlines.rules.json'));
  set.default.outcome['handle.joint.suggested_total'] = days;
  return JSON.stringify({ ...set, effectiveFrom });
};

describe('rule sets in the database', () => {
  let db: OpenDatabase;
  beforeAll(async () => {
    db = await testDatabase();
    const files = await loadRuleFiles(folder);
    await db.database.transaction((tx) => seedRuleSets(tx, files, by));
    await db.database.transaction((tx) => seedRuleSets(tx, files, by));
  });
  afterAll(() => db.close());
  const publish = (content: string, other: object = {}) =>
    db.database.transaction((tx) =>
      publishRuleSet(tx, { id: 'deadlines', content, examples, reason: '试行', ...other }, by),
    );
  const suggested = async (day: string) => {
    const set = await activeRuleSet(db.database, 'deadlines', day);
    return [set.version, set.default.outcome['handle.joint.suggested_total']];
  };

  test('seeding twice gives one version, byte for byte the file, with its event', async () => {
    const versions = await listRuleSetVersions(db.database, 'category-routing');
    expect(versions).toMatchObject([
      { version: 1, content: file('category-routing.rules.json'), publishedBy: 'system' },
    ]);
    const events = await readTimeline(db.database, 'rule-set', 'category-routing');
    expect(events).toMatchObject([{ type: 'rules.published', payload: { version: 1 } }]);
  });

  test('R27: a version counts from its day, and going back to an old text is a new version', async () => {
    expect(await publish(changed(12, '2026-12-01'))).toEqual({ version: 2 });
    expect(await suggested('2026-11-30')).toEqual([1, 10]);
    expect(await suggested('2026-12-01')).toEqual([2, 12]);
    expect(await publish(file('deadlines.rules.json'), { reason: '撤回试行' })).toEqual({ version: 3 });
    expect(await suggested('2026-12-01')).toEqual([3, 10]);
    expect((await ruleSetVersion(db.database, 'deadlines', 2)).default.outcome['handle.joint.suggested_total']).toBe(
      12,
    );
    expect(await readTimeline(db.database, 'rule-set', 'deadlines')).toHaveLength(3);
  });

  test.each<[string, string, object, object]>([
    ['an unchanged text', file('deadlines.rules.json'), {}, { code: 'Conflict' }],
    ['no reason', changed(14, '2026-12-01'), { reason: ' ' }, { code: 'Invalid' }],
    ['no examples', changed(14, '2026-12-01'), { examples: [] }, { code: 'Invalid' }],
    [
      'an example that does not hold',
      changed(14, '2026-12-01'),
      { examples: [{ name: 'x', facts: {}, expect: { 'feedback.days': 9 } }] },
      { code: 'Invalid', problems: [expect.objectContaining({ pointer: '/0/expect/feedback.days' })] },
    ],
    ['a lint error', changed(14, 'tomorrow'), {}, { code: 'Invalid' }],
    ['the file of another rule set', file('on-the-spot.rules.json'), {}, { code: 'Invalid' }],
  ])('%s is not published', async (_name, content, other, error) => {
    const before = await listRuleSetVersions(db.database, 'deadlines');
    await expect(publish(content, other)).rejects.toMatchObject(error);
    expect(await listRuleSetVersions(db.database, 'deadlines')).toEqual(before);
  });

  test('an unknown rule set or version says so', async () => {
    await expect(activeRuleSet(db.database, 'nothing', '2026-11-23')).rejects.toMatchObject({ code: 'NotFound' });
    await expect(ruleSetVersion(db.database, 'deadlines', 99)).rejects.toMatchObject({ code: 'NotFound' });
  });

  test('a decision keeps declared facts, version and full explanation, once per key', async () => {
    const ruleSet = await activeRuleSet(db.database, 'on-the-spot', '2026-11-23');
    const facts = { intakeChoice: 'ON_THE_SPOT', answered: true, contactPhone: '13900000000' };
    const evaluation = await evaluateRuleSet(ruleSet, facts);
    const item = { key: 'job-1', ruleSet, subjectType: 'demand', subjectId: 'd1', facts, evaluation, at: by.now };
    await storeEvaluation(db.database, item);
    await storeEvaluation(db.database, { ...item, at: new Date('2026-11-24T01:00:00Z') });
    const stored = await evaluationsOf(db.database, 'demand', 'd1');
    expect(stored).toMatchObject([
      {
        key: 'job-1',
        ruleSet: 'on-the-spot',
        version: 1,
        ruleId: 'OS-Y1',
        outcome: { onTheSpot: true },
        evaluatedAt: by.now,
      },
    ]);
    expect(stored[0]!.explanation.map((rule) => rule.ruleId).sort()).toEqual(
      ruleSet.rules.map((rule) => rule.id).sort(),
    );
    expect(stored[0]!.facts).not.toHaveProperty('contactPhone');
    expect(await evaluationsOf(db.database, 'demand', 'd2')).toEqual([]);
  });

  test('R27: a newer program brings its rules where nobody has published since, and never over an administrator’s', async () => {
    const fresh = await testDatabase();
    const seed = (content: string) =>
      fresh.database.transaction((tx) =>
        seedRuleSets(tx, [{ id: 'deadlines', content, ruleSet: JSON.parse(content) }], by),
      );
    const numbers = async () =>
      (await listRuleSetVersions(fresh.database, 'deadlines')).map((version) => [version.version, version.reason]);
    await seed(changed(10, '2025-01-01'));
    await seed(changed(11, '2025-01-01'));
    expect(await numbers()).toEqual([
      [2, '随程序升级'],
      [1, '首次启用'],
    ]);
    // An older program on the same database changes nothing.
    await seed(changed(10, '2025-01-01'));
    expect(await numbers()).toHaveLength(2);
    await fresh.database.transaction((tx) =>
      publishRuleSet(tx, { id: 'deadlines', content: changed(12, '2026-12-01'), examples, reason: '试行' }, by),
    );
    await seed(changed(13, '2025-01-01'));
    expect(await numbers()).toEqual([
      [3, '试行'],
      [2, '随程序升级'],
      [1, '首次启用'],
    ]);
    await fresh.close();
  });

  test('a parameter the published table does not know yet has the program’s own value; one nobody knows is an error', () => {
    const reader = parameterReader({ old: 1 }, 3, { old: 2, new: 5 });
    expect([reader.number('old'), reader.number('new')]).toEqual([1, 5]);
    expect(() => reader.number('neither')).toThrow('neither');
  });
});
