import type { FieldProblem } from '../../../../kernel/errors.ts';
import type { Component } from '../../../../modules/forms/index.ts';
import { isPersonal } from '../../../../modules/processes/index.ts';
import { OPTION_SOURCES } from '../../../form-options.ts';
import type { FieldSpec, Typed } from '../../../plain-form.ts';
import { textOf } from '../../../route.ts';

const CHOICES = ['radio', 'select', 'checklist', 'taglist'];
const isText = (type: string) => type === 'textfield' || type === 'textarea';

// Longer than others: every property of every kind of field has its line here, and nothing else.

/** What can be said about a component of its type, as fields of a plain page; a new label may make it a personal one. */
export function specsOf(component: Component, typed: Record<string, unknown> = {}): FieldSpec[] {
  const { type } = component;
  const condition: FieldSpec[] = [
    {
      type: 'textfield',
      name: 'hide',
      label: '隐藏条件',
      hint: '条件成立时不显示、不要求、不保存。以“=”开头，例如：=conclusion != "OTHER"。留空为总是显示。',
    },
    {
      type: 'textfield',
      name: 'when',
      label: '什么时候填',
      hint: '没有脚本时显示给人看的话，例如“结论选其他时填写”。',
    },
  ];
  if (type === 'separator' || type === 'spacer') return condition;
  if (type === 'text')
    return [{ type: 'textarea', name: 'text', label: '文字', required: true, rows: 3 }, ...condition];
  if (type === 'group') return [{ type: 'textfield', name: 'label', label: '标题' }, ...condition];
  const personal = isPersonal({
    type,
    key: textOf(typed.key) ?? component.key ?? '',
    label: textOf(typed.label) ?? component.label ?? component.dateLabel ?? '',
  });
  return [
    { type: 'textfield', name: 'label', label: '标签', required: true, hint: '显示在输入框上面的字。', maxLength: 60 },
    {
      type: 'textfield',
      name: 'key',
      label: '键',
      required: true,
      hint: '流程和规则用的名字，字母开头，例如“measures”。发布过的键改了，引用它的地方也要改。',
      maxLength: 60,
    },
    { type: 'checklist', name: 'required', label: '必填', options: [{ value: 'yes', label: '必须填写' }] },
    { type: 'textarea', name: 'description', label: '提示', rows: 2 },
    ...(CHOICES.includes(type) ? choiceSpecs() : []),
    ...(isText(type) ? textSpecs() : []),
    ...(type === 'number' ? rangeSpecs() : []),
    ...(type === 'datetime' ? [dateSpec()] : []),
    ...(type === 'filepicker' ? fileSpecs() : []),
    ...condition,
    {
      type: 'textfield',
      name: 'requiredMessage',
      label: '没填时的提示',
      hint: '例如“还没写措施，请写做了什么。”留空用通用的话。',
      maxLength: 100,
    },
    {
      type: 'textarea',
      name: 'purpose',
      label: '用途说明',
      rows: 2,
      ...(personal ? { required: true } : {}),
      hint: personal ? '这一项像是个人信息：写明收集它做什么用，会显示给填写人。' : '个人信息必须写，会显示给填写人。',
      maxLength: 200,
    },
    { type: 'checklist', name: 'mask', label: '脱敏', options: [{ value: 'yes', label: '在诉求页和导出里遮住内容' }] },
  ];
}

const choiceSpecs = (): FieldSpec[] => [
  {
    type: 'textarea',
    name: 'values',
    label: '选项',
    rows: 6,
    hint: '一行一个，写成“值 = 显示的字”，例如：RESOLVED = 解决。用选项来源的留空。',
  },
  {
    type: 'select',
    name: 'valuesKey',
    label: '选项来源',
    hint: '从组织或字典取选项。选了来源，上面的选项就不用写。',
    options: Object.entries(OPTION_SOURCES).map(([value, label]) => ({ value, label: `${label}（${value}）` })),
  },
];
const textSpecs = (): FieldSpec[] => [
  { type: 'textfield', name: 'minLength', label: '最少字数', inputMode: 'numeric' },
  { type: 'textfield', name: 'maxLength', label: '最多字数', inputMode: 'numeric' },
  { type: 'textfield', name: 'pattern', label: '格式', hint: '正则表达式，例如 ^\\d{6}$。' },
  { type: 'textfield', name: 'patternMessage', label: '格式不对时的提示', maxLength: 100 },
];
const rangeSpecs = (): FieldSpec[] => [
  { type: 'textfield', name: 'min', label: '最小', inputMode: 'decimal' },
  { type: 'textfield', name: 'max', label: '最大', inputMode: 'decimal' },
];
const dateSpec = (): FieldSpec => ({
  type: 'radio',
  name: 'subtype',
  label: '种类',
  options: [
    { value: 'date', label: '日期' },
    { value: 'time', label: '时间' },
    { value: 'datetime', label: '日期和时间' },
  ],
});
const fileSpecs = (): FieldSpec[] => [
  { type: 'checklist', name: 'multiple', label: '多个文件', options: [{ value: 'yes', label: '可以放多个' }] },
  { type: 'textfield', name: 'accept', label: '文件类型', hint: '例如 .pdf,.jpg,.docx' },
];

/** The component as the fields show it. */
export function typedOf(component: Component): Typed {
  const { validate = {}, properties = {} } = component;
  const text = (value: unknown) => (value === undefined || value === null ? '' : String(value));
  return {
    label: component.label ?? component.dateLabel ?? '',
    text: component.text ?? '',
    key: component.key ?? '',
    required: validate.required ? ['yes'] : [],
    description: component.description ?? '',
    values: (component.values ?? []).map((option) => `${option.value} = ${option.label}`).join('\n'),
    valuesKey: component.valuesKey ?? '',
    minLength: text(validate.minLength),
    maxLength: text(validate.maxLength),
    pattern: validate.pattern ?? '',
    min: text(validate.min),
    max: text(validate.max),
    subtype: component.subtype ?? 'date',
    multiple: component.multiple ? ['yes'] : [],
    accept: component.accept ?? '',
    hide: component.conditional?.hide ?? '',
    when: properties.when ?? '',
    patternMessage: properties.patternMessage ?? '',
    requiredMessage: properties.requiredMessage ?? '',
    purpose: properties.purpose ?? '',
    mask: properties.mask === 'yes' ? ['yes'] : [],
  };
}

/** Where each field of the page lives in the component. */
const PATHS: Record<string, string> = {
  required: 'validate.required',
  minLength: 'validate.minLength',
  maxLength: 'validate.maxLength',
  min: 'validate.min',
  max: 'validate.max',
  pattern: 'validate.pattern',
  hide: 'conditional.hide',
  when: 'properties.when',
  patternMessage: 'properties.patternMessage',
  requiredMessage: 'properties.requiredMessage',
  purpose: 'properties.purpose',
  mask: 'properties.mask',
};
const NUMBERS = ['minLength', 'maxLength', 'min', 'max'];

/** What was typed as properties of the component, or what is wrong with it. */
export function propertiesFrom(
  component: Component,
  body: Record<string, unknown>,
): { properties: Record<string, unknown>; problems: FieldProblem[] } {
  const problems: FieldProblem[] = [];
  const properties: Record<string, unknown> = {};
  for (const spec of specsOf(component, body)) {
    const { name } = spec;
    const text = textOf(body[name])?.replaceAll('\r\n', '\n');
    const value = readTyped(name, text, problems, spec.label);
    const path = name === 'label' && component.type === 'datetime' ? labelKey(component) : (PATHS[name] ?? name);
    properties[path] = value;
    if (spec.required && value === undefined && name !== 'values')
      problems.push({ pointer: `/${name}`, message: `“${spec.label}”还没有填写。` });
  }
  if (CHOICES.includes(component.type)) {
    if (properties.valuesKey !== undefined && properties.values !== undefined)
      problems.push({ pointer: '/values', message: '选项和选项来源只能用一种。请清空选项，或不选来源。' });
    if (properties.valuesKey === undefined && properties.values === undefined)
      problems.push({ pointer: '/values', message: '还没有选项。请一行写一个，或选一个选项来源。' });
  }
  return { properties, problems };
}

const labelKey = (component: Component): string =>
  component.label !== undefined && component.dateLabel === undefined ? 'label' : 'dateLabel';

function readTyped(name: string, text: string | undefined, problems: FieldProblem[], label: string): unknown {
  if (text === undefined) return undefined;
  if (name === 'required' || name === 'multiple') return true;
  if (name === 'values') return optionsFrom(text, problems);
  if (!NUMBERS.includes(name)) return text;
  const number = Number(text);
  const whole = name.endsWith('Length');
  if (Number.isFinite(number) && (!whole || (Number.isInteger(number) && number >= 0))) return number;
  problems.push({ pointer: `/${name}`, message: `“${label}”应当是${whole ? '整数，例如 200' : '数字，例如 1.5'}。` });
  return undefined;
}

function optionsFrom(text: string, problems: FieldProblem[]): { value: string; label: string }[] {
  const options = text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const at = line.search(/[=＝]/);
      const value = (at < 0 ? line : line.slice(0, at)).trim();
      return { value, label: at < 0 ? value : line.slice(at + 1).trim() };
    });
  const seen = new Set<string>();
  for (const [index, { value, label }] of options.entries()) {
    if (!value || !label)
      problems.push({ pointer: '/values', message: `第 ${index + 1} 个选项不完整。请写成“值 = 显示的字”。` });
    else if (seen.has(value))
      problems.push({ pointer: '/values', message: `选项的值“${value}”写了两次。请改其中一个。` });
    seen.add(value);
  }
  return options;
}
