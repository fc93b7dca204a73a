import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { processXml } from '../../src/modules/processes/index.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';

const file = (id: string) => readFileSync(join(import.meta.dirname, '../../processes', id, `${id}.bpmn`), 'utf8');

describe('R2: drafts of diagrams (P20, P22)', () => {
  let house: TestHouse;
  let admin: Visitor;
  let second: Visitor;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    admin = await Visitor.signIn(house.address, 'jinqingming');
    second = await Visitor.signIn(house.address, 'shuguyu');
  });
  afterAll(() => house?.stop());

  const events = async (id: string) =>
    (
      await house.house.sql.query<{ type: string; actor_login: string }>(
        `select type, actor as actor_login from history_event where subject_type = 'process' and subject_id = $1 and type like 'design.%' order by sequence`,
        [id],
      )
    ).map((row) => [row.type, row.actor_login]);
  const revisionIn = (html: string) => /name="revision" value="(\d+)"/.exec(html)?.[1] ?? '';
  const draftFile = async (id: string) => (await admin.get(`/processes/${id}/draft/bpmn`)).html;

  test('a draft begins from what is in force, byte for byte, and leaves it alone', async () => {
    expect((await admin.get('/processes/co-handling/edit')).status).toBe(404);
    await admin.get('/processes/co-handling');
    const begun = await admin.post('/processes/co-handling/draft');
    expect([begun.status, begun.location]).toEqual([303, '/processes/co-handling/edit?ok=draft-begun']);
    expect(await draftFile('co-handling')).toBe(file('co-handling'));
    expect((await admin.get('/processes/co-handling/bpmn?version=1')).html).toBe(file('co-handling'));
    // A second click leads to the same draft.
    expect((await admin.post('/processes/co-handling/draft')).location).toBe('/processes/co-handling/edit');
    const list = await admin.get('/processes');
    expect(list.text).toMatch(
      /草稿 .*协办 co-handling 第 1 版 金清明，11月23日 10:00 保存 (✓ 没有问题|! 提醒 \d+) 继续编辑/,
    );
  });

  test('a colleague sees who edits since when, looks, and takes over; the first one’s next save is a conflict that keeps both', async () => {
    const mine = (await admin.get('/processes/co-handling/xml')).html;
    const seen = await second.get('/processes');
    expect(seen.text).toMatch(/金清明 正在编辑 （10:00 起） (✓ 没有问题|! 提醒 \d+) 只读打开/);
    expect((await second.get('/processes/co-handling/edit')).location).toBe('/processes/co-handling/draft');
    const look = await second.get('/processes/co-handling/draft');
    expect(look.text).toContain('金清明 正在编辑（10:00 起）。');
    expect((await second.post('/processes/co-handling/draft/take-over')).location).toBe(
      '/processes/co-handling/edit?ok=draft-taken',
    );
    const changed = file('co-handling').replace('name="协办"', 'name="协办（我的）"');
    const conflict = await admin.post('/processes/co-handling/draft/keep', {
      revision: revisionIn(mine),
      xml: changed,
    });
    expect(conflict.status).toBe(409);
    expect(conflict.text).toContain('舒谷雨 在 2026年11月23日 10:00 保存了另一份。');
    expect(await draftFile('co-handling')).toBe(file('co-handling'));
    expect(conflict.hidden('/processes/co-handling/draft/as-file').xml).toBe(changed);
    const saved = await admin.post('/processes/co-handling/draft/as-file', { xml: changed });
    expect(saved.html).toBe(changed);
    const forced = await admin.post('/processes/co-handling/draft/keep', {
      ...conflict.hidden('/processes/co-handling/draft/keep'),
    });
    expect(forced.location).toBe('/processes/co-handling/edit?ok=draft-kept');
    expect(await draftFile('co-handling')).toBe(changed);
    expect(await processXml(house.house.sql, 'co-handling')).toBe(file('co-handling'));
  });

  test('giving up asks first and is on record', async () => {
    const sure = await admin.get('/processes/co-handling/draft/drop');
    expect(sure.text).toMatch(/放弃“协办（我的）”的草稿 .*不能恢复/);
    expect((await admin.post('/processes/co-handling/draft/drop')).location).toBe(
      '/processes/co-handling?ok=draft-dropped',
    );
    expect((await admin.post('/processes/co-handling/draft/drop')).status).toBe(404);
    expect(await events('co-handling')).toEqual([
      ['design.begun', 'jinqingming'],
      ['design.taken-over', 'shuguyu'],
      ['design.dropped', 'jinqingming'],
    ]);
  });

  test('a new process begins with a beginning and an end and lints clean', async () => {
    const empty = await admin.post('/processes/new', { name: '', id: 'Second Look' });
    expect(empty.status).toBe(422);
    expect(empty.text).toMatch(/有 2 处需要修改.*没有填名称.*编号只能用小写英文字母/);
    expect(empty.html).toContain('value="Second Look"');
    expect((await admin.post('/processes/new', { name: '办理', id: 'handle-demand' })).text).toContain(
      '已经有编号“handle-demand”的流程或草稿',
    );
    const made = await admin.post('/processes/new', { name: '二次 <复核>', id: 'second-look' });
    expect(made.location).toBe('/processes/second-look/edit?ok=draft-begun');
    const checked = await admin.post('/processes/second-look/check');
    expect(checked.status).toBe(200);
    expect(checked.text).toContain('没有问题');
    expect((await admin.get('/processes')).text).toContain('二次 <复核> second-look 新流程');
  });

  const bad: [string, string, RegExp][] = [
    ['nothing', '', /没有内容/],
    ['a broken file', '<?xml version="1.0"?>\n<bpmn:definitions>\n<bpmn:process>', /第 \d+ 行/],
    ['another kind of file', '{"schemaVersion": 1}', /不是有效的 BPMN 文件/],
    ['entities', '<!DOCTYPE x [<!ENTITY a "b">]><bpmn:definitions/>', /DOCTYPE/],
    [
      'two processes',
      file('co-handling').replace('</bpmn:process>', '</bpmn:process><bpmn:process id="other" />'),
      /有 2 个流程/,
    ],
    ['a name that is no address', file('co-handling').replaceAll('"co-handling"', '"协办"'), /编号“协办”不能用/],
    [
      'a reference to nothing',
      file('co-handling').replace(/targetRef="[^"]+"/, 'targetRef="nowhere"'),
      /引用了没有的“nowhere”/,
    ],
  ];
  test.each(bad)('import refuses %s with its reason, and nothing changes', async (_name, xml, why) => {
    const before = (await admin.get('/processes')).text;
    const answer = await admin.post('/processes/import', { xml });
    expect(answer.status).toBe(422);
    expect(answer.text).toMatch(why);
    expect((await admin.get('/processes')).text).toBe(before);
  });

  const bytes = (text: string, encoding: 'gbk' | 'utf16le' | 'bom') => {
    if (encoding === 'utf16le') return Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);
    if (encoding === 'bom') return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(text)]);
    // “协办” as GBK writes it: enough of it to be no UTF-8.
    return Buffer.concat(
      text
        .split('协办')
        .flatMap((part, index) => [
          ...(index ? [Buffer.from([0xd0, 0xad, 0xb0, 0xec])] : []),
          Buffer.from(part.replace(/\P{ASCII}/gu, '')),
        ]),
    );
  };
  const chosen: [string, string, Uint8Array, RegExp][] = [
    [
      'a zip',
      '流程.bpmn',
      Buffer.from('PK\u0003\u0004....'),
      /流程\.bpmn 读不出来：这是压缩包（zip 或 Office 文件）。请解压/,
    ],
    ['a PDF', '流程.pdf', Buffer.from('%PDF-1.7'), /这是 PDF/],
    ['GBK', '旧.bpmn', bytes(file('co-handling'), 'gbk'), /第 \d+ 行起不是 UTF-8，像是 GBK/],
    ['UTF-16', '旧.bpmn', bytes(file('co-handling'), 'utf16le'), /编码是 UTF-16/],
    ['bytes', 'x.bpmn', Buffer.from([0x3c, 0x00, 0xff, 0x01]), /第 1 行起不是文字/],
    [
      'five megabytes',
      '大.bpmn',
      Buffer.from(
        file('co-handling').replace('</bpmn:definitions>', `<!--${'x'.repeat(5_000_000)}--></bpmn:definitions>`),
      ),
      /大\.bpmn：文件太大（超过 900 KB）/,
    ],
    ['a web page', '登录.bpmn', Buffer.from('<!DOCTYPE html><html><body></body></html>'), /这是网页/],
    [
      'a decision table',
      '表.dmn',
      Buffer.from('<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"/>'),
      /这是决策表（DMN）/,
    ],
    [
      'another namespace',
      'x.bpmn',
      Buffer.from(file('co-handling').replace('BPMN/20100524/MODEL', 'BPMN/2000/MODEL')),
      /命名空间不对/,
    ],
    [
      'a claim of GBK',
      'x.bpmn',
      Buffer.from(file('co-handling').replace('encoding="UTF-8"', 'encoding="GBK"')),
      /第 1 行写着编码是“GBK”/,
    ],
    ['a form', 'x.form', Buffer.from('{"schemaVersion": 1}'), /这是 JSON/],
    ['half a file', 'x.bpmn', Buffer.from(file('co-handling').slice(0, 3000)), /第 \d+ 行缺少结束标签/],
  ];
  test.each(chosen)(
    'a chosen file that is %s is refused by name, with what it is, and nothing changes',
    async (_name, name, content, why) => {
      const before = (await admin.get('/processes')).text;
      const answer = await admin.upload('/processes/import', {}, [{ name, content, field: 'file' }]);
      expect(answer.status).toBe(422);
      expect(answer.text).toMatch(why);
      expect((await admin.get('/processes')).text).toBe(before);
    },
  );

  test('a byte order mark in front is no part of the file', async () => {
    const answer = await admin.upload('/processes/import', {}, [
      { name: '协办.bpmn', content: bytes(file('co-handling'), 'bom'), field: 'file' },
    ]);
    expect(answer.location).toBe('/processes/co-handling/edit?ok=draft-imported');
    expect(await draftFile('co-handling')).toBe(file('co-handling'));
    await admin.post('/processes/co-handling/draft/drop');
  });

  test('import: a known id becomes a change of that process, a file without a picture gets one', async () => {
    const answer = await admin.post('/processes/import', { xml: file('external-step') });
    expect(answer.location).toBe('/processes/external-step/edit?ok=draft-imported');
    expect(await draftFile('external-step')).toBe(file('external-step'));
    expect((await admin.post('/processes/import', { xml: file('external-step') })).text).toContain('已经有一份草稿');
    const bare = file('external-step')
      .replace(/<bpmndi:BPMNDiagram[\s\S]*<\/bpmndi:BPMNDiagram>/, '')
      .replaceAll('"external-step"', '"outside-step"');
    expect((await admin.post('/processes/import', { xml: bare })).location).toBe(
      '/processes/outside-step/edit?ok=draft-imported',
    );
    expect(await draftFile('outside-step')).toContain('<bpmndi:BPMNShape');
  });

  test('the XML view saves what reads and keeps what is typed when it does not', async () => {
    const revision = revisionIn((await admin.get('/processes/external-step/xml')).html);
    const broken = file('external-step').replace('</bpmn:process>', '');
    const refused = await admin.post('/processes/external-step/xml', { revision, xml: broken });
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/不是有效的 BPMN 文件：第 \d+ 行/);
    expect((await admin.post('/processes/external-step/xml', { revision, xml: file('co-handling') })).text).toContain(
      '文件里的流程编号是“co-handling”',
    );
    const better = file('external-step').replace('name="外单位跟办"', 'name="外单位跟办二"');
    expect((await admin.post('/processes/external-step/xml', { revision, xml: better })).location).toBe(
      '/processes/external-step/xml?ok=draft-kept',
    );
    expect(await draftFile('external-step')).toBe(better);
  });

  test('the check says the same to a page and to the canvas; templates offer what the house has', async () => {
    const broken = file('external-step').replace('candidateGroups="host-department"', 'candidateGroups="nobody"');
    const page = await admin.post('/processes/external-step/check', { xml: broken });
    expect(page.text).toMatch(/错误 1 .*组织 ✗ 错误 .*没有岗位“nobody”/);
    await admin.post('/processes/external-step/draft/keep', {
      revision: revisionIn((await admin.get('/processes/external-step/xml')).html),
      xml: broken,
    });
    expect((await admin.get('/processes')).text).toMatch(/external-step 第 1 版 金清明，[^✗]* 保存 ✗ 错误 1 继续编辑/);
    const templates = JSON.parse((await admin.get('/processes/external-step/templates.json')).html);
    expect(templates.words.jobs.length).toBe((await house.house.engineState()).jobTypes.length);
    expect(templates.templates.map((item: { name: string }) => item.name)).toEqual(
      expect.arrayContaining(['人工任务', '规则判断', '调用流程', '程序：转交']),
    );
    expect(templates.words.processes).toContainEqual({ value: 'second-look', title: '二次 <复核>' });
  });

  test('nobody else may: handlers read the catalogue and find no way in', async () => {
    const handler = await Visitor.signIn(house.address, 'lulidong');
    expect((await handler.get('/processes')).text).not.toMatch(/新建流程|检查/);
    for (const path of [
      '/processes/new',
      '/processes/import',
      '/processes/second-look/edit',
      '/processes/second-look/draft',
    ])
      expect([path, (await handler.get(path)).status]).toEqual([path, 403]);
    for (const path of ['/processes/second-look/draft/drop', '/processes/co-handling/draft'])
      expect([path, (await handler.post(path)).status]).toEqual([path, 403]);
  });
});
