import { type Component, labelOf, type OptionSource, optionsOf } from './form.ts';
import { clean, isStorable, narrow, storable } from './plain-text.ts';
import { readDate } from './read-date.ts';

export interface Read {
  value?: unknown;
  problem?: string;
}

const LISTS = ['checklist', 'taglist', 'filepicker'];
const YES = ['true', 'on', '1', 'yes'];
const NO = ['', 'false', 'off', '0', 'no'];
/** What is repeated in a sentence of an error stays short. */
const quote = (text: string): string => {
  const letters = [...text];
  return letters.length > 40 ? `${letters.slice(0, 40).join('')}…` : text;
};

/** Turns what was sent for one field into its value, or says what is wrong with it. Never throws: whatever comes is either a value or a sentence. */
export function readValue(
  component: Component,
  sent: unknown,
  { options, today }: { options: OptionSource; today: string | undefined },
): Read {
  const label = `“${labelOf(component)}”`;
  if (sent === undefined || sent === null) return component.type === 'checkbox' ? { value: false } : {};
  if (LISTS.includes(component.type)) return readList(component, sent, options, label);
  if (Array.isArray(sent)) {
    if (sent.length === 0) return {};
    const first = scalar(sent[0]);
    return {
      ...(first === undefined ? {} : { value: storable(clean(first)) }),
      problem: `${label}收到了 ${sent.length} 个值，只能填一个，请重新填写。`,
    };
  }
  const raw = scalar(sent);
  if (raw === undefined) return { problem: `${label}应当是一个值，不能是一组内容，请重新填写。` };
  if (!isStorable(raw))
    return { value: storable(clean(raw)), problem: `${label}里有不能保存的字符（显示为 �），请删去后再提交。` };
  const text = clean(raw);
  switch (component.type) {
    case 'checkbox':
      if (YES.includes(text)) return { value: true };
      return NO.includes(text) ? { value: false } : { problem: `${label}只能勾选或不勾选，请重新选择。` };
    case 'radio':
    case 'select': {
      if (text === '') return {};
      const offered = optionsOf(component, options).some((option) => option.value === text);
      return offered
        ? { value: text }
        : { value: text, problem: `${label}里没有“${quote(text)}”这个选项，请从列表中选择。` };
    }
    case 'number': {
      if (text === '') return {};
      const plain = narrow(text).replace(/[,\s]/g, '');
      return /^-?\d{1,15}(\.\d{1,6})?$/.test(plain)
        ? { value: Number(plain) }
        : { value: text, problem: `${label}应当是数字，例如 12 或 12.5。` };
    }
    case 'datetime':
      return text === '' ? {} : readDate(component.subtype ?? 'date', text, label, today);
    default:
      return text === '' ? {} : { value: text };
  }
}

const scalar = (value: unknown): string | undefined =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;

function readList(component: Component, sent: unknown, source: OptionSource, label: string): Read {
  const items = (Array.isArray(sent) ? sent : [sent]).map(scalar);
  if (items.some((item) => item === undefined))
    return { problem: `${label}里应当是一个个选项，不能是一组内容，请重新选择。` };
  const texts = items as string[];
  const unreadable = texts.some((item) => !isStorable(item));
  const unique = [
    ...new Set(
      texts
        .flatMap((item) => (component.type === 'taglist' ? storable(item).split(/[,，、;；\s]+/) : [storable(item)]))
        .map(clean)
        .filter(Boolean),
    ),
  ];
  if (unreadable) return { value: unique, problem: `${label}里有不能保存的字符（显示为 �），请删去后再提交。` };
  if (unique.length > 200) return { value: unique.slice(0, 200), problem: `${label}最多选 200 项，请删减。` };
  if (component.type === 'filepicker') return readFiles(component, unique, source.files ?? [], label);
  const offered = optionsOf(component, source);
  const wrong = offered.length > 0 ? unique.filter((item) => !offered.some((option) => option.value === item)) : [];
  if (wrong.length > 0)
    return { value: unique, problem: `${label}里没有“${quote(wrong.join('、'))}”这个选项，请从列表中选择。` };
  return unique.length > 0 ? { value: unique } : {};
}

/** A file field holds ids of uploads. What is not there any more is named as gone, never silently dropped. */
function readFiles(component: Component, ids: string[], uploads: readonly { value: string }[], label: string): Read {
  const known = ids.filter((id) => uploads.some((upload) => upload.value === id));
  if (known.length < ids.length)
    return { value: known, problem: `${label}里有 ${ids.length - known.length} 个文件已经失效，请重新选择后上传。` };
  if (component.multiple !== true && ids.length > 1)
    return { value: ids, problem: `${label}只能有一个文件，请移除多余的 ${ids.length - 1} 个。` };
  return ids.length > 0 ? { value: ids } : {};
}
