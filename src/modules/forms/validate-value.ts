import { type Component, labelOf } from './form.ts';
import { lengthOf } from './plain-text.ts';

/** Longest texts where the schema sets no limit of its own. */
export const CAPS: Record<string, number> = { textfield: 200, textarea: 5000 };

const CHOICES = ['radio', 'select', 'checklist', 'taglist'];

/** The rules of the schema; a sentence that names the field and says how to put it right. */
export function validateValue(component: Component, value: unknown): string | undefined {
  const label = `“${labelOf(component)}”`;
  if (isEmpty(component, value)) return component.validate?.required ? missing(component, label) : undefined;
  if (typeof value === 'string' && (component.type === 'textfield' || component.type === 'textarea'))
    return wrongText(component, value, label);
  if (typeof value === 'number') {
    const { min, max } = component.validate ?? {};
    if (min !== undefined && value < min) return `${label}不能小于 ${min}。`;
    if (max !== undefined && value > max) return `${label}不能大于 ${max}。`;
  }
  return undefined;
}

const isEmpty = (component: Component, value: unknown): boolean =>
  value === undefined ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  (component.type === 'checkbox' && value !== true);

function missing(component: Component, label: string): string {
  const own = component.properties?.requiredMessage;
  if (own) return own;
  if (component.type === 'checkbox') return `请勾选${label}。`;
  if (component.type === 'filepicker') return `还没有上传${label}。请选择文件，点“上传”或直接提交。`;
  return CHOICES.includes(component.type) ? `还没选${label}。` : `${label}还没有填写。`;
}

function wrongText(component: Component, value: string, label: string): string | undefined {
  const rules = component.validate ?? {};
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
  return undefined;
}
