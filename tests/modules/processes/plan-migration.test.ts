import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OpenDatabase } from '../../../src/db/orm.ts';
import { planMigration } from '../../../src/modules/processes/index.ts';
import { testDatabase } from '../../support/database.ts';
import { model, serviceTask, userTask } from '../../support/migration-models.ts';

const timer = (on: string) =>
  `<bpmn:boundaryEvent id="late" name="超时" attachedToRef="${on}"><bpmn:timerEventDefinition id="td"><bpmn:timeDuration>PT1H</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:boundaryEvent>`;
const receive = `<bpmn:subProcess id="watch" triggeredByEvent="true"><bpmn:startEvent id="told" name="撤回" isInterrupting="true"><bpmn:messageEventDefinition id="md" messageRef="m"/></bpmn:startEvent></bpmn:subProcess>`;

describe('what a migration would do is said before it is done', () => {
  let db: OpenDatabase;
  beforeAll(async () => {
    db = await testDatabase([]);
  });
  afterAll(() => db?.close());

  async function plan(
    one: string,
    two: string,
    options: {
      mapping?: { from: string; to: string }[];
      engine?: 'embedded' | 'zeebe';
      active?: string[];
      state?: string;
    } = {},
  ) {
    const query = (text: string, values: unknown[] = []) => db.database.query(text, values);
    await query('truncate process_version, process_instance, element_visit');
    for (const [version, xml] of [one, two].entries())
      await query(
        `insert into process_version (process_id, version, definition_key, resource, hash, xml, deployed_at, deployed_by, reason)
         values ('p', $1, $2, 'p.bpmn', $2, $3, now(), 'x', 'x')`,
        [version + 1, `${version}`, model('p', xml)],
      );
    await query(
      `insert into process_instance (key, process_id, process_version, root_key, state, started_at) values ('1', 'p', 1, '1', $1, 0)`,
      [options.state ?? 'ACTIVE'],
    );
    for (const id of options.active ?? ['a'])
      await query(
        `insert into element_visit (key, process_instance_key, element_id, element_type, state, entered_at) values ($1, '1', $2, 'USER_TASK', 'ACTIVE', 0)`,
        [`k-${id}`, id],
      );
    return planMigration(db.database, {
      processInstanceKey: '1',
      version: 2,
      mapping: options.mapping ?? [],
      engine: options.engine ?? 'embedded',
    });
  }

  test('tokens keep their place where the id is the same, and follow the mapping where it is not', async () => {
    expect(await plan(userTask('a'), `${userTask('a')}${userTask('b')}`)).toMatchObject({
      fromVersion: 1,
      toVersion: 2,
      moves: [{ from: 'a', to: 'a' }],
      refusals: [],
    });
    expect(await plan(userTask('a'), userTask('z'), { mapping: [{ from: 'a', to: 'z' }] })).toMatchObject({
      moves: [{ from: 'a', to: 'z' }],
      refusals: [],
    });
  });

  test.each([
    ['no counterpart', userTask('a'), userTask('z'), {}, /没有对应的节点/],
    ['another kind', userTask('a'), serviceTask('a', 't'), {}, /类型不同/],
    ['a timer more', userTask('a'), userTask('a') + timer('a'), {}, /多了事件“超时”/],
    ['a timer less', userTask('a') + timer('a'), userTask('a'), {}, /“超时”（late）在目标版本里没有对应/],
    ['mapping to nowhere', userTask('a'), userTask('a'), { mapping: [{ from: 'a', to: 'q' }] }, /没有节点“q”/],
    [
      'two counterparts',
      userTask('a'),
      userTask('a') + userTask('b'),
      {
        mapping: [
          { from: 'a', to: 'a' },
          { from: 'a', to: 'b' },
        ],
      },
      /对应了两处/,
    ],
    [
      'a timer kept, on Zeebe',
      userTask('a') + timer('a'),
      userTask('a') + timer('a'),
      { engine: 'zeebe' },
      /Zeebe 8.5 不能迁移/,
    ],
    [
      'an event subprocess kept, on Zeebe',
      userTask('a') + receive,
      userTask('a') + receive,
      { engine: 'zeebe' },
      /Zeebe 8.5 不能迁移/,
    ],
  ] as [string, string, string, object, RegExp][])(
    '%s is a refusal with its reason',
    async (_what, one, two, options, reason) => {
      expect((await plan(one, two, options)).refusals.join('\n')).toMatch(reason);
    },
  );

  test('the same timer and event subprocess are no obstacle on the embedded engine', async () => {
    const both = userTask('a') + timer('a') + receive;
    expect((await plan(both, both)).refusals).toEqual([]);
  });

  test('an instance that is over cannot be planned for', async () => {
    await expect(plan(userTask('a'), userTask('a'), { state: 'COMPLETED' })).rejects.toMatchObject({
      code: 'NotFound',
    });
  });
});
