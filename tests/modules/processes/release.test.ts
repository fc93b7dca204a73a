import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { sqlOf } from '../../../src/db/orm.ts';
import type { Database, Sql } from '../../../src/db/sql.ts';
import { CommandRejected, DeploymentRejected, type ProcessEngine } from '../../../src/engine/port.ts';
import { readTimeline } from '../../../src/modules/history/index.ts';
import {
  beginRelease,
  beginRollBack,
  contentOf,
  describeRelease,
  diffLines,
  draftOf,
  draftsAsCandidates,
  explainWarnings,
  findRelease,
  formVersion,
  keepDraft,
  keepReport,
  listProcessVersions,
  nextReleaseId,
  noteLook,
  type PublishWork,
  processXml,
  publishRelease,
  type Release,
  readDesigns,
  retryRelease,
  rollBackAtOnce,
  runChecks,
  signRelease,
  submitRelease,
  takeDrafts,
  withdrawRelease,
} from '../../../src/modules/processes/index.ts';
import { activeRuleSet, evaluateRuleSet, storeEvaluation } from '../../../src/modules/rules/index.ts';
import { draft, file, oneScenario, person, withLabel, withName, withParameter } from '../../support/designs.ts';
import { type TestHouse, testHouse } from '../../support/house.ts';

let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T01:00:00Z');
  await oneScenario(house);
});
afterAll(() => house?.stop());

const AUTHOR = 'jinqingming';
const SECOND = 'zhaolichun';
const database = () => house.house.sql as Database;

/** Somebody does something in a unit of work. */
async function as<T>(login: string, work: (sql: Sql, by: { actor: any; now: Date }) => Promise<T>): Promise<T> {
  const actor = await person(house, login);
  return house.house.transaction(actor, (unit) => work(sqlOf(unit.em), { actor, now: house.clock.now() }));
}

const begin = (designs: string, words: { effectiveAt?: Date } = {}): Promise<Release> =>
  as(AUTHOR, async (sql, by) => {
    const id = await nextReleaseId(sql, '2026-11-23');
    return beginRelease(sql, await draftsAsCandidates(sql, readDesigns(designs)), {
      ...by,
      id,
      reason: '试一试',
      ...words,
    });
  });

async function check(id: string): Promise<Release> {
  const release = await findRelease(database(), id);
  const report = await runChecks(house.house.gate(), release);
  await as(AUTHOR, (sql, by) =>
    keepReport(sql, id, report, { content: contentOf(release), revision: release.revision }, by),
  );
  return findRelease(database(), id);
}

const submit = async (id: string, required = 1): Promise<Release> => {
  const { revision } = await findRelease(database(), id);
  await as(AUTHOR, (sql, by) => submitRelease(sql, id, { revision, required }, by));
  return findRelease(database(), id);
};

async function lookAndSign(id: string, login = SECOND): Promise<Release['state']> {
  const release = await findRelease(database(), id);
  await as(login, async (sql, by) => {
    for (const item of release.items) await noteLook(sql, release, item, by);
  });
  return as(login, (sql, by) => signRelease(sql, id, release.revision, by));
}

const drop = async (id: string) => {
  const { revision, items } = await findRelease(database(), id);
  await as(AUTHOR, (sql, by) => withdrawRelease(sql, id, { revision, reason: '不要了' }, by));
  await as(AUTHOR, async (sql) => {
    for (const item of items)
      await sql.query('delete from design_draft where kind = $1 and id = $2', [item.kind, item.id]);
  });
};

/** A node's view of publishing, with another engine where one is wanted. */
const node = (engine: Pick<ProcessEngine, 'deploy'>): PublishWork => ({
  database: database(),
  engine,
  now: () => house.clock.now(),
  uuid: () => house.house.ids.uuid(),
  publishCalendar: () => Promise.reject(new Error('no calendar here')),
  failed() {},
});
const newestOf = async (id: string) => (await listProcessVersions(database())).find((item) => item.processId === id)!;
const lineOf = (release: Release, id: string) => release.report!.find((one) => one.id === id)!;

const VISIT = () => withName('电话回访', '电话回访（改）');

describe('R27: the publish gate', () => {
  test('a diagram, a rule set and a form are frozen, checked, signed by another person and put into force together', async () => {
    const before = await newestOf('return-visit');
    const renamed = VISIT();
    expect(renamed).not.toBe(file('processes/return-visit/return-visit.bpmn'));
    await draft(house, AUTHOR, { kind: 'process', id: 'return-visit', content: renamed, basedOn: 1 });
    await draft(house, AUTHOR, {
      kind: 'rules',
      id: 'deadlines',
      content: withParameter('visit.within', 6),
      basedOn: 1,
    });
    await draft(house, AUTHOR, {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('办理措施'),
      basedOn: 1,
    });
    const { id } = await begin('process:return-visit,rules:deadlines,form:handle-demand');
    const checked = await check(id);
    const lines = checked.report!.filter((one) => one.id !== 'scenarios');
    expect(lines.map((one) => [one.id, one.state])).toEqual([
      ['in-force', 'passed'],
      ['process', 'passed'],
      ['engine', 'passed'],
      ['organisation', expect.stringMatching(/passed|warning/)],
      ['instances', 'passed'],
      ['form', 'passed'],
      ['rules', 'passed'],
      ['examples', 'passed'],
      ['analysis', 'passed'],
      ['form-use', 'passed'],
      ['backtest', 'passed'],
      ['effective', 'passed'],
    ]);
    await explainAll(id);
    await submit(id);
    await expect(lookAndSign(id, AUTHOR)).rejects.toThrow('不能由你复核');
    await expect(lookAndSign(id, 'yunxiaoshu')).rejects.toThrow('市局');
    expect(await lookAndSign(id)).toBe('APPROVED');
    expect(await house.house.publishRelease(id)).toBe('PUBLISHED');

    const after = await newestOf('return-visit');
    expect(after.version).toBe(before.version + 1);
    expect(after.deployedBy).toBe(AUTHOR);
    expect(await processXml(database(), 'return-visit')).toBe(renamed);
    expect((await activeRuleSet(database(), 'deadlines', '2026-11-23')).default.outcome['visit.within']).toBe(6);
    expect((await formVersion(database(), 'handle-demand')).content).toBe(withLabel('办理措施'));
    await expect(draftOf(database(), 'rules', 'deadlines')).rejects.toThrow('没有');
    const events = await readTimeline(database(), 'release', id);
    expect(events.map((event) => event.type)).toEqual([
      'release.begun',
      'release.checked',
      'release.submitted',
      'release.signed',
      'release.published',
    ]);
    const { reportHash } = await findRelease(database(), id);
    for (const [subject, design] of [
      ['process', 'return-visit'],
      ['rule-set', 'deadlines'],
      ['form', 'handle-demand'],
    ] as const)
      expect((await readTimeline(database(), subject, design)).at(-1)).toMatchObject({
        type: 'release.published',
        payload: { release: id, reportHash },
      });
  });

  test('rolled back at once: the same gate, one person, marked for good; then nothing is left to roll back twice', async () => {
    const { id } = (await published()).at(-1)!;
    const begun = await as(AUTHOR, async (sql, by) =>
      beginRollBack(sql, id, { ...by, id: await nextReleaseId(sql, '2026-11-23'), reason: '新版有问题' }),
    );
    const checked = await check(begun.id);
    expect(checked.report!.filter((one) => one.state === 'failed')).toEqual([]);
    await as(AUTHOR, (sql, by) => rollBackAtOnce(sql, begun.id, checked.revision, by));
    expect(await house.house.publishRelease(begun.id)).toBe('PUBLISHED');
    expect(await processXml(database(), 'return-visit')).toBe(file('processes/return-visit/return-visit.bpmn'));
    expect((await activeRuleSet(database(), 'deadlines', '2026-11-23')).default.outcome['visit.within']).toBe(5);
    expect(await findRelease(database(), id)).toMatchObject({ state: 'ROLLED_BACK', rolledBackBy: begun.id });
    expect(await findRelease(database(), begun.id)).toMatchObject({ fast: true, required: 0 });
    await expect(
      as(AUTHOR, async (sql, by) => beginRollBack(sql, id, { ...by, id: 'FB-x', reason: '再来' })),
    ).rejects.toThrow('不能回退');
  });

  test.each<[string, () => Parameters<typeof draft>[2], string, RegExp]>([
    [
      'a file that is no BPMN',
      () => ({ kind: 'process', id: 'return-visit', content: '<bpmn', basedOn: 3 }),
      'process',
      /BPMN/,
    ],
    [
      'a form nobody knows',
      () => ({
        kind: 'process',
        id: 'return-visit',
        content: VISIT()
          .replace(/formId="[\w-]+"/, 'formId="nothing"')
          .replace(/formKey="[^"]*"/, 'formKey="nothing"'),
        basedOn: 3,
      }),
      'process',
      /nothing/,
    ],
    [
      'rules that are no JSON',
      () => ({ kind: 'rules', id: 'deadlines', content: '{', examples: '[]', basedOn: 3 }),
      'rules',
      /JSON/,
    ],
    [
      'an example that fails',
      () => ({ kind: 'rules', id: 'deadlines', content: withParameter('handle.single.days', 6), basedOn: 3 }),
      'examples',
      /实得 6/,
    ],
    [
      'a form with an unknown part',
      () => ({
        kind: 'form',
        id: 'handle-demand',
        processId: 'handle-demand',
        content: JSON.stringify({ id: 'handle-demand', components: [{ type: 'iframe', key: 'a' }] }),
        basedOn: 3,
      }),
      'form',
      /iframe/,
    ],
    [
      'an older version',
      () => ({
        kind: 'form',
        id: 'handle-demand',
        processId: 'handle-demand',
        content: withLabel('措施二'),
        basedOn: 1,
      }),
      'in-force',
      /第 1 版/,
    ],
    [
      'no change at all',
      () => ({
        kind: 'process',
        id: 'return-visit',
        content: file('processes/return-visit/return-visit.bpmn'),
        basedOn: 3,
      }),
      'in-force',
      /完全相同/,
    ],
  ])('%s is a red line that names its place, and keeps everything out', async (_name, design, line, said) => {
    const item = design();
    await draft(house, AUTHOR, item);
    const { id } = await begin(`${item.kind}:${item.id}`);
    const checked = await check(id);
    expect(lineOf(checked, line)).toMatchObject({ state: 'failed' });
    expect(JSON.stringify(lineOf(checked, line).findings)).toMatch(said);
    await expect(submit(id)).rejects.toMatchObject({ code: 'Invalid', message: expect.stringContaining('没有通过') });
    await drop(id);
  });

  test('words that changed after the checks, and drafts that moved on, make them stale; nothing can be skipped', async () => {
    await draft(house, AUTHOR, {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('甲'),
      basedOn: 3,
    });
    const { id, revision } = await begin('form:handle-demand');
    await expect(as(AUTHOR, (sql, by) => submitRelease(sql, id, { revision, required: 1 }, by))).rejects.toThrow(
      '还没有检查',
    );
    let release = await check(id);
    await as(AUTHOR, (sql, by) =>
      keepDraft(sql, { kind: 'form', id: 'handle-demand', content: withLabel('乙'), revision: 1 }, by),
    );
    expect((await findRelease(database(), id)).stale).toBe(false);
    await as(AUTHOR, (sql, by) => takeDrafts(sql, id, release.revision, by));
    release = await findRelease(database(), id);
    expect(release).toMatchObject({ stale: true, state: 'DRAFT' });
    await expect(submit(id)).rejects.toThrow('重新检查');
    // Saturday.
    const words = { reason: '改说法', basis: '', effectiveAt: new Date('2026-11-28T00:30:00Z') };
    await as(AUTHOR, (sql) => describeRelease(sql, id, { ...words, revision: release.revision }));
    expect(lineOf(await check(id), 'effective').findings[0]).toMatchObject({
      what: '这一天不上班',
      mend: expect.stringContaining('2026-11-30'),
    });
    await drop(id);
  });

  test('whoever kept the draft in between is an author too', async () => {
    await draft(house, AUTHOR, {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('甲'),
      basedOn: 3,
    });
    for (const [login, label, revision] of [
      [SECOND, '乙', 1],
      [AUTHOR, '丙', 2],
    ] as const)
      await as(login, (sql, by) =>
        keepDraft(sql, { kind: 'form', id: 'handle-demand', content: withLabel(label), revision }, by),
      );
    const { id } = await begin('form:handle-demand');
    await check(id);
    await submit(id);
    await expect(lookAndSign(id)).rejects.toThrow('参与了这次修改');
    await drop(id);
  });

  test('from its time on: a signed release waits, the sweep publishes it, two nodes at once never twice', async () => {
    await draft(house, AUTHOR, {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('措施三'),
      basedOn: 3,
    });
    const { id } = await begin('form:handle-demand', { effectiveAt: new Date('2026-11-24T00:30:00Z') });
    await check(id);
    await submit(id);
    expect(await lookAndSign(id)).toBe('SCHEDULED');
    expect(await house.house.publishRelease(id)).toBe('SCHEDULED');
    await house.moveTo('2026-11-24T00:29:00Z');
    expect((await formVersion(database(), 'handle-demand')).version).toBe(3);
    house.clock.set('2026-11-24T00:31:00Z');
    await Promise.all([house.sweep(), house.house.publishRelease(id), house.house.publishRelease(id)]);
    expect(await findRelease(database(), id)).toMatchObject({ state: 'PUBLISHED' });
    expect((await formVersion(database(), 'handle-demand')).version).toBe(4);
    expect(house.house.forms.get('handle-demand')).toMatchObject({ id: 'handle-demand' });
  });

  test.each<[string, () => Error, RegExp]>([
    ['away', () => new CommandRejected('UNAVAILABLE', 'no connection'), /连不上流程引擎/],
    [
      'refusing',
      () => new DeploymentRejected([{ resource: 'return-visit.bpmn', elementId: 'Task_1', reason: '不认识的元素' }]),
      /Task_1：不认识的元素/,
    ],
    ['broken', () => new Error('boom'), /程序出错/],
  ])(
    'an engine that is %s: it fails with the reason, everything in force stays, and it can be tried again',
    async (_name, fault, said) => {
      const [rules, visit] = [
        await activeRuleSet(database(), 'deadlines', '2026-11-24'),
        await newestOf('return-visit'),
      ];
      await draft(house, AUTHOR, { kind: 'process', id: 'return-visit', content: VISIT(), basedOn: visit.version });
      await draft(house, AUTHOR, {
        kind: 'rules',
        id: 'deadlines',
        content: withParameter('visit.within', 7),
        basedOn: rules.version,
      });
      const { id } = await begin('process:return-visit,rules:deadlines');
      await check(id);
      await explainAll(id);
      await submit(id, 0);
      expect(await publishRelease(node({ deploy: () => Promise.reject(fault()) }), id)).toBe('FAILED');
      const failed = await findRelease(database(), id);
      expect(failed.failure).toMatch(said);
      expect((await newestOf('return-visit')).version).toBe(visit.version);
      expect((await activeRuleSet(database(), 'deadlines', '2026-11-24')).version).toBe(rules.version);
      await as(AUTHOR, (sql, by) => retryRelease(sql, id, failed.revision, by));
      await drop(id);
    },
  );

  test('what the engine took but could not be written down is taken back', async () => {
    const visit = await newestOf('return-visit');
    await draft(house, AUTHOR, { kind: 'process', id: 'return-visit', content: VISIT(), basedOn: visit.version });
    const { id } = await begin('process:return-visit');
    await check(id);
    await explainAll(id);
    await submit(id, 0);
    const deployed: string[] = [];
    const engine = {
      deploy: async (resources: readonly { name: string; content: string }[]) => {
        deployed.push(resources[0]!.content);
        return [
          { processId: 'another', version: 9, definitionKey: '1', resourceName: resources[0]!.name, duplicate: false },
        ];
      },
    };
    expect(await publishRelease(node(engine), id)).toBe('FAILED');
    expect(deployed).toEqual([VISIT(), await processXml(database(), 'return-visit')]);
    await drop(id);
  });

  test('a node that died while publishing is waited for, then another one does it', async () => {
    await draft(house, AUTHOR, {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('措施四'),
      basedOn: 4,
    });
    const { id } = await begin('form:handle-demand');
    await check(id);
    await submit(id, 0);
    await database().query("update release set claim = 'dead', claimed_until = $2 where id = $1", [
      id,
      new Date(+house.clock.now() + 60_000).toISOString(),
    ]);
    expect(await house.house.publishRelease(id)).toBe('APPROVED');
    await expect(drop(id)).rejects.toThrow('正在发布');
    house.clock.advance(61_000);
    await house.sweep();
    expect((await findRelease(database(), id)).state).toBe('PUBLISHED');
  });

  test('overtaken meanwhile: it fails instead of covering what somebody else has published', async () => {
    await draft(house, AUTHOR, {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('措施五'),
      basedOn: 5,
    });
    const { id } = await begin('form:handle-demand');
    await check(id);
    await submit(id, 0);
    await database().query(
      `insert into form_version (form_id, version, process_id, content, hash, published_at, published_by, reason)
       select form_id, 6, process_id, content || ' ', 'x', published_at, 'system', 'x' from form_version where form_id = 'handle-demand' and version = 5`,
    );
    expect(await house.house.publishRelease(id)).toBe('FAILED');
    expect((await findRelease(database(), id)).failure).toContain('第 6 版');
    await drop(id);
  });
});

describe('R27: what was decided, decided again at the gate', () => {
  test('decisions that change are counted, and want words before anybody may sign', async () => {
    const inForce = await activeRuleSet(database(), 'deadlines', '2026-11-24');
    const evaluation = await evaluateRuleSet(inForce, {});
    for (const key of ['one', 'two'])
      await storeEvaluation(database(), {
        key,
        ruleSet: inForce,
        subjectType: 'demand',
        subjectId: key,
        facts: {},
        evaluation,
        at: house.clock.now(),
      });
    const content = withParameter('visit.within', 8);
    await draft(house, AUTHOR, { kind: 'rules', id: 'deadlines', content, basedOn: inForce.version });
    const { id } = await begin('rules:deadlines');
    const backtest = lineOf(await check(id), 'backtest');
    expect(backtest).toMatchObject({
      state: 'warning',
      summary: expect.stringContaining('2 次判断，结果不变 0，改变 2'),
    });
    expect(backtest.findings).toMatchObject([{ what: '2 次判断会改变：5 → 8 2 次' }]);
    await expect(submit(id)).rejects.toThrow('请写明为什么可以接受');
    await explainAll(id);
    expect(await submit(id)).toMatchObject({
      state: 'IN_REVIEW',
      explanations: { backtest: { text: '已核对', byName: '金清明' } },
    });
    await drop(id);
  });
});

describe('lines of a comparison', () => {
  const marks = (before: string, after: string) =>
    diffLines(before, after).map(({ mark, text }) => (mark === 'gap' ? '…' : `${mark}${text}`));
  test.each<[string, string, string, string[]]>([
    ['nothing', 'a\nb', 'a\nb', ['…']],
    ['a line changed', 'a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
    ['put in and taken out', 'a\nb\nc\nd', 'a\nc\nd\ne', [' a', '-b', ' c', ' d', '+e']],
    ['far from anything', '1\n2\n3\n4\n5\n6', '1\n2\n3\n4\n5\nx', ['…', ' 4', ' 5', '-6', '+x']],
    ['from nothing', '', 'a\nb', ['-', '+a', '+b']],
  ])('%s', (_name, before, after, lines) => {
    expect(marks(before, after)).toEqual(lines);
  });
});

const published = async () =>
  database().query<{ id: string }>("select id from release where state = 'PUBLISHED' order by created_at, id");

/** Writes a word for whatever the organisation of the demonstration is warned about. */
async function explainAll(id: string): Promise<void> {
  const release = await findRelease(database(), id);
  const words = Object.fromEntries(
    release.report!.filter((one) => one.state === 'warning').map((one) => [one.id, '已核对']),
  );
  await as(AUTHOR, (sql, by) => explainWarnings(sql, id, words, release.revision, by));
}
