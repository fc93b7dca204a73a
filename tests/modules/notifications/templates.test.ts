import { describe, expect, test } from '@jest/globals';
import {
  checkTemplate,
  partsOf,
  previewTemplate,
  renderTemplate,
  TEMPLATES,
  templateDeclaration,
} from '../../../src/modules/notifications/index.ts';

const registered = templateDeclaration('demand-registered')!;
const mail = templateDeclaration('staff-message')!;
const check = (body: string) => checkTemplate(registered, { subject: '', body }).map((problem) => problem.message);

describe('the texts the program comes with', () => {
  test.each(TEMPLATES.map((template) => [template.id, template] as const))('%s passes its own check', (_id, item) => {
    expect(checkTemplate(item, item)).toEqual([]);
    const preview = previewTemplate(item, item);
    expect(`${preview.subject}${preview.body}`).not.toMatch(/\{\{|\}\}/);
  });

  test('R25: what taxpayers get names neither the person nor the matter: no such placeholder can be declared by an editor', () => {
    const names = TEMPLATES.filter((item) => item.audience === 'TAXPAYER').flatMap((item) =>
      Object.values(item.placeholders).map(({ title }) => title),
    );
    expect(names.filter((name) => /姓名|名称|电话|诉求|标题|内容/.test(name))).toEqual([]);
  });
});

describe('a text is checked before it is published', () => {
  test.each([
    ['', '“正文”还没有填写。'],
    ['您好 {{查询码}} {{姓名}}', '“{{姓名}}”不是这个模板能用的内容'],
    ['您好', '正文里没有“{{查询码}}”'],
    ['查询码 {{查询码}}，{{受理单位', '不成对的大括号'],
    ['查询码 {{查询码}}，请联系 13800001111', '像是有手机号码'],
    ['查询码 {{查询码}}，证件 341500199001011234', '像是有身份证号码'],
    [`查询码 {{查询码}}${'长'.repeat(500)}`, '最多 500 字'],
  ])('%s', (body, sentence) => {
    expect(check(body).join(' ')).toContain(sentence);
  });

  test('service numbers and ordinary words are no personal data', () => {
    expect(check('查询码 {{查询码}}，咨询 12366 或 0564-3370000，2026年11月23日')).toEqual([]);
  });

  test('a subject is one line', () => {
    expect(checkTemplate(mail, { subject: '一\n二 {{标题}}', body: '{{标题}}' })[0]!.message).toContain('只能写一行');
  });
});

describe('a text is filled', () => {
  test('values are never read as templates, and an unknown value leaves no brace behind', () => {
    const text = renderTemplate(
      mail,
      { subject: '{{标题}}', body: '{{标题}}\n{{正文}}\n\n{{链接}}' },
      { title: '{{正文}}', body: '$& 正文' },
    );
    expect(text).toEqual({ subject: '{{正文}}', body: '{{正文}}\n$& 正文' });
  });

  test.each([
    [70, 1],
    [71, 2],
    [134, 2],
    [135, 3],
  ])('%i characters are sent in %i parts', (length, parts) => {
    expect(partsOf('字'.repeat(length))).toBe(parts);
  });
});
