import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { draftOf } from '../../src/modules/processes/index.ts';
import { file } from '../support/designs.ts';
import { type TestHouse, testHouse } from '../support/house.ts';
import { Visitor } from '../support/visitor.ts';

const HOME = '/processes/handle-demand/forms/handle-demand';
const FILE = file('processes/handle-demand/forms/handle-demand.form');

describe('R2: drafts of forms (P23)', () => {
  let house: TestHouse;
  let admin: Visitor;
  let second: Visitor;
  beforeAll(async () => {
    house = await testHouse('2026-11-23T10:00:00+08:00');
    admin = await Visitor.signIn(house.address, 'jinqingming');
    second = await Visitor.signIn(house.address, 'shuguyu');
  });
  afterAll(() => house?.stop());

  const content = async (id = 'handle-demand') => (await draftOf(house.house.sql, 'form', id)).content;
  const components = async (id?: string) => JSON.parse(await content(id)).components;
  const revision = async (id = 'handle-demand') => String((await draftOf(house.house.sql, 'form', id)).revision);
  const act = async (fields: Record<string, string>, home = HOME) =>
    admin.post(`${home}/fields`, { revision: await revision(home.split('/').at(-1)), ...fields });
  const writing = async (at: string, fields: Record<string, string | string[]>, home = HOME) => {
    const page = await admin.get(`${home}/fields/${at}`);
    return admin.post(`${home}/fields/${at}`, { ...page.hidden(`${home}/fields/${at}`), ...fields });
  };

  test('a draft begins from what is in force, byte for byte', async () => {
    expect((await admin.get(`${HOME}/edit`)).status).toBe(404);
    await admin.get(HOME);
    expect((await admin.post(`${HOME}/draft`)).location).toBe(`${HOME}/edit?ok=draft-begun`);
    expect(await content()).toBe(FILE);
    expect((await admin.post(`${HOME}/draft`)).location).toBe(`${HOME}/edit`);
    const page = await admin.get(`${HOME}/fields`);
    expect(page.text).toMatch(/措施 measures .*多行文字 必填/);
    expect(page.text).toMatch(/用在哪里 .*办理/);
  });

  test('fields move, come and go; the rest of the file stays as it was written', async () => {
    expect((await act({ act: 'down', at: '0' })).status).toBe(303);
    expect((await components()).map((item: any) => item.key).slice(0, 2)).toEqual(['conclusion', 'measures']);
    expect((await act({ act: 'up', at: '1' })).status).toBe(303);
    expect(await content()).toBe(FILE);
    expect((await act({ act: 'up', at: '0' })).status).toBe(409);
    expect((await act({ act: 'delete', at: '99' })).status).toBe(404);
    expect((await act({ act: 'add', type: 'image' })).status).toBe(422);
    expect((await act({ act: 'add', type: 'textfield' })).location).toBe(`${HOME}/fields/5?ok=draft-kept`);
    expect((await act({ act: 'delete', at: '5' })).status).toBe(303);
    expect(await content()).toBe(FILE);
  });

  test('every property of a field by a plain form; what is wrong stands beside it and nothing is lost', async () => {
    await act({ act: 'add', type: 'radio' });
    const wrong = await writing('5', {
      label: '回访电话方式',
      key: 'measures',
      values: 'A = 手机\nA = 固话',
      hide: 'conclusion',
    });
    expect(wrong.status).toBe(422);
    expect(wrong.text).toContain('选项的值“A”写了两次');
    expect(wrong.text).toContain('“用途说明”还没有填写');
    expect(wrong.html).toContain('A = 固话');
    const repeated = await writing('5', {
      label: '办结方式',
      key: 'measures',
      values: 'A = 甲\nB = 乙',
      hide: 'conclusion',
    });
    expect(repeated.status).toBe(422);
    expect(repeated.text).toContain('字段键“measures”重复，第 1 项与第 6 项');
    expect(repeated.text).toContain('不是以“=”开头的有效 FEEL 表达式');
    const right = await writing('5', {
      label: '办结方式',
      key: 'closingWay',
      required: 'yes',
      description: '怎样办结的',
      values: 'A = 甲\nB = 乙',
      hide: '=conclusion = "OTHER"',
      when: '结论不是其他时填写',
      requiredMessage: '请选办结方式。',
      purpose: '用来改进办理',
      mask: 'yes',
    });
    expect(right.location).toBe(`${HOME}/fields?ok=draft-kept#fields`);
    expect((await components())[5]).toMatchObject({
      type: 'radio',
      key: 'closingWay',
      label: '办结方式',
      description: '怎样办结的',
      values: [
        { value: 'A', label: '甲' },
        { value: 'B', label: '乙' },
      ],
      validate: { required: true },
      conditional: { hide: '=conclusion = "OTHER"' },
      properties: {
        when: '结论不是其他时填写',
        requiredMessage: '请选办结方式。',
        purpose: '用来改进办理',
        mask: 'yes',
      },
    });
    // The other fields are as they were, to the byte.
    expect((await content()).startsWith(FILE.slice(0, FILE.lastIndexOf('}\n  ]') - 10))).toBe(true);
    const again = await writing('5', { label: '办结方式', key: 'closingWay', values: 'A = 甲' });
    expect(again.status).toBe(303);
    expect(Object.keys((await components())[5]).sort()).toEqual(['id', 'key', 'label', 'type', 'values']);
  });

  test('the preview is the page the server draws, with errors on demand, for a frame of our own only', async () => {
    const plain = await admin.get(`${HOME}/preview`);
    expect(plain.status).toBe(200);
    expect(plain.html).toContain('name="measures"');
    expect(plain.html).not.toContain('<script');
    expect((await admin.get(`${HOME}/preview?errors=1`)).text).toContain('“措施”还没有填写。');
    const cookieless = await fetch(`${house.address}${HOME}/preview`, { redirect: 'manual' });
    expect(cookieless.status).toBe(303);
  });

  test('lint: a field the program reads, unknown components and sources, each with line and pointer', async () => {
    const form = JSON.parse(FILE);
    form.components.splice(1, 1);
    form.components.push(
      { type: 'image', id: 'x', source: 'a.png' },
      { type: 'select', id: 'y', key: 'where', label: '去处', valuesKey: 'moon' },
      { type: 'textfield', id: 'z', key: 'contactPhone', label: '联系电话', conditional: { hide: '=moonPhase = 1' } },
    );
    const sent = JSON.stringify(form, null, 2);
    const kept = await admin.post(`${HOME}/edit`, { revision: await revision(), content: sent });
    expect(kept.location).toBe(`${HOME}/json?ok=draft-kept`);
    const page = await admin.get(`${HOME}/json`);
    expect(page.text).toContain('不支持组件“image”');
    expect(page.text).toMatch(/第 \d+ 行 ：不支持组件“image”.* \/components\/4\/type/);
    expect(page.text).toContain('选项来源“moon”不存在');
    expect(page.text).toMatch(/“联系电话”的隐藏条件用到“moonPhase”，表单里没有这个字段/);
    expect(page.text).toContain('“联系电话”像是个人信息，还没有写用途说明');
    expect(page.text).toContain('字段“结论”（conclusion）不见了');
    // Named, never dropped.
    expect(await content()).toBe(sent);
    const table = await admin.get(`${HOME}/fields`);
    expect(table.text).toContain('不认识的组件“image”');
    expect((await admin.get(`${HOME}/fields/4`)).text).toContain('它没有被删掉');
    expect((await admin.get(`${HOME}/preview`)).text).toContain('现在画不出来');
    expect((await admin.get(`${HOME}/edit`)).status).toBe(200);
  });

  test('what is no JSON is not kept: line and column, and the text is given back', async () => {
    const before = await content();
    const refused = await admin.post(`${HOME}/edit`, { revision: await revision(), content: '{\n "id": ,\n}' });
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/第 2 行 ：第 \d+ 列/);
    expect(refused.html).toContain('&#34;id&#34;: ,');
    expect(await content()).toBe(before);
  });

  test('a result that a gateway reads cannot be left out', async () => {
    const home = '/processes/return-visit/forms/conduct-return-visit';
    const begun = await admin.post(`${home}/draft`);
    expect(begun.status).toBe(303);
    const form = JSON.parse(await content('conduct-return-visit'));
    const [need] = (await admin.get(`${home}/fields`)).text.match(/visit\w+ ：步骤“[^”]+”交给流程/) ?? [];
    expect(need).toBeDefined();
    form.components = [{ type: 'textarea', id: 'a', key: 'other', label: '别的' }];
    await admin.post(`${home}/edit`, {
      revision: await revision('conduct-return-visit'),
      content: JSON.stringify(form),
    });
    expect((await admin.get(`${home}/fields`)).text).toMatch(/不能删除“visit\w+”：/);
  });

  test('somebody else was faster: a conflict that keeps what was typed', async () => {
    const mine = await revision();
    expect((await second.get(`${HOME}/edit`)).text).toContain('金清明 正在编辑这份草稿');
    expect((await second.post(`${HOME}/draft`, { act: 'take-over' })).location).toBe(`${HOME}/edit?ok=draft-taken`);
    const text = `${FILE} `;
    const conflict = await admin.post(`${HOME}/edit`, { revision: mine, content: text });
    expect(conflict.status).toBe(409);
    expect(conflict.text).toContain('舒谷雨 在 10:00 保存了另一份');
    expect(await content()).not.toBe(text);
    expect((await admin.post(`${HOME}/fields`, { revision: mine, act: 'delete', at: '0' })).status).toBe(409);
    const field = await admin.post(`${HOME}/fields/0`, { revision: mine, label: '措施一', key: 'measures' });
    expect([field.status, field.html.includes('value="措施一"')]).toEqual([409, true]);
    const now = /name="revision" value="(\d+)"/.exec(conflict.html)![1]!;
    expect((await admin.post(`${HOME}/edit`, { revision: now, content: text })).status).toBe(303);
    expect(await content()).toBe(text);
  });

  test('a new form for a process, with one field, that lints clean; its draft is given up after asking', async () => {
    const home = '/processes/handle-demand/forms/second-look';
    const bad = await admin.post('/processes/handle-demand/forms/new', { title: '', formId: 'Second Look' });
    expect([bad.status, bad.html.includes('value="Second Look"')]).toEqual([422, true]);
    expect(
      (await admin.post('/processes/handle-demand/forms/new', { title: '办理', formId: 'handle-demand' })).text,
    ).toContain('已经有编号“handle-demand”的表单');
    const made = await admin.post('/processes/handle-demand/forms/new', { title: '再看一次', formId: 'second-look' });
    expect(made.location).toBe(`${home}/edit?ok=draft-begun`);
    const table = await admin.get(`${home}/fields`);
    expect(table.text).toContain('✓ 没有问题');
    expect(table.text).toContain('还没有流程用这张表单');
    expect((await admin.get(`${home}/draft/drop`)).text).toContain('不能恢复');
    expect((await admin.post(`${home}/draft`, { act: 'drop' })).location).toBe(
      '/processes/handle-demand?ok=draft-dropped',
    );
    expect((await admin.get(`${home}/edit`)).status).toBe(404);
  });

  test('goes to release, and only process administrators edit', async () => {
    const page = await admin.get(`${HOME}/fields`);
    expect(page.html).toContain('name="designs" value="form:handle-demand"');
    const auditor = await Visitor.signIn(house.address, 'weidashu');
    expect((await auditor.get(`${HOME}/edit`)).status).toBe(403);
    expect((await auditor.get(HOME)).html).not.toContain('修改</button>');
  });
});
