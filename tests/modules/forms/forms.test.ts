import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  type Form,
  inputsOf,
  lintForm,
  loadForms,
  parseForm,
  presentForm,
  submitForm,
} from '../../../src/modules/forms/index.ts';

/** The product's own forms, or a bureau's (SUYING_PROCESSES). */
const FOLDER = process.env.SUYING_PROCESSES ?? join(import.meta.dirname, '..', '..', '..', 'processes');
let forms: Map<string, Form>;
beforeAll(async () => {
  forms = await loadForms(FOLDER);
});
const options = {
  ownDepartments: [{ value: '341500-TPS', label: '纳税服务科' }],
  tags: [{ value: '契税', label: '契税' }],
};
const good = {
  channel: 'HOTLINE_12366',
  contactPhone: '199-0000-0001',
  taxpayerName: '某公司',
  taxpayerType: 'ENTERPRISE',
  category: 'POLICY',
  content: '退房契税什么时候退？',
  intakeChoice: 'SELF',
};
const register = (change: Record<string, unknown>) =>
  submitForm(forms.get('register-demand')!, { ...good, ...change }, options);
const problem = (change: Record<string, unknown>, pointer: string) => {
  const result = register(change);
  return result.ok ? 'accepted' : result.problems.find((item) => item.pointer === pointer)?.message;
};

describe('the registration form', () => {
  const values = (key: string) =>
    inputsOf(forms.get('register-demand')!.components)
      .find((input) => input.name === key)!
      .component.values!.map((option) => option.label);
  test('R5, R6, R7: the six categories and the five channels of the plan, associations among the others', () => {
    expect(values('category')).toEqual([
      '政策落实类',
      '纳税服务类',
      '执法规范类',
      '信息化建设类',
      '法律救济类',
      '其他',
    ]);
    expect(values('channel')).toHaveLength(5);
    expect(values('taxpayerType').join()).toContain('协会');
  });
  test('accepts what is right and drops what is hidden or unknown', () => {
    const result = register({ answerContent: '不该留下', forged: 'x', tags: ['契税'], noticeContent: 'y' });
    expect(result).toMatchObject({ ok: true, values: { tags: ['契税'], content: good.content } });
    expect(result.values).not.toHaveProperty('forged');
    expect(result.values).not.toHaveProperty('noticeContent');
  });
  test.each([
    ['missing category', { category: '' }, '/category', '还没选“类别”。'],
    ['unknown category', { category: 'NOPE' }, '/category', '“类别”里没有“NOPE”这个选项，请从列表中选择。'],
    [
      'missing content',
      { content: '  ' },
      '/content',
      '“诉求和意见”还没有填写。请写清楚什么事、什么时候发生、希望怎样解决。',
    ],
    [
      '100,000 characters',
      { content: '税'.repeat(100_000) },
      '/content',
      '“诉求和意见”有 100000 个字，最多 5000 个字，请删减。',
    ],
    [
      'impossible day',
      { receivedAt: '2026-02-30T10:00' },
      '/receivedAt',
      '“来件时间”里的日期 2026-02-30 不存在，请核对月份和日期。',
    ],
    ['impossible time', { receivedAt: '2026-02-20T25:00' }, '/receivedAt', '“来件时间”里的时间 25:00 不存在。'],
    [
      'no phone and not anonymous',
      { contactPhone: '' },
      '/contactPhone',
      '“联系电话”还没有填写；没有电话的，请选“匿名或无联系方式”并选原因。',
    ],
    [
      'forged department',
      { registeringDepartment: '341503-TAX1' },
      '/registeringDepartment',
      '“首接部门”里没有“341503-TAX1”这个选项，请从列表中选择。',
    ],
    ['conditional field', { intakeChoice: 'ON_THE_SPOT' }, '/answerContent', '“答复内容”还没有填写。'],
    ['notice', { intakeChoice: 'COMPLEX', noticeContent: '' }, '/noticeContent', '“告知内容”还没有填写。'],
    ['legal remedy asks', { category: 'LEGAL_REMEDY' }, '/legalIntent', '还没选“诉求人的救济意愿”。'],
  ])('%s', (_name, change, pointer, message) => {
    expect(problem(change, pointer)).toBe(message);
  });
  test('emoji and rare characters count as one and stay as typed', () => {
    const result = register({ content: '𠮷野家😀退税', title: 'é' });
    expect(result).toMatchObject({ ok: true, values: { content: '𠮷野家😀退税', title: 'é' } });
  });
  test('anonymous needs no name and no phone, but a reason', () => {
    expect(register({ anonymous: 'true', contactPhone: '', taxpayerName: '', anonymousReason: 'REFUSED' }).ok).toBe(
      true,
    );
    expect(problem({ anonymous: 'true' }, '/anonymousReason')).toBe('还没选“匿名原因”。');
  });
  test('times are kept with the offset of Shanghai', () => {
    expect(register({ receivedAt: '2026-11-23T09:12' })).toMatchObject({
      ok: true,
      values: { receivedAt: '2026-11-23T09:12:00+08:00' },
    });
  });
});

test('a wrong submission is drawn again with everything typed, errors at the fields and in the summary', () => {
  const result = register({ category: '', content: '退税' });
  const view = presentForm(forms.get('register-demand')!, {
    values: result.values,
    problems: result.ok ? [] : result.problems,
    options,
  });
  const fields = view.nodes.flatMap((node) => (node.kind === 'group' ? node.nodes : [node]));
  expect(fields.find((node) => node.kind === 'field' && node.name === 'content')).toMatchObject({
    value: '退税',
    error: '“诉求和意见”少于 4 个字，请补充。',
  });
  expect(view.problems).toContainEqual({ href: '#f-category', message: '还没选“类别”。' });
});

test('every form of the product is drawn', () => {
  for (const form of forms.values()) expect(presentForm(form).nodes.length).toBeGreaterThan(0);
  expect([...forms.keys()]).toEqual(
    expect.arrayContaining([
      'add-co-department',
      'answer-co-question',
      'ask-co-department',
      'follow-external-step',
      'give-co-opinion',
      'release-co-department',
      'report-up',
      'send-back',
      'send-down',
      'send-external',
      'tell-progress',
      'register-demand',
      'dispatch-demand',
      'give-feedback',
      'write-off',
      'write-off-withdrawn',
      'withdraw-demand',
      'void-demand',
      'urge-demand',
      'handle-demand',
      'review-completion',
      'request-extension',
      'approve-extension',
      'conduct-return-visit',
      'judge-dissatisfaction',
    ]),
  );
});

test.each([
  ['an unknown component', { type: 'iframe', key: 'a', label: 'a' }, '/components/0/type'],
  [
    'a bad condition',
    { type: 'textfield', key: 'a', label: 'a', conditional: { hide: '=a >' } },
    '/components/0/conditional/hide',
  ],
  ['no label', { type: 'textfield', key: 'a' }, '/components/0/label'],
  ['a bad key', { type: 'textfield', key: '1 a', label: 'a' }, '/components/0/key'],
  [
    'a smallest value above the largest',
    { type: 'number', key: 'a', label: 'a', validate: { min: 5, max: 2 } },
    '/components/0/validate/min',
  ],
  [
    'a shortest text longer than the longest',
    { type: 'textfield', key: 'a', label: 'a', validate: { minLength: 5, maxLength: 2 } },
    '/components/0/validate/minLength',
  ],
  [
    'a pattern that may take for ever',
    { type: 'textfield', key: 'a', label: 'a', validate: { pattern: '^(a+)+$' } },
    '/components/0/validate/pattern',
  ],
])('lint names %s', (_name, component, pointer) => {
  expect(lintForm({ id: 'x', components: [component] }).map((item) => item.pointer)).toContain(pointer);
});

describe('dates as people write them, on 2026-11-23', () => {
  const form: Form = {
    id: 'dates',
    processId: 'test',
    title: '',
    components: [
      { type: 'datetime', key: 'day', subtype: 'date', dateLabel: '日期' },
      { type: 'datetime', key: 'moment', subtype: 'datetime', dateLabel: '时间' },
      { type: 'datetime', key: 'time', subtype: 'time', timeLabel: '时刻', label: '时刻' },
    ],
  };
  const read = (raw: Record<string, string>) => submitForm(form, raw, {}, { today: '2026-11-23' });

  test.each([
    ['2026-11-23', '2026-11-23'],
    ['2026/1/5', '2026-01-05'],
    ['2026年11月3日', '2026-11-03'],
    ['20261123', '2026-11-23'],
    ['11-23', '2026-11-23'],
    ['1123', '2026-11-23'],
    ['11月23日', '2026-11-23'],
    ['1月5日', '2027-01-05'],
    ['6-1', '2026-06-01'],
    ['１１－２３', '2026-11-23'],
    [' 11.30 ', '2026-11-30'],
  ])('%s is %s', (text, day) => expect(read({ day: text })).toEqual({ ok: true, values: { day } }));

  test.each([
    ['2026-11-23 09:12', '2026-11-23T09:12:00+08:00'],
    ['2026-11-23T09:12', '2026-11-23T09:12:00+08:00'],
    ['2026-11-23T09:12:30Z', '2026-11-23T09:12:00Z'],
    ['11-23 9:12', '2026-11-23T09:12:00+08:00'],
    ['1123 0912', '2026-11-23T09:12:00+08:00'],
    ['11月23日 9点05分', '2026-11-23T09:05:00+08:00'],
    ['9:12', '2026-11-23T09:12:00+08:00'],
  ])('%s is %s', (text, moment) => expect(read({ moment: text })).toEqual({ ok: true, values: { moment } }));

  test.each([
    ['day', '2026-02-30', '“日期”里的日期 2026-02-30 不存在，请核对月份和日期。'],
    ['day', '13-01', '“日期”里的日期 2026-13-01 不存在，请核对月份和日期。'],
    ['day', '02-29', '“日期”里的日期 2026-02-29 不存在，请核对月份和日期。'],
    ['day', '明天', '“日期”应当写成 年-月-日，例如 2026-11-24。'],
    ['day', '11-23 下午', '“日期”应当写成 年-月-日，例如 2026-11-24。'],
    ['moment', '11-23', '“时间”还缺时间，例如 2026-11-23 09:30。'],
    ['moment', '11-23 25:00', '“时间”里的时间 25:00 不存在。'],
    ['time', '9点', '“时刻”应当写成 时:分，例如 09:30。'],
  ])('%s %s is named', (field, text, message) =>
    expect(read({ [field]: text })).toMatchObject({ ok: false, problems: [{ pointer: `/${field}`, message }] }),
  );

  test('without knowing the day a date needs its year', () =>
    expect(submitForm(form, { day: '11-23' })).toMatchObject({
      problems: [{ message: '“日期”还缺年份，例如 2026-11-24。' }],
    }));
});

/** Whatever comes from outside ends as a value or as a sentence at its field, in every form file. */
describe('hostile input', () => {
  const nasty: [string, unknown][] = [
    ['an array where one value is expected', ['a', 'b']],
    ['an empty array', []],
    ['an object', { a: 1 }],
    ['nested arrays', [[['a']]]],
    ['a function’s name', 'constructor'],
    ['null', null],
    ['a number', 12],
    ['infinity as text', 'Infinity'],
    ['a NUL', 'a\u0000b'],
    ['half a character', 'a\ud800b'],
    ['100,000 characters', '税'.repeat(100_000)],
    ['a very long number', '9'.repeat(400)],
    ['right-to-left and zero width', '\u202e\u200babc\ufeff'],
    ['a template', '{{7*7}} <%= 1 %>'],
  ];
  const files = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.form'));

  test.each(files)('%s', (file) => {
    const form = parseForm('test', file, readFileSync(join(FOLDER, file), 'utf8'));
    const keys = (components: Form['components']): string[] =>
      components.flatMap((item) => [...(item.key ? [item.key] : []), ...keys(item.components ?? [])]);
    for (const [, value] of nasty) {
      const raw = JSON.parse(
        JSON.stringify({ __proto__: null, ...Object.fromEntries(keys(form.components).map((key) => [key, value])) }),
      );
      const result = submitForm(form, raw, options, { today: '2026-11-23' });
      // What cannot be kept never leaves the form: neither as a value nor in what is drawn again or kept as a draft.
      const kept = JSON.stringify(result.values);
      expect(kept.includes('\\u0000') || kept.includes('\\ud800')).toBe(false);
      if (!result.ok) {
        for (const problem of result.problems) {
          expect(problem.pointer).toMatch(/^\/[A-Za-z]/);
          expect([...problem.message].length).toBeLessThan(160);
        }
      }
      expect(
        presentForm(form, { values: result.values, problems: result.ok ? [] : result.problems, options }).nodes.length,
      ).toBeGreaterThan(0);
    }
  });

  test('keys of the prototype are no fields, sent or declared', () => {
    const sent = JSON.parse('{"__proto__": {"channel": "OTHER"}, "constructor": "x", "toString": "y"}');
    const result = submitForm(forms.get('register-demand')!, sent, options);
    expect(result.values).not.toHaveProperty('channel');
    for (const key of ['__proto__', 'constructor', 'a.hasOwnProperty'])
      expect(lintForm({ id: 'x', components: [{ type: 'textfield', key, label: 'a' }] })).toContainEqual({
        pointer: '/components/0/key',
        message: `键“${key}”是程序保留的名字，请换一个。`,
      });
  });

  test.each([
    [
      'one value sent twice',
      { category: ['POLICY', 'POLICY'] },
      '/category',
      '“类别”收到了 2 个值，只能填一个，请重新填写。',
    ],
    ['an object for a text', { title: { a: 1 } }, '/title', '“标题”应当是一个值，不能是一组内容，请重新填写。'],
    [
      'an object among options',
      { riskFlags: [{ a: 1 }] },
      '/riskFlags',
      '“需要留意”里应当是一个个选项，不能是一组内容，请重新选择。',
    ],
    [
      'a NUL',
      { content: '退税没有到账\u0000' },
      '/content',
      '“诉求和意见”里有不能保存的字符（显示为 �），请删去后再提交。',
    ],
    [
      'half a character',
      { content: '退税没有到账\ud83d' },
      '/content',
      '“诉求和意见”里有不能保存的字符（显示为 �），请删去后再提交。',
    ],
    ['neither yes nor no', { confidential: 'perhaps' }, '/confidential', '“要求保密”只能勾选或不勾选，请重新选择。'],
  ])('%s', (_name, change, pointer, message) => expect(problem(change, pointer)).toBe(message));
});

test('a field of a group with a path is read, hidden and named by its full name', () => {
  const form: Form = {
    id: 'nested',
    processId: 'test',
    title: '',
    components: [
      {
        type: 'group',
        path: 'notice',
        components: [
          { type: 'checkbox', key: 'told', label: '已告知' },
          {
            type: 'textfield',
            key: 'how',
            label: '方式',
            validate: { required: true },
            conditional: { hide: '=notice.told != true' },
          },
        ],
      },
    ],
  };
  expect(submitForm(form, { notice: { told: true } })).toMatchObject({ problems: [{ pointer: '/notice/how' }] });
  expect(submitForm(form, { 'notice.told': 'false', 'notice.how': 'x' })).toEqual({
    ok: true,
    values: { 'notice.told': false },
  });
});
