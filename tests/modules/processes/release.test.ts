import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { CommandRejected, DeploymentRejected } from '../../../src/engine/port.ts';
import { readTimeline } from '../../../src/modules/history/index.ts';
import {
  beginRollBack,
  describeRelease,
  diffLines,
  draftOf,
  findRelease,
  formVersion,
  keepDraft,
  nextReleaseId,
  processXml,
  publishRelease,
  retryRelease,
  rollBackAtOnce,
  submitRelease,
  takeDrafts,
} from '../../../src/modules/processes/index.ts';
import { activeRuleSet, hashOf, noteSeen, startBacktest } from '../../../src/modules/rules/index.ts';
import { draft, file, oneScenario, withLabel, withName, withParameter } from '../../support/designs.ts';
import { type TestHouse, testHouse } from '../../support/house.ts';
import { AUTHOR, lineOf, ReleaseDesk, recordDecisions, SECOND } from '../../support/releases.ts';

let house: TestHouse;
let desk: ReleaseDesk;
beforeAll(async () => {
  house = await testHouse('2026-11-23T01:00:00Z');
  desk = new ReleaseDesk(house);
  await oneScenario(house);
});
afterAll(() => house?.stop());

const VISIT = () => withName('电话回访', '电话回访（改）');

describe('R27: the publish gate', () => {
  test('a diagram, a rule set and a form are frozen, checked, signed by another person and put into force together', async () => {
    const before = await desk.newestOf('return-visit');
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
    const { id } = await desk.begin('process:return-visit,rules:deadlines,form:handle-demand');
    const checked = await desk.check(id);
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
    await desk.explainAll(id);
    await desk.submit(id);
    await expect(desk.lookAndSign(id, AUTHOR)).rejects.toThrow('不能由你复核');
    await expect(desk.lookAndSign(id, 'yunxiaoshu')).rejects.toThrow('市局');
    expect(await desk.lookAndSign(id)).toBe('APPROVED');
    expect(await house.house.publishRelease(id)).toBe('PUBLISHED');

    const after = await desk.newestOf('return-visit');
    expect(after.version).toBe(before.version + 1);
    expect(after.deployedBy).toBe(AUTHOR);
    expect(await processXml(desk.database(), 'return-visit')).toBe(renamed);
    expect((await activeRuleSet(desk.database(), 'deadlines', '2026-11-23')).default.outcome['visit.within']).toBe(6);
    expect((await formVersion(desk.database(), 'handle-demand')).content).toBe(withLabel('办理措施'));
    await expect(draftOf(desk.database(), 'rules', 'deadlines')).rejects.toThrow('没有');
    const events = await readTimeline(desk.database(), 'release', id);
    expect(events.map((event) => event.type)).toEqual([
      'release.begun',
      'release.checked',
      'release.submitted',
      'release.signed',
      'release.published',
    ]);
    const { reportHash } = await findRelease(desk.database(), id);
    for (const [subject, design] of [
      ['process', 'return-visit'],
      ['rule-set', 'deadlines'],
      ['form', 'handle-demand'],
    ] as const)
      expect((await readTimeline(desk.database(), subject, design)).at(-1)).toMatchObject({
        type: 'release.published',
        payload: { release: id, reportHash },
      });
  });

  test('rolled back at once: the same gate, one person, marked for good; then nothing is left to roll back twice', async () => {
    const { id } = (await published()).at(-1)!;
    const begun = await desk.as(AUTHOR, async (sql, by) =>
      beginRollBack(sql, id, { ...by, id: await nextReleaseId(sql, '2026-11-23'), reason: '新版有问题' }),
    );
    const checked = await desk.check(begun.id);
    expect(checked.report!.filter((one) => one.state === 'failed')).toEqual([]);
    await desk.as(AUTHOR, (sql, by) => rollBackAtOnce(sql, begun.id, checked.revision, by));
    expect(await house.house.publishRelease(begun.id)).toBe('PUBLISHED');
    expect(await processXml(desk.database(), 'return-visit')).toBe(file('processes/return-visit/return-visit.bpmn'));
    expect((await activeRuleSet(desk.database(), 'deadlines', '2026-11-23')).default.outcome['visit.within']).toBe(5);
    expect(await findRelease(desk.database(), id)).toMatchObject({ state: 'ROLLED_BACK', rolledBackBy: begun.id });
    expect(await findRelease(desk.database(), begun.id)).toMatchObject({ fast: true, required: 0 });
    await expect(
      desk.as(AUTHOR, async (sql, by) => beginRollBack(sql, id, { ...by, id: 'FB-x', reason: '再来' })),
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
    const { id } = await desk.begin(`${item.kind}:${item.id}`);
    const checked = await desk.check(id);
    expect(lineOf(checked, line)).toMatchObject({ state: 'failed' });
    expect(JSON.stringify(lineOf(checked, line).findings)).toMatch(said);
    await expect(desk.submit(id)).rejects.toMatchObject({
      code: 'Invalid',
      message: expect.stringContaining('没有通过'),
    });
    await desk.drop(id);
  });

  test('words that changed after the checks, and drafts that moved on, make them stale; nothing can be skipped', async () => {
    await draft(house, AUTHOR, {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('甲'),
      basedOn: 3,
    });
    const { id, revision } = await desk.begin('form:handle-demand');
    await expect(desk.as(AUTHOR, (sql, by) => submitRelease(sql, id, { revision, required: 1 }, by))).rejects.toThrow(
      '还没有检查',
    );
    let release = await desk.check(id);
    await desk.as(AUTHOR, (sql, by) =>
      keepDraft(sql, { kind: 'form', id: 'handle-demand', content: withLabel('乙'), revision: 1 }, by),
    );
    expect((await findRelease(desk.database(), id)).stale).toBe(false);
    await desk.as(AUTHOR, (sql, by) => takeDrafts(sql, id, release.revision, by));
    release = await findRelease(desk.database(), id);
    expect(release).toMatchObject({ stale: true, state: 'DRAFT' });
    await expect(desk.submit(id)).rejects.toThrow('重新检查');
    // Saturday.
    const words = { reason: '改说法', basis: '', effectiveAt: new Date('2026-11-28T00:30:00Z') };
    await desk.as(AUTHOR, (sql) => describeRelease(sql, id, { ...words, revision: release.revision }));
    expect(lineOf(await desk.check(id), 'effective').findings[0]).toMatchObject({
      what: '这一天不上班',
      mend: expect.stringContaining('2026-11-30'),
    });
    await desk.drop(id);
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
      await desk.as(login, (sql, by) =>
        keepDraft(sql, { kind: 'form', id: 'handle-demand', content: withLabel(label), revision }, by),
      );
    const { id } = await desk.begin('form:handle-demand');
    await desk.check(id);
    await desk.submit(id);
    await expect(desk.lookAndSign(id)).rejects.toThrow('参与了这次修改');
    await desk.drop(id);
  });

  test('from its time on: a signed release waits, the sweep publishes it, two nodes at once never twice', async () => {
    await draft(house, AUTHOR, {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('措施三'),
      basedOn: 3,
    });
    const { id } = await desk.begin('form:handle-demand', { effectiveAt: new Date('2026-11-24T00:30:00Z') });
    await desk.check(id);
    await desk.submit(id);
    expect(await desk.lookAndSign(id)).toBe('SCHEDULED');
    expect(await house.house.publishRelease(id)).toBe('SCHEDULED');
    await house.moveTo('2026-11-24T00:29:00Z');
    expect((await formVersion(desk.database(), 'handle-demand')).version).toBe(3);
    house.clock.set('2026-11-24T00:31:00Z');
    await Promise.all([house.sweep(), house.house.publishRelease(id), house.house.publishRelease(id)]);
    expect(await findRelease(desk.database(), id)).toMatchObject({ state: 'PUBLISHED' });
    expect((await formVersion(desk.database(), 'handle-demand')).version).toBe(4);
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
        await activeRuleSet(desk.database(), 'deadlines', '2026-11-24'),
        await desk.newestOf('return-visit'),
      ];
      await draft(house, AUTHOR, { kind: 'process', id: 'return-visit', content: VISIT(), basedOn: visit.version });
      await draft(house, AUTHOR, {
        kind: 'rules',
        id: 'deadlines',
        content: withParameter('visit.within', 7),
        basedOn: rules.version,
      });
      const { id } = await desk.begin('process:return-visit,rules:deadlines');
      await desk.check(id);
      await desk.explainAll(id);
      await desk.submit(id, 0);
      expect(await publishRelease(desk.node({ deploy: () => Promise.reject(fault()) }), id)).toBe('FAILED');
      const failed = await findRelease(desk.database(), id);
      expect(failed.failure).toMatch(said);
      expect((await desk.newestOf('return-visit')).version).toBe(visit.version);
      expect((await activeRuleSet(desk.database(), 'deadlines', '2026-11-24')).version).toBe(rules.version);
      await desk.as(AUTHOR, (sql, by) => retryRelease(sql, id, failed.revision, by));
      await desk.drop(id);
    },
  );

  test('what the engine took but could not be written down is taken back', async () => {
    const visit = await desk.newestOf('return-visit');
    await draft(house, AUTHOR, { kind: 'process', id: 'return-visit', content: VISIT(), basedOn: visit.version });
    const { id } = await desk.begin('process:return-visit');
    await desk.check(id);
    await desk.explainAll(id);
    await desk.submit(id, 0);
    const deployed: string[] = [];
    const engine = {
      deploy: async (resources: readonly { name: string; content: string }[]) => {
        deployed.push(resources[0]!.content);
        return [
          { processId: 'another', version: 9, definitionKey: '1', resourceName: resources[0]!.name, duplicate: false },
        ];
      },
    };
    expect(await publishRelease(desk.node(engine), id)).toBe('FAILED');
    expect(deployed).toEqual([VISIT(), await processXml(desk.database(), 'return-visit')]);
    await desk.drop(id);
  });

  test('a node that died while publishing is waited for, then another one does it', async () => {
    await draft(house, AUTHOR, {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('措施四'),
      basedOn: 4,
    });
    const { id } = await desk.begin('form:handle-demand');
    await desk.check(id);
    await desk.submit(id, 0);
    await desk
      .database()
      .query("update release set claim = 'dead', claimed_until = $2 where id = $1", [
        id,
        new Date(+house.clock.now() + 60_000).toISOString(),
      ]);
    expect(await house.house.publishRelease(id)).toBe('APPROVED');
    await expect(desk.drop(id)).rejects.toThrow('正在发布');
    house.clock.advance(61_000);
    await house.sweep();
    expect((await findRelease(desk.database(), id)).state).toBe('PUBLISHED');
  });

  test('overtaken meanwhile: it fails instead of covering what somebody else has published', async () => {
    await draft(house, AUTHOR, {
      kind: 'form',
      id: 'handle-demand',
      processId: 'handle-demand',
      content: withLabel('措施五'),
      basedOn: 5,
    });
    const { id } = await desk.begin('form:handle-demand');
    await desk.check(id);
    await desk.submit(id, 0);
    await desk.database().query(
      `insert into form_version (form_id, version, process_id, content, hash, published_at, published_by, reason)
       select form_id, 6, process_id, content || ' ', 'x', published_at, 'system', 'x' from form_version where form_id = 'handle-demand' and version = 5`,
    );
    expect(await house.house.publishRelease(id)).toBe('FAILED');
    expect((await findRelease(desk.database(), id)).failure).toContain('第 6 版');
    await desk.drop(id);
  });
});

describe('R27: what was decided, decided again at the gate', () => {
  test('decisions that change are counted, and want words before anybody may sign', async () => {
    const inForce = await recordDecisions(house, '2026-11-24');
    const content = withParameter('visit.within', 8);
    await draft(house, AUTHOR, { kind: 'rules', id: 'deadlines', content, basedOn: inForce.version });
    const { id } = await desk.begin('rules:deadlines');
    // Nobody has tried it: it stays where it is.
    expect(lineOf(await desk.check(id), 'backtest')).toMatchObject({
      state: 'failed',
      findings: [{ what: '这份内容还没有回测' }],
    });
    await expect(desk.submit(id)).rejects.toThrow('历史回测');
    // A run of another content is none of this one's.
    await backtested('another', withParameter('visit.within', 9));
    expect(lineOf(await desk.check(id), 'backtest').state).toBe('failed');
    await desk.as(AUTHOR, (sql, by) =>
      startBacktest(sql, { id: 'this', ruleSet: 'deadlines', draft: content, from: null }, by),
    );
    expect(lineOf(await desk.check(id), 'backtest').findings).toMatchObject([{ what: '回测还没有算完' }]);
    await house.house.runBacktests();
    const backtest = lineOf(await desk.check(id), 'backtest');
    expect(backtest).toMatchObject({
      state: 'warning',
      summary: expect.stringContaining('2 次判断，结果不变 0，改变 2'),
    });
    expect(backtest.findings).toMatchObject([{ what: '2 次判断会改变：5 → 8 2 次' }]);
    await expect(desk.submit(id)).rejects.toThrow('请写明为什么可以接受');
    await desk.explainAll(id);
    // Somebody else has opened it, the one who sends has not.
    await desk.as(SECOND, (sql, by) => noteSeen(sql, 'this', by));
    await expect(desk.submit(id)).rejects.toThrow('你还没有打开看过');
    await desk.as(AUTHOR, (sql, by) => noteSeen(sql, 'this', by));
    expect(await desk.submit(id)).toMatchObject({
      state: 'IN_REVIEW',
      explanations: { backtest: { text: '已核对', byName: '金清明' } },
    });
    const sent = (await readTimeline(desk.database(), 'release', id)).at(-1)!;
    const at = house.clock.now().toISOString();
    expect(sent).toMatchObject({
      type: 'release.submitted',
      payload: {
        backtests: [
          {
            ruleSet: 'deadlines',
            run: 'this',
            draftHash: hashOf(content),
            seen: [
              { login: AUTHOR, at },
              { login: SECOND, at },
            ],
          },
        ],
      },
    });
    await desk.drop(id);
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

/** A finished backtest of some content. */
async function backtested(id: string, content: string): Promise<void> {
  await desk.as(AUTHOR, (sql, by) => startBacktest(sql, { id, ruleSet: 'deadlines', draft: content, from: null }, by));
  await house.house.runBacktests();
}

const published = async () =>
  desk.database().query<{ id: string }>("select id from release where state = 'PUBLISHED' order by created_at, id");
