import { COMPONENT_NAMES, type Form, inputsOf, labelOf } from './form.ts';

/** A form as a table: every field with what may be typed into it. */
export interface FormField {
  name: string;
  label: string;
  kind: string;
  required: boolean;
  hint: string;
  limits: string[];
  options: string[];
  /** Where options come from, when the form does not list them itself. */
  source: string | null;
  /** When the field is left out, as the form says it. */
  condition: string | null;
}

export function formOutline(form: Form): FormField[] {
  return inputsOf(form.components).map(({ component, name, hides }) => {
    const { required, minLength, maxLength, min, max, pattern } = component.validate ?? {};
    const limits = [
      minLength !== undefined && `至少 ${minLength} 个字`,
      maxLength !== undefined && `最多 ${maxLength} 个字`,
      min !== undefined && `不小于 ${min}`,
      max !== undefined && `不大于 ${max}`,
      pattern !== undefined && `格式 ${pattern}`,
    ].filter((limit) => limit !== false);
    return {
      name,
      label: labelOf(component),
      kind: COMPONENT_NAMES[component.type] ?? component.type,
      required: required === true,
      hint: component.description ?? '',
      limits,
      options: (component.values ?? []).map((option) => option.label),
      source: component.valuesKey ?? null,
      condition: component.properties?.when ?? (hides.length > 0 ? `隐藏条件 ${hides.join('；')}` : null),
    };
  });
}
