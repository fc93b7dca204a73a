import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlOf } from '../../src/db/orm.ts';
import { SYSTEM_ACTOR } from '../../src/kernel/actor.ts';
import { publishForm } from '../../src/modules/processes/index.ts';
import { publishRuleSet } from '../../src/modules/rules/index.ts';
import { Follower } from '../support/follower.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { ruleSetFile } from '../support/rules.ts';
import { DEMAND } from '../support/walk.ts';

describe('R9: a field that an administrator adds to the registration form', () => {
  let house: TestHouse;
  let number: string;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T09:12:00+08:00');
    const form = JSON.parse(readFileSync('processes/fast-response/forms/register-demand.form', 'utf8'));
    form.components.push({
      type: 'textfield',
      id: 'Field_street',
      key: 'streetOffice',
      label: '所在街道',
      validate: { maxLength: 20 },
    });
    const rules = ruleSetFile('category-routing') as any;
    rules.facts.streetOffice = { type: 'string', title: '所在街道' };
    await house.house.transaction(SYSTEM_ACTOR, async (unit) => {
      const sql = sqlOf(unit.em);
      const by = { actor: SYSTEM_ACTOR, now: house.clock.now() };
      await publishForm(
        sql,
        { formId: 'register-demand', processId: 'fast-response', content: JSON.stringify(form), reason: '加一项' },
        by,
      );
      await publishRuleSet(
        sql,
        {
          id: 'category-routing',
          content: JSON.stringify(rules),
          examples: [{ name: '默认', facts: {}, expect: {} }],
          reason: '加一项',
        },
        by,
      );
    });
    await house.sweep();
    const officer = await house.as(house.stage.registrar('341523'));
    ({ number } = await officer.post<{ number: string }>('/demands', {
      ...DEMAND,
      streetOffice: '城关街道 19900000021',
    }));
    await house.settle();
  });
  afterAll(() => house?.stop());

  test('is validated by the form, and kept', async () => {
    const officer = await house.as(house.stage.registrar('341523'));
    await expect(officer.post('/demands', { ...DEMAND, streetOffice: '长'.repeat(21) })).rejects.toMatchObject({
      status: 422,
      problem: { errors: [{ pointer: '/streetOffice' }] },
    });
    const [row] = await house.house.sql.query<{ intake: Record<string, unknown> }>(
      'select intake from demand where number = $1',
      [number],
    );
    expect(row!.intake).toMatchObject({ streetOffice: '城关街道 19900000021' });
  });

  test('is shown on the page of the demand and in an export, numbers masked', async () => {
    const desk = await Follower.signedIn(house, 'fandongzhi');
    await desk.get(`/demands/${number}`);
    expect(desk.text).toContain('所在街道 城关街道 199****0021');
    await desk.get('/demands/export');
    await desk.post('/demands/export', { fields: ['number', 'further'], kind: 'csv', purpose: '11月例会情况通报' });
    expect(desk.page.html).toContain('所在街道：城关街道 199****0021');
  });

  test('is a fact of a rule set that declares it', async () => {
    const [row] = await house.house.sql.query<{ facts: Record<string, unknown> }>(
      `select e.facts from rule_evaluation e join demand d on d.id = e.subject_id where d.number = $1 and e.rule_set = 'category-routing'`,
      [number],
    );
    expect(row!.facts).toMatchObject({ streetOffice: '城关街道 19900000021' });
  });
});
