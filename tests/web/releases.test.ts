import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { formUseCheck, formVersion, type Release } from '../../src/modules/processes/index.ts';
import { activeRuleSet } from '../../src/modules/rules/index.ts';
import { draft, file, oneScenario, withLabel, withName, withParameter } from '../support/designs.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { recordDecisions } from '../support/releases.ts';
import { type Seen, Visitor } from '../support/visitor.ts';

let house: TestHouse;
let author: Visitor;
let second: Visitor;
let chief: Visitor;
beforeAll(async () => {
  house = await testHouse('2026-11-23T01:00:00Z');
  await oneScenario(house);
  await signIn();
});
afterAll(() => house?.stop());

async function signIn(): Promise<void> {
  [author, second, chief] = (await Promise.all(
    ['jinqingming', 'shuguyu', 'zhaolichun'].map((login) => Visitor.signIn(house.address, login)),
  )) as [Visitor, Visitor, Visitor];
}

const form = (content: string, basedOn: number) =>
  draft(house, 'jinqingming', {
    kind: 'form',
    id: 'handle-demand',
    processId: 'handle-demand',
    content,
    basedOn,
  });

async function withdraw(path: string): Promise<void> {
  const page = await author.get(path);
  await author.post(`${path}/withdraw`, { ...page.hidden(`${path}/withdraw`), withdrawReason: '不要了' });
}

/** Begins a release of designs and answers its address. */
async function begin(designs: string): Promise<string> {
  await author.get('/releases');
  const begun = await author.post('/releases', { designs });
  expect(begun.status).toBe(303);
  return begun.location!.split('?')[0]!;
}
/** What the author writes: words for every warning there is, too. */
const words = (page: Seen, path: string) => ({
  ...page.hidden(path),
  ...Object.fromEntries([...page.html.matchAll(/name="(explain-[\w-]+)"/g)].map(([, name]) => [name!, '已核对'])),
  reason: '说法改得好懂',
  basis: '局长办公会纪要',
});
async function send(path: string, wish: string, more: Record<string, string> = {}): Promise<Seen> {
  const page = await author.get(path);
  return author.post(path, { ...words(page, path), ...more, do: wish });
}

describe('R27: releases over the web', () => {
  test('an author sends two designs, a second person opens both and approves; they are in force and on record', async () => {
    await form(withLabel('办理措施'), 1);
    await draft(house, 'jinqingming', {
      kind: 'rules',
      id: 'deadlines',
      content: withParameter('reveal.minutes', 12),
      basedOn: 1,
    });
    expect((await author.get('/releases')).text).toContain('表单 handle-demand 从第 1 版改起');
    const path = await begin('form:handle-demand,rules:deadlines');
    expect((await author.get('/releases')).text).toContain('没有还没送发布的草稿');

    const checked = await send(path, 'check');
    expect(checked.location).toContain('ok=release-checked');
    const report = await author.get(path);
    expect(report.text).toMatch(/✓ 通过 用例 \d+\/\d+ 成立/);
    expect(report.text).toContain('✓ 通过 历史回测');
    expect((await send(path, 'submit')).location).toContain('ok=release-submitted');

    const own = await author.get(path);
    expect(own.text).toContain('你参与了这次修改，不能由你复核');
    expect(own.html).not.toContain('批准发布');
    await author.get(path);
    expect((await author.post(`${path}/sign`, own.hidden(`${path}/withdraw`))).status).toBe(403);

    expect((await second.get('/admin')).text).toContain('待复核发布 1 张');
    const before = await second.get(path);
    expect(before.text).toContain('已看 0/2');
    const early = await second.post(`${path}/sign`, before.hidden(`${path}/sign`));
    expect(early.status).toBe(422);
    expect(early.text).toContain('已看 0/2，还没有看');
    const look = await second.get(`${path}/form/handle-demand`);
    expect(look.text).toContain('已记下你看过这一项');
    expect(look.text).toMatch(/－ "label": .* ＋ "label": "办理措施"/);
    await second.get(`${path}/rules/deadlines`);
    const ready = await second.get(path);
    expect(ready.text).toContain('已看 2/2');
    const signed = await second.post(`${path}/sign`, ready.hidden(`${path}/sign`));
    expect(signed.location).toContain('ok=release-published');

    expect((await activeRuleSet(house.house.sql, 'deadlines', '2026-11-23')).default.outcome['reveal.minutes']).toBe(
      12,
    );
    expect(JSON.stringify(house.house.forms.get('handle-demand'))).toContain('办理措施');
    const done = await author.get(path);
    expect(done.text).toContain('舒谷雨 2026年11月23日 09:00');
    expect(done.text).toContain('发布生效');
    expect((await author.get('/parameters')).text).toContain('说法改得好懂（发布单');
  });

  test('a red line blocks with its reason; what was typed stays', async () => {
    await draft(house, 'jinqingming', {
      kind: 'rules',
      id: 'deadlines',
      content: withParameter('handle.single.days', 6),
      basedOn: 2,
    });
    const path = await begin('rules:deadlines');
    const blocked = await send(path, 'submit', { reason: '想放宽' });
    expect(blocked.status).toBe(422);
    expect(blocked.text).toContain('还不能发布：');
    expect(blocked.text).toContain('实得 6');
    expect(blocked.html).toContain('想放宽');
    const bad = await send(path, 'save', { effectiveDay: '2026-02-30' });
    expect(bad.status).toBe(422);
    expect(bad.text).toContain('“2026-02-30”不是有效日期');
    const page = await author.get(path);
    const none = await author.post(`${path}/withdraw`, page.hidden(`${path}/withdraw`));
    expect(none.status).toBe(422);
    const again = await author.get(path);
    await author.post(`${path}/withdraw`, { ...again.hidden(`${path}/withdraw`), withdrawReason: '示例不成立' });
    expect((await author.get(path)).text).toContain('已撤回');
    await house.house.sql.query("delete from design_draft where kind = 'rules'");
  });

  test('a reviewer sends back with a reason; two reviewers and a stale page meet in a friendly way', async () => {
    await form(withLabel('措施和经过'), 2);
    const path = await begin('form:handle-demand');
    // The same button once more leads to the release that is there.
    expect((await author.post('/releases', { designs: 'form:handle-demand' })).location).toBe(
      `${path}?ok=release-open`,
    );
    await send(path, 'submit');
    const [one, two] = [await second.get(path), await chief.get(path)];
    expect((await second.post(`${path}/return`, one.hidden(`${path}/return`))).text).toContain('请写明要改什么');
    await second.post(`${path}/return`, { ...one.hidden(`${path}/return`), opinion: '说法要和办法一致' });
    const late = await chief.post(`${path}/sign`, two.hidden(`${path}/sign`));
    expect(late.status).toBe(409);
    expect(late.text).toContain('刚刚由别人改动过，现在是“退回修改”');
    expect((await author.get(path)).text).toContain('舒谷雨退回修改： 说法要和办法一致');

    expect((await send(path, 'submit', { effectiveDay: '2026-11-24', effectiveTime: '08:30' })).location).toContain(
      'submitted',
    );
    await chief.get(`${path}/form/handle-demand`);
    const ready = await chief.get(path);
    expect((await chief.post(`${path}/sign`, ready.hidden(`${path}/sign`))).location).toContain('release-scheduled');
    await house.moveTo('2026-11-24T00:31:00Z');
    await signIn();
    expect((await author.get(path)).text).toContain('已发布');
    expect(JSON.stringify(house.house.forms.get('handle-demand'))).toContain('措施和经过');
  });

  test('a roll back is a release of its own, and may be at once', async () => {
    const [last] = await house.house.sql.query<{ id: string }>(
      "select id from release where state = 'PUBLISHED' order by created_at desc, id desc limit 1",
    );
    const path = `/releases/${last!.id}`;
    const page = await author.get(path);
    const begun = await author.post(`${path}/roll-back`, {
      ...page.hidden(`${path}/roll-back`),
      rollBackReason: '说法有误',
    });
    const back = begun.location!.split('?')[0]!;
    const shown = await author.get(back);
    expect(shown.text).toContain('恢复的内容以前复核过');
    const now = await author.post(`${back}/roll-back-now`, shown.hidden(`${back}/roll-back-now`));
    expect(now.location).toContain('release-published');
    expect((await author.get(back)).text).toContain('立即回退，未经第二人复核');
    expect((await author.get(path)).text).toContain('已回退');
    expect(JSON.stringify(house.house.forms.get('handle-demand'))).not.toContain('措施和经过');
  });

  test('warnings want words, and the words are kept with the report', async () => {
    await draft(house, 'jinqingming', {
      kind: 'process',
      id: 'return-visit',
      content: withName('电话回访', '回访（电话）'),
      basedOn: 1,
    });
    const path = await begin('process:return-visit');
    await send(path, 'check');
    const warned = [...(await author.get(path)).html.matchAll(/name="(explain-[\w-]+)"/g)].map(([, name]) => name!);
    if (warned.length > 0) {
      const refused = await send(path, 'submit', Object.fromEntries(warned.map((name) => [name, ''])));
      expect(refused.status).toBe(422);
      expect(refused.text).toContain('请写明为什么可以接受');
    }
    const sent = await send(path, 'submit', Object.fromEntries(warned.map((name) => [name, '这几个县局由上级代办'])));
    expect(sent.location).toContain('release-submitted');
    const page = await second.get(path);
    for (const _ of warned) expect(page.text).toContain('说明：这几个县局由上级代办（金清明');
    await second.get(`${path}/process/return-visit`);
    const ready = await second.get(path);
    expect((await second.post(`${path}/sign`, ready.hidden(`${path}/sign`))).location).toContain('published');
    expect((await author.get('/processes/return-visit')).text).toContain('回访（电话）');
  });

  test('what runs on in the old version is counted on the published release, with the way to the migration', async () => {
    const [last] = await house.house.sql.query<{ id: string }>(
      "select release_id as id from release_item where kind = 'process' and design_id = 'return-visit' and published_version is not null",
    );
    const path = `/releases/${last!.id}`;
    expect((await author.get(path)).text).toContain('没有在办的件留在旧版');
    await house.house.sql.query(
      `insert into process_instance (key, process_id, process_version, root_key, state, started_at)
       values ('77', 'return-visit', 1, '77', 'ACTIVE', $1)`,
      [+house.clock.now()],
    );
    const page = await author.get(path);
    expect(page.text).toMatch(/第 1 版： 1 件在办/);
    expect(page.link('1 件在办')).toBe('/instances?process=return-visit&version=1');
    const way = page.link('预演迁移到第 2 版')!;
    expect(way).toBe('/migrations/new?process=return-visit&from=1&to=2');
    expect((await author.get(way)).status).toBe(200);
    expect((await chief.get(path)).link('预演迁移')).toBeUndefined();
    const item = await author.get(`${path}/process/return-visit`);
    expect(item.html.match(/aria-label="[前后]：[^"]*流程图"/g)).toHaveLength(2);
    expect((await author.get(item.link('看两版的完整对比')!)).status).toBe(200);
    await house.house.sql.query("delete from process_instance where key = '77'");
  });

  test('rules with a history: the page begins the backtest, wants it opened, and says who has', async () => {
    const inForce = await recordDecisions(house, '2026-11-24');
    const content = withParameter('reveal.minutes', 14);
    await draft(house, 'jinqingming', { kind: 'rules', id: 'deadlines', content, basedOn: inForce.version });
    const path = await begin('rules:deadlines');
    await send(path, 'check');
    const missing = await author.get(path);
    expect(missing.text).toMatch(/✗ 不通过 历史回测 .*记录了 2 次判断，还没有回测/);
    expect(missing.text).toContain('开始回测');
    const run = (await send(path, 'backtest:deadlines')).location!;
    expect(run).toMatch(/^\/rules\/deadlines\/backtest\//);
    await send(path, 'check');
    expect((await author.get(path)).text).toContain('还没有人打开看过。 送复核的人要先打开看过');
    const unseen = await send(path, 'submit');
    expect(unseen.status).toBe(422);
    expect(unseen.text).toContain('回测结果你还没有打开看过');
    expect((await author.get(run)).link('回到发布单')).toBe(`${path}#f-backtests`);
    expect((await send(path, 'submit')).location).toContain('release-submitted');
    expect((await second.get(path)).text).toContain('看过：金清明 2026年11月24日');
    await withdraw(path);
    await house.house.sql.query("delete from design_draft where kind = 'rules'");
  });

  test('a scenario that comes out otherwise: red, renewed with a reason in one step, shown in words, and taken back', async () => {
    const content = file('processes/fast-response/fast-response.bpmn').replaceAll('"written-off"', '"off-the-books"');
    await draft(house, 'jinqingming', { kind: 'process', id: 'fast-response', content, basedOn: 1 });
    const path = await begin('process:fast-response');
    await send(path, 'check');
    const red = await author.get(path);
    expect(red.text).toMatch(/✗ 不通过 场景 重放 1 个，与期望相同 0 个/);
    expect(red.text).toContain('第 7 个节点：期望到');
    const renew = 'expect:fast-response:当场答复，当场办结';
    const silent = await send(path, renew);
    expect(silent.status).toBe(422);
    expect(silent.text).toContain('请写明为什么“当场答复，当场办结”本来就要这样走');
    const renewed = await send(path, renew, { 'expect-0': '终点改了编号' });
    expect(renewed.location).toContain('release-expectation');
    const page = await author.get(path);
    expect(page.text).toContain('其中 1 个按这张发布单里的新期望');
    expect(page.text).toContain('更新期望：终点改了编号');
    const item = await author.get(page.link('场景“当场答复，当场办结”')!);
    expect(item.text).toMatch(/为什么更新期望 终点改了编号/);
    expect(item.text).toMatch(/～ 修改 第 7 个节点：期望到/);
    expect((await author.get('/processes/fast-response/try')).status).toBe(200);
    const kept = await send(path, 'keep:fast-response:当场答复，当场办结');
    expect(kept.location).toContain('release-expectation-kept');
    expect((await author.get(path)).text).not.toContain('更新期望：终点改了编号');
    expect((await send(path, 'keep:fast-response:当场答复，当场办结')).status).toBe(409);

    await withdraw(path);
    await house.house.sql.query("delete from design_draft where kind = 'process'");
  });

  test.each<[string, string, string, number, RegExp]>([
    ['no such release', 'jinqingming', '/releases/FB-1', 404, /没有发布单/],
    ['somebody who handles demands reads', 'lulidong', '/releases', 200, /发布/],
    ['the system administrator', 'huadongzhi', '/releases', 403, /./],
  ])('%s', async (_name, login, path, status, said) => {
    const visitor = await Visitor.signIn(house.address, login);
    const seen = await visitor.get(path);
    expect(seen.status).toBe(status);
    expect(seen.text).toMatch(said);
  });

  test('nothing chosen, a draft that is not there, and someone without the right', async () => {
    await author.get('/releases');
    const none = await author.post('/releases');
    expect(none.status).toBe(422);
    expect(none.text).toContain('还没有选要发布的草稿');
    expect((await author.post('/releases', { designs: 'form:nothing' })).status).toBe(404);
    await chief.get('/releases');
    expect((await chief.post('/releases', { designs: 'form:handle-demand' })).status).toBe(403);
  });
});

test('a form without the field its result is read from is a red line; what the form said before is not asked about again', async () => {
  const check = formUseCheck(['departments'], () => house.clock.now());
  const published = await formVersion(house.house.sql, 'review-completion');
  const release = (content: string) =>
    ({
      items: [{ kind: 'form', id: 'review-completion', processId: 'handle-demand', title: '审核办结', content }],
    }) as unknown as Release;
  expect(await check(release(published.content), house.house)).toMatchObject({ state: 'passed', findings: [] });
  const changed = JSON.parse(published.content);
  changed.components = changed.components.filter((component: { key?: string }) => component.key !== 'reviewDecision');
  const broken = await check(release(JSON.stringify(changed)), house.house);
  expect(broken).toMatchObject({ id: 'form-use', state: 'failed' });
  expect(broken!.findings).toContainEqual(expect.objectContaining({ what: expect.stringContaining('reviewDecision') }));
});
