import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { backtestFile, keptBacktest } from '../../src/cli/designs/backtest-file.ts';
import { type DeployOptions, deployDesigns } from '../../src/cli/designs/deploy-designs.ts';
import { exportDesigns } from '../../src/cli/designs/export-designs.ts';
import { importCalendar } from '../../src/cli/designs/import-calendar.ts';
import { testFolder, testLines } from '../../src/cli/designs/test-designs.ts';
import { lintFiles } from '../../src/cli/lint-files.ts';
import { calendarVersion } from '../../src/modules/calendar/index.ts';
import { designsInForce, findRelease, formVersion, listReleases } from '../../src/modules/processes/index.ts';
import { file, oneScenario, withLabel, withParameter } from '../support/designs.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { recordDecisions } from '../support/releases.ts';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'suying-designs-'));
let house: TestHouse;
beforeAll(async () => {
  house = await testHouse('2026-11-23T01:00:00Z');
  await oneScenario(house);
  await exportDesigns(house.house.sql, folder);
});
afterAll(async () => {
  await house?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const FORM = 'processes/handle-demand/forms/handle-demand.form';
const DEADLINES = 'rules/deadlines.rules.json';
const deploy = (options: DeployOptions = {}) =>
  deployDesigns(house.house, folder, { by: 'jinqingming', reason: '随仓库合并', ...options });
const write = (path: string, content: string) => writeFileSync(join(folder, path), content);

/** Another text in the folder while something is done; then as it was. */
async function having<T>(path: string, content: string, work: () => Promise<T>): Promise<T> {
  const before = existsSync(join(folder, path)) ? readFileSync(join(folder, path), 'utf8') : undefined;
  write(path, content);
  try {
    return await work();
  } finally {
    if (before === undefined) rmSync(join(folder, path));
    else write(path, before);
  }
}

describe('R27: designs as files', () => {
  test('what is exported is what was published, byte for byte, and deploying it changes nothing', async () => {
    const inForce = await designsInForce(house.house.sql);
    expect(new Set(inForce.map((design) => design.kind))).toEqual(
      new Set(['process', 'form', 'rules', 'examples', 'scenario']),
    );
    for (const { path } of inForce) expect(readFileSync(join(folder, path), 'utf8')).toBe(file(path));
    expect(readFileSync(join(folder, 'processes/return-visit/README.md'), 'utf8')).toMatch(/^# 回访/);
    expect(await exportDesigns(house.house.sql, folder)).toMatchObject({ written: [] });
    expect(await deploy({ yes: true })).toMatchObject({ code: 0, lines: ['没有变化。'], release: null });
    expect((await lintFiles([folder])).ok).toBe(true);
    expect(await testFolder(folder, house.house.openTrial)).toMatchObject({
      ok: true,
      scenarios: [{ name: '当场答复，当场办结', passed: true }],
    });
  });

  test.each<[string, string, string, RegExp]>([
    ['a diagram that cannot be read', 'processes/return-visit/return-visit.bpmn', '<bpmn', /BPMN/],
    [
      'a form with an unknown part',
      FORM,
      '{"id":"handle-demand","components":[{"type":"iframe","key":"a"}]}',
      /\/components\/0.*iframe/,
    ],
    ['rules that are no JSON', DEADLINES, '{', /deadlines\.rules\.json.*JSON/],
    [
      'a parameter out of its bounds',
      DEADLINES,
      withParameter('transfer.days', -1),
      /\/default\/outcome\/transfer\.days/,
    ],
    ['an example that fails', DEADLINES, withParameter('handle.single.days', 6), /实得 6/],
    ['examples that are no JSON', 'rules/deadlines.examples.json', '[', /示例/],
  ])('%s is refused with place and reason, and nothing changes', async (_name, path, content, said) => {
    const before = await listReleases(house.house.sql);
    const result = await having(path, content, () => deploy({ yes: true, signLater: true }));
    expect(result.code).toBe(1);
    expect(result.lines.join('\n')).toMatch(said);
    expect(result.lines.at(-1)).toContain('什么都没有改变');
    expect(await listReleases(house.house.sql)).toEqual(before);
  });

  test('a folder may be named from where one stands', async () => {
    for (const name of ['.', relative(process.cwd(), folder), `${folder}/`])
      expect((await testFolder(name)).ruleSets.length).toBeGreaterThan(5);
  });

  test('a file in a place where nobody looks is named', async () => {
    const lost = 'processes/return-visit/forms-old.form';
    await expect(having(lost, '{}', () => deploy())).rejects.toMatchObject({ problems: [{ pointer: lost }] });
  });

  test.each<[string, DeployOptions, RegExp]>([
    ['nobody named', { by: '' }, /--by/],
    ['somebody who may not', { by: 'lulidong' }, /不是流程管理员/],
    ['no second person', {}, /--sign-later/],
    ['no reason', { reason: '', signLater: true }, /变更说明/],
  ])('without what it takes it refuses: %s', async (_name, options, said) => {
    await having(FORM, withLabel('措施'), async () => {
      await expect(deploy({ yes: true, ...options })).rejects.toThrow(said);
      expect(await listReleases(house.house.sql)).toEqual([]);
    });
  });

  test('a year of the calendar waits for a second person, as in the browser', async () => {
    const year = JSON.parse(file('data/calendar/2027.json'));
    const before = await calendarVersion(house.house.sql);
    const options = { by: 'jinqingming', reason: '国办发布', accept: '已核对' };
    expect(await importCalendar(house.house, year, options)).toMatchObject({ code: 0, release: null });
    expect(await listReleases(house.house.sql)).toEqual([]);
    for (const by of ['', 'huadongzhi'])
      await expect(importCalendar(house.house, year, { ...options, by, yes: true })).rejects.toThrow(/--by|不能导入/);
    await expect(importCalendar(house.house, year, { ...options, reason: '', yes: true })).rejects.toThrow('变更说明');
    const sent = await importCalendar(house.house, year, { ...options, yes: true });
    expect(sent).toMatchObject({ code: 0, state: 'IN_REVIEW' });
    expect(sent.lines.at(-1)).toContain('等 1 人复核');
    expect(await calendarVersion(house.house.sql)).toBe(before);
    expect(await findRelease(house.house.sql, sent.release!)).toMatchObject({ source: 'cli', signatures: [] });
    await house.house.sql.query("update release set state = 'WITHDRAWN'");
  });

  test('a change is tried first, then left for a second person; with no signature required it is published', async () => {
    write(FORM, withLabel('措施'));
    const tried = await deploy();
    expect(tried).toMatchObject({ code: 0, changed: [{ kind: 'form', id: 'handle-demand', from: 1 }], release: null });
    expect(tried.lines.at(-1)).toContain('加 --yes');
    const waiting = await deploy({ yes: true, signLater: true });
    expect(waiting).toMatchObject({ code: 0, state: 'IN_REVIEW' });
    expect(waiting.lines.at(-1)).toContain('等 1 人复核');
    const { items, submittedBy } = await findRelease(house.house.sql, waiting.release!);
    expect([items[0]!.authors, submittedBy]).toEqual([['jinqingming'], 'jinqingming']);
    // The same once more: it stands in a release already.
    await expect(deploy({ yes: true, signLater: true })).rejects.toThrow(waiting.release!);
    await house.house.sql.query("update release set state = 'WITHDRAWN'");

    await house.house.sql.query(
      `insert into rule_set_version (rule_set, version, content, hash, effective_from, published_at, published_by, reason, examples)
       select rule_set, 2, $1, 'x', effective_from, published_at, 'system', 'x', examples from rule_set_version
       where rule_set = 'deadlines' and version = 1`,
      [withParameter('release.signatures', 0)],
    );
    write(DEADLINES, withParameter('release.signatures', 0));
    const done = await deploy({ yes: true });
    expect(done).toMatchObject({ code: 0, state: 'PUBLISHED' });
    expect((await formVersion(house.house.sql, 'handle-demand')).content).toBe(withLabel('措施'));
    expect(await deploy({ yes: true })).toMatchObject({ lines: ['没有变化。'] });
  });

  test('what a scenario expects goes through the gate, and comes back byte for byte', async () => {
    const path = 'processes/fast-response/scenarios/当场答复，当场办结.json';
    const before = readFileSync(join(folder, path), 'utf8');
    write(path, before.replace('"WRITTEN_OFF"', '"REGISTERED"'));
    const wrong = await deploy({ yes: true });
    expect(wrong.code).toBe(1);
    expect(wrong.lines.join('\n')).toContain('状态：期望 “REGISTERED”，实际 “WRITTEN_OFF”');
    // The same, written otherwise.
    const text = JSON.stringify(JSON.parse(before));
    write(path, text);
    const done = await deploy({ yes: true });
    expect(done).toMatchObject({ code: 0, state: 'PUBLISHED', changed: [{ kind: 'scenario', path, from: 1 }] });
    rmSync(join(folder, path));
    expect(await exportDesigns(house.house.sql, folder)).toMatchObject({ written: [path] });
    expect(readFileSync(join(folder, path), 'utf8')).toBe(text);
    expect(await deploy({ yes: true })).toMatchObject({ lines: ['没有变化。'] });
  });

  test('rules with a history take a backtest the same person has seen, on the command line as well', async () => {
    await recordDecisions(house, '2026-11-23', ['one']);
    const content = withParameter('reveal.minutes', 12, readFileSync(join(folder, DEADLINES), 'utf8'));
    write(DEADLINES, content);
    const bare = await deploy({ yes: true });
    expect(bare.code).toBe(1);
    expect(bare.lines.join('\n')).toContain('命令行用 backtest 规则文件 --by 登录名');
    const name = 'deadlines.rules.json';
    await expect(keptBacktest(house.house, name, content, 'lulidong')).rejects.toThrow('不是流程管理员');
    const kept = await keptBacktest(house.house, name, content, 'jinqingming');
    expect(kept).toMatchObject({ report: { decisions: 1, changed: 1 }, run: expect.any(String) });
    expect(kept.lines.at(-1)).toContain('记下金清明看过');
    await expect(deploy({ by: 'shuguyu', yes: true, accept: '已核对' })).rejects.toThrow('你还没有打开看过');
    expect(await deploy({ yes: true, accept: '已核对' })).toMatchObject({ code: 0, state: 'PUBLISHED' });
  });

  test('a backtest tells what the rules of a file would have decided', async () => {
    const { lines, report } = await backtestFile(house.house.sql, DEADLINES, file(DEADLINES));
    expect(report.decisions).toBe(1);
    expect(lines[0]).toContain('重新判断 1 次');
  });
});

describe('the command line around it', () => {
  const designs = mkdtempSync(join(tmpdir(), 'suying-cli-'));
  beforeAll(() => cpSync(join(root, 'rules'), join(designs, 'rules'), { recursive: true }));
  afterAll(() => rmSync(designs, { recursive: true, force: true }));
  const cli = (...args: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      execFile(
        process.execPath,
        ['src/cli/index.ts', ...args],
        {
          cwd: root,
          env: { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: 'error', PGLITE_DATA: 'memory://' },
        },
        (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });

  test.each<[string, string[], number, RegExp]>([
    ['examples that hold', ['test', designs], 0, /0 个不成立/],
    ['examples as data', ['test', designs, '--json'], 0, /"ok": true/],
    ['files that are right, as data', ['lint', designs, '--json'], 0, /"ok": true/],
    ['a database that was never started', ['export', join(designs, 'out')], 2, /先启动一次服务/],
  ])('%s', async (_name, args, code, said) => {
    const ended = await cli(...args);
    expect([ended.code, ended.out + ended.err]).toEqual([code, expect.stringMatching(said)]);
  });

  test('an example that does not hold ends with 1 and its name', async () => {
    writeFileSync(join(designs, DEADLINES), withParameter('handle.single.days', 6));
    const result = await testFolder(designs);
    expect(result.ok).toBe(false);
    expect(testLines(result).join('\n')).toMatch(/✗ deadlines “.*”：.*实得 6/);
  });
});
