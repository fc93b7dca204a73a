import type { FieldProblem } from '../kernel/errors.ts';
import { textOf } from './route.ts';

/** A field of a page that is not a form-js form, drawn by the same templates in `views/fields`. */
export interface FieldSpec {
  type: 'textfield' | 'textarea' | 'select' | 'radio' | 'checklist';
  name: string;
  label: string;
  required?: boolean;
  hint?: string;
  rows?: number;
  maxLength?: number;
  inputMode?: string;
  autocomplete?: string;
  options?: readonly { value: string; label: string }[];
}

export interface ProblemView {
  field: string;
  href: string;
  message: string;
}

export type Typed = Record<string, string | readonly string[]>;

/** What was typed, by field: forms are given back filled. */
export const typedIn = (body: Record<string, unknown>): Typed =>
  Object.fromEntries(
    Object.entries(body ?? {}).map(([name, value]) => [name, Array.isArray(value) ? value.map(String) : String(value)]),
  );

/** All values of a field that may come several times. */
export const textsOf = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).flatMap((item) => textOf(item) ?? []);

/** Problems by field, with the link the summary leads to. Those of no field lead to the first one. */
export const problemViews = (problems: readonly FieldProblem[], prefix = 'f'): ProblemView[] =>
  problems.map(({ pointer, message }) => {
    const field = pointer.split('/')[1] ?? '';
    return { field, href: field ? `#${prefix}-${field}` : '#main', message };
  });

/** Fields as `views/fields` draws them. */
export function fieldViews(
  specs: readonly FieldSpec[],
  values: Typed = {},
  problems: readonly ProblemView[] = [],
  prefix = 'f',
) {
  return specs.map((spec) => {
    const id = `${prefix}-${spec.name}`;
    const error = problems.find((problem) => problem.field === spec.name)?.message ?? '';
    const value = values[spec.name] ?? '';
    const chosen = Array.isArray(value) ? value : [value];
    return {
      ...spec,
      kind: 'field',
      id,
      value: Array.isArray(value) ? value.join('、') : value,
      error,
      hint: spec.hint ?? '',
      rows: spec.rows ?? 4,
      describedBy: [spec.hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' '),
      options: (spec.options ?? []).map((option, index) => ({
        ...option,
        id: `${id}-${index}`,
        chosen: chosen.includes(option.value),
      })),
    };
  });
}
