import type { FieldProblem } from '../../kernel/errors.ts';
import { conditionTree, hides } from './conditions.ts';
import {
  type Component,
  type Form,
  inputsOf,
  isInput,
  labelOf,
  type OptionSource,
  optionsOf,
  type Values,
} from './form.ts';

/** What a template needs to draw a form; no template decides anything. */
export interface PresentedForm {
  id: string;
  title: string;
  nodes: PresentedNode[];
  problems: { href: string; message: string }[];
}

export type PresentedNode = PresentedField | PresentedGroup | PresentedText;

interface Base {
  /** Condition for the browser, as JSON; absent when the field always shows. */
  condition?: string;
  /** Without JavaScript: when it is to be filled. */
  when?: string;
  /** The condition hides it for the values at hand. */
  hidden: boolean;
}
export interface PresentedField extends Base {
  kind: 'field';
  type: string;
  subtype?: string;
  id: string;
  name: string;
  label: string;
  hint?: string;
  required: boolean;
  readonly: boolean;
  error?: string;
  value: string;
  values: string[];
  checked: boolean;
  options: { value: string; label: string; id: string; chosen: boolean }[];
  maxLength?: number;
  rows?: number;
  autocomplete?: string;
  inputMode?: string;
  prefix?: string;
  suffix?: string;
  describedBy?: string;
}
export interface PresentedGroup extends Base {
  kind: 'group';
  label?: string;
  nodes: PresentedNode[];
}
export interface PresentedText extends Base {
  kind: 'text' | 'separator' | 'spacer';
  text?: string;
}

export interface Presentation {
  values?: Values;
  problems?: readonly FieldProblem[];
  options?: OptionSource;
}

const CAPS: Record<string, number> = { textfield: 200, textarea: 5000 };

/** Turns the schema and what is known into a view; the same schema validates the answer. */
export function presentForm(
  form: Form,
  { values = {}, problems = [], options = {} }: Presentation = {},
): PresentedForm {
  const errors = new Map(problems.map((problem) => [problem.pointer.slice(1).replaceAll('/', '.'), problem.message]));
  const known = {
    ...Object.fromEntries(
      inputsOf(form.components).map(({ component, name }) => [name, component.defaultValue ?? null]),
    ),
    ...values,
  };
  const walk = (components: readonly Component[], path: string): PresentedNode[] =>
    components.map((component): PresentedNode => {
      const base = conditionOf(component, known);
      if (component.type === 'group')
        return {
          kind: 'group',
          ...base,
          ...(component.label ? { label: component.label } : {}),
          nodes: walk(component.components ?? [], component.path ? `${path}${component.path}.` : path),
        };
      if (!isInput(component))
        return { kind: component.type as 'text', ...base, ...(component.text ? { text: component.text } : {}) };
      return field(
        component,
        path + component.key,
        base,
        known[path + component.key],
        errors.get(path + component.key),
        options,
      );
    });
  return {
    id: form.id,
    title: form.title,
    nodes: walk(form.components, ''),
    problems: problems.map((problem) => ({
      href: `#${idOf(problem.pointer.slice(1).replaceAll('/', '.'))}`,
      message: problem.message,
    })),
  };
}

const idOf = (name: string): string => `f-${name.replaceAll('.', '-')}`;

function conditionOf(component: Component, values: Values): Base {
  const hide = component.conditional?.hide;
  if (!hide) return { hidden: false };
  const tree = conditionTree(hide);
  return {
    hidden: hides(hide, values),
    ...(tree ? { condition: JSON.stringify(tree) } : {}),
    ...(component.properties?.when ? { when: component.properties.when } : {}),
  };
}

function field(
  component: Component,
  name: string,
  base: Base,
  value: unknown,
  error: string | undefined,
  source: OptionSource,
): PresentedField {
  const id = idOf(name);
  const list = Array.isArray(value)
    ? value.map(String)
    : value === null || value === undefined || value === ''
      ? []
      : [String(value)];
  const hint =
    component.description || base.when ? [base.when, component.description].filter(Boolean).join(' ') : undefined;
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ');
  const most = component.validate?.maxLength ?? CAPS[component.type];
  return {
    kind: 'field',
    ...base,
    type: component.type,
    ...(component.type === 'datetime' ? { subtype: component.subtype ?? 'date' } : {}),
    id,
    name,
    label: labelOf(component),
    ...(hint ? { hint } : {}),
    required: component.validate?.required === true,
    readonly: component.readonly === true || component.disabled === true,
    ...(error ? { error } : {}),
    value: inputValue(component, value),
    values: list,
    checked: value === true || value === 'true',
    options: optionsOf(component, source).map((option, index) => ({
      ...option,
      id: `${id}-${index}`,
      chosen: list.includes(option.value),
    })),
    ...(most ? { maxLength: most } : {}),
    rows: Number(component.properties?.rows ?? 4),
    ...(component.properties?.autocomplete ? { autocomplete: component.properties.autocomplete } : {}),
    ...(component.type === 'number'
      ? { inputMode: 'decimal' }
      : component.validate?.validationType === 'phone'
        ? { inputMode: 'tel' }
        : {}),
    ...(component.appearance?.prefixAdorner ? { prefix: component.appearance.prefixAdorner } : {}),
    ...(component.appearance?.suffixAdorner ? { suffix: component.appearance.suffixAdorner } : {}),
    ...(described ? { describedBy: described } : {}),
  };
}

/** Dates for `<input type=datetime-local>`: the wall clock in Shanghai, without offset. */
function inputValue(component: Component, value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = Array.isArray(value) ? value.join('、') : String(value);
  if (component.type !== 'datetime' || component.subtype !== 'datetime') return text;
  const time = Date.parse(text);
  if (Number.isNaN(time) || !/[Z+]|-\d\d:\d\d$/.test(text.slice(10))) return text.slice(0, 16);
  return new Date(time + 8 * 3600_000).toISOString().slice(0, 16);
}
