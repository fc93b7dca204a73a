import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { type Form, lintForm, loadForms, presentForm, submitForm } from '../../../src/modules/forms/index.ts';

let forms: Map<string, Form>;
beforeAll(async () => {
  forms = await loadForms(join(import.meta.dirname, '..', '..', '..', 'processes'));
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
  expect([...forms.keys()].sort()).toEqual(
    [
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
    ].sort(),
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
])('lint names %s', (_name, component, pointer) => {
  expect(lintForm({ id: 'x', components: [component] }).map((item) => item.pointer)).toContain(pointer);
});
