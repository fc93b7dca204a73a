import type { FieldProblem } from '../../kernel/errors.ts';
import { hides } from './conditions.ts';
import { type Component, type Form, inputsOf, labelOf, type OptionSource, optionsOf, type Values } from './form.ts';

/** What a browser (text) or a program (JSON) has sent, by field name. */
export type Raw = Record<string, unknown>;

export type Submission = { ok: true; values: Values } | { ok: false; problems: FieldProblem[]; values: Values };

const CAPS: Record<string, number> = { textfield: 200, textarea: 5000 };

/**
 * Reads what was sent by the same schema that drew the form: trims, normalises, converts, and names every wrong field.
 * Values of hidden fields are dropped; fields the form does not have are ignored. `values` always holds what was typed, so nothing is lost.
 */
export function submitForm(form: Form, raw: Raw, options: OptionSource = {}): Submission {
  const problems: FieldProblem[] = [];
  const values: Values = {};
  const inputs = inputsOf(form.components).filter(({ component }) => !component.readonly && !component.disabled);
  const found = new Map<string, string>();
  for (const { component, name } of inputs) {
    const read = readValue(component, raw[name] ?? nested(raw, name), options);
    if (read.value !== undefined) values[name] = read.value;
    if (read.problem) found.set(name, read.problem);
  }
  // Conditions see what was typed, with missing fields as null.
  const seen = { ...Object.fromEntries(inputs.map(({ name }) => [name, null])), ...values };
  const kept: Values = {};
  for (const { component, name, hides: conditions } of inputs) {
    if (conditions.some((condition) => hides(condition, seen))) continue;
    const problem = found.get(name) ?? validate(component, values[name]);
    if (problem) problems.push({ pointer: `/${name.replaceAll('.', '/')}`, message: problem });
    if (values[name] !== undefined) kept[name] = values[name];
  }
  if (problems.length > 0) return { ok: false, problems, values };
  return { ok: true, values: kept };
}

function nested(raw: Raw, name: string): unknown {
  let value: unknown = raw;
  for (const part of name.split('.'))
    value = typeof value === 'object' && value !== null ? (value as Raw)[part] : undefined;
  return value;
}

/** Control and invisible characters, line feed and tab excepted. */
const UNSEEN = /(?![\t\n])[\p{Cc}\u200b\u2028\u2029\ufeff]/gu;

/** Unicode in one form, without control characters; line ends as \\n. */
const clean = (text: string): string => text.normalize('NFC').replace(/\r\n?/g, '\n').replace(UNSEEN, '').trim();

const lengthOf = (text: string): number => [...text].length;

interface Read {
  value?: unknown;
  problem?: string;
}

function readValue(component: Component, sent: unknown, options: OptionSource): Read {
  const label = `“${labelOf(component)}”`;
  const first = Array.isArray(sent) ? sent[0] : sent;
  const text =
    typeof first === 'string'
      ? clean(first)
      : typeof first === 'number' || typeof first === 'boolean'
        ? String(first)
        : '';
  switch (component.type) {
    case 'checkbox':
      return { value: first === true || ['true', 'on', '1', 'yes'].includes(text) };
    case 'checklist':
    case 'taglist': {
      const list = (
        Array.isArray(sent)
          ? sent
          : text === ''
            ? []
            : component.type === 'taglist'
              ? text.split(/[,，、;；\s]+/)
              : [text]
      )
        .map((item) => clean(String(item)))
        .filter(Boolean);
      const unique = [...new Set(list)];
      const offered = optionsOf(component, options);
      const wrong = offered.length > 0 ? unique.filter((item) => !offered.some((option) => option.value === item)) : [];
      if (wrong.length > 0)
        return { value: unique, problem: `${label}里没有“${wrong.join('、').slice(0, 40)}”这个选项，请从列表中选择。` };
      return unique.length > 0 ? { value: unique } : {};
    }
    case 'radio':
    case 'select': {
      if (text === '') return {};
      if (!optionsOf(component, options).some((option) => option.value === text))
        return { value: text, problem: `${label}里没有“${text.slice(0, 40)}”这个选项，请从列表中选择。` };
      return { value: text };
    }
    case 'number': {
      if (text === '') return {};
      const plain = text.replace(/[,，\s]/g, '');
      if (!/^-?\d{1,15}(\.\d{1,6})?$/.test(plain))
        return { value: text, problem: `${label}应当是数字，例如 12 或 12.5。` };
      return { value: Number(plain) };
    }
    case 'datetime':
      return text === '' ? {} : readDate(component, text, label);
    case 'filepicker':
      return text === '' ? {} : { value: text };
    default:
      return text === '' ? {} : { value: text };
  }
}

function readDate(component: Component, text: string, label: string): Read {
  const subtype = component.subtype ?? 'date';
  if (subtype === 'time')
    return /^([01]\d|2[0-3]):[0-5]\d$/.test(text)
      ? { value: text }
      : { value: text, problem: `${label}应当写成 时:分，例如 09:30。` };
  const match =
    /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[T ](\d{1,2}):(\d{2})(?::\d{2})?(?:\.\d+)?(Z|[+-]\d{2}:?\d{2})?)?$/.exec(
      text,
    );
  if (!match)
    return {
      value: text,
      problem: `${label}应当写成 年-月-日${subtype === 'datetime' ? ' 时:分' : ''}，例如 2026-11-24${subtype === 'datetime' ? ' 09:30' : ''}。`,
    };
  const two = (part: string | undefined) => (part ?? '0').padStart(2, '0');
  const date = `${match[1]}-${two(match[2])}-${two(match[3])}`;
  const real = new Date(`${date}T00:00:00Z`);
  if (Number.isNaN(+real) || real.toISOString().slice(0, 10) !== date)
    return { value: text, problem: `${label}里的日期 ${date} 不存在，请核对月份和日期。` };
  if (subtype === 'date') return { value: date };
  if (match[4] === undefined) return { value: text, problem: `${label}还缺时间，例如 ${date} 09:30。` };
  if (Number(match[4]) > 23 || Number(match[5]) > 59)
    return { value: text, problem: `${label}里的时间 ${match[4]}:${match[5]} 不存在。` };
  return { value: `${date}T${two(match[4])}:${match[5]}:00${match[6] ?? '+08:00'}` };
}

/** The rules of the schema; a sentence that names the field and says how to put it right. */
function validate(component: Component, value: unknown): string | undefined {
  const rules = component.validate ?? {};
  const label = `“${labelOf(component)}”`;
  const empty =
    value === undefined ||
    value === '' ||
    (Array.isArray(value) && value.length === 0) ||
    (component.type === 'checkbox' && value !== true);
  if (empty) {
    if (!rules.required) return undefined;
    return component.type === 'checkbox'
      ? `请勾选${label}。`
      : ['radio', 'select', 'checklist', 'taglist'].includes(component.type)
        ? `还没选${label}。`
        : `${label}还没有填写。`;
  }
  if (typeof value === 'string' && (component.type === 'textfield' || component.type === 'textarea')) {
    const length = lengthOf(value);
    const most = rules.maxLength ?? CAPS[component.type]!;
    if (rules.minLength && length < rules.minLength) return `${label}少于 ${rules.minLength} 个字，请补充。`;
    if (length > most) return `${label}有 ${length} 个字，最多 ${most} 个字，请删减。`;
    if (rules.pattern && !new RegExp(rules.pattern, 'u').test(value))
      return component.properties?.patternMessage ?? `${label}的写法不对，请核对。`;
    if (rules.validationType === 'email' && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(value))
      return `${label}应当是邮箱地址，例如 name@example.cn。`;
    if (rules.validationType === 'phone' && !/^\+?[\d\s-]{7,20}$/.test(value))
      return `${label}应当是电话号码，例如 0564-3300000 或 13800000000。`;
  }
  if (typeof value === 'number') {
    if (rules.min !== undefined && value < rules.min) return `${label}不能小于 ${rules.min}。`;
    if (rules.max !== undefined && value > rules.max) return `${label}不能大于 ${rules.max}。`;
  }
  return undefined;
}
