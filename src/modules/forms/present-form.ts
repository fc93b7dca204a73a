import type { FieldProblem } from '../../kernel/errors.ts';
import { conditionTree, contextOf, hides } from './conditions.ts';
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
import { CAPS } from './validate-value.ts';

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
  /** How much of the row it takes, of 16 parts (form-js' own layout). */
  columns: number;
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
  /** File field. */
  multiple?: boolean;
  accept?: string;
  maxLength?: number;
  rows?: number;
  autocomplete?: string;
  autofocus: boolean;
  /** A date in words, “2026年11月23日 周一 工作日”. */
  echo?: string;
  inputMode?: string;
  prefix?: string;
  suffix?: string;
  describedBy?: string;
  /** Shown to nobody in full once it has been sent. */
  masked?: boolean;
}
export interface PresentedGroup extends Base {
  kind: 'group';
  label?: string;
  /** Drawn folded up; open when something in it is filled, wrong or asked for. */
  folded?: { open: boolean };
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
  /** Says a day in words; absent = dates are not repeated in words. */
  dayInWords?: (day: string) => string;
  /** Whether the field marked for it takes the focus; false where something else on the page does. */
  autofocus?: boolean;
}

/** Turns the schema and what is known into a view; the same schema validates the answer. */
export function presentForm(
  form: Form,
  { values = {}, problems = [], options = {}, dayInWords, autofocus = true }: Presentation = {},
): PresentedForm {
  const errors = new Map(problems.map((problem) => [problem.pointer.slice(1).replaceAll('/', '.'), problem.message]));
  const inputs = inputsOf(form.components);
  const known = {
    ...Object.fromEntries(inputs.map(({ component, name }) => [name, component.defaultValue ?? null])),
    ...values,
  };
  const context = contextOf(
    inputs.map(({ name }) => name),
    known,
  );
  const walk = (components: readonly Component[], path: string): PresentedNode[] =>
    components.map((component): PresentedNode => {
      const base = { ...conditionOf(component, context), columns: columnsOf(component, components) };
      if (component.type === 'group') {
        const nodes = walk(component.components ?? [], component.path ? `${path}${component.path}.` : path);
        return {
          kind: 'group',
          ...base,
          ...(component.label ? { label: component.label } : {}),
          ...(component.properties?.folded ? { folded: { open: shouldBeOpen(component, base, nodes) } } : {}),
          nodes,
        };
      }
      if (!isInput(component))
        return { kind: component.type as 'text', ...base, ...(component.text ? { text: component.text } : {}) };
      const name = path + component.key;
      return field(component, name, base, {
        value: known[name],
        error: errors.get(name),
        options,
        dayInWords,
        autofocus,
      });
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

/** A conditional group that applies is open; any group is open that holds something typed or wrong. */
function shouldBeOpen(component: Component, base: { hidden: boolean }, nodes: readonly PresentedNode[]): boolean {
  if (component.conditional?.hide && !base.hidden) return true;
  const children = component.components ?? [];
  return nodes.some((node, index) => {
    if (node.kind === 'group') return node.folded?.open === true;
    if (node.kind !== 'field') return false;
    const usual = children[index]?.defaultValue;
    const filled = node.type === 'checkbox' ? node.checked : node.values.length > 0;
    return node.error !== undefined || (filled && String(usual ?? '') !== node.values.join());
  });
}

/** Parts of 16: as the layout says; fields of one row without a number share it. */
function columnsOf(component: Component, siblings: readonly Component[]): number {
  const { columns, row } = component.layout ?? {};
  if (columns) return Math.min(16, Math.max(2, Math.round(columns)));
  if (!row) return 16;
  const alike = siblings.filter((sibling) => sibling.layout?.row === row);
  const taken = alike.reduce((sum, sibling) => sum + (sibling.layout?.columns ?? 0), 0);
  const open = alike.filter((sibling) => !sibling.layout?.columns).length;
  return Math.max(2, Math.floor((16 - taken) / Math.max(1, open)));
}

const idOf = (name: string): string => `f-${name.replaceAll('.', '-')}`;

function conditionOf(component: Component, values: Values): Omit<Base, 'columns'> {
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
  {
    value,
    error,
    options: source,
    dayInWords,
    autofocus,
  }: {
    value: unknown;
    error: string | undefined;
    options: OptionSource;
    dayInWords: ((day: string) => string) | undefined;
    autofocus: boolean;
  },
): PresentedField {
  const id = idOf(name);
  const list = Array.isArray(value)
    ? value.map(String)
    : value === null || value === undefined || value === ''
      ? []
      : [String(value)];
  const { purpose } = component.properties ?? {};
  const hint = [base.when, component.description, purpose && `用途：${purpose}`].filter(Boolean).join(' ') || undefined;
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
    options: (component.type === 'filepicker'
      ? (source.files ?? []).filter((file) => list.includes(file.value))
      : optionsOf(component, source)
    ).map((option, index) => ({
      ...option,
      id: `${id}-${index}`,
      chosen: list.includes(option.value),
    })),
    ...(component.type === 'filepicker'
      ? { multiple: component.multiple === true, accept: component.accept ?? '' }
      : {}),
    ...(most ? { maxLength: most } : {}),
    rows: Number(component.properties?.rows ?? 4),
    autofocus: autofocus && component.properties?.autofocus === 'true',
    ...echoOf(component, value, dayInWords),
    ...(component.properties?.autocomplete ? { autocomplete: component.properties.autocomplete } : {}),
    ...(component.properties?.inputMode === 'tel'
      ? { inputMode: 'tel' }
      : component.type === 'number'
        ? { inputMode: 'decimal' }
        : component.validate?.validationType === 'phone'
          ? { inputMode: 'tel' }
          : {}),
    ...(component.appearance?.prefixAdorner ? { prefix: component.appearance.prefixAdorner } : {}),
    ...(component.appearance?.suffixAdorner ? { suffix: component.appearance.suffixAdorner } : {}),
    ...(described ? { describedBy: described } : {}),
    ...(component.properties?.mask === 'yes' ? { masked: true } : {}),
  };
}

/** What stands in the input. Instants are shown as the wall clock in Shanghai, without offset: `2026-11-23 09:12`. */
function inputValue(component: Component, value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = Array.isArray(value) ? value.join('、') : String(value);
  if (component.type !== 'datetime' || component.subtype !== 'datetime') return text;
  const time = Date.parse(text);
  if (Number.isNaN(time) || !/(Z|[+-]\d\d:?\d\d)$/.test(text.slice(10))) return text;
  return new Date(time + 8 * 3600_000).toISOString().slice(0, 16).replace('T', ' ');
}

function echoOf(
  component: Component,
  value: unknown,
  dayInWords: ((day: string) => string) | undefined,
): { echo?: string } {
  if (component.type !== 'datetime' || component.subtype === 'time' || !dayInWords) return {};
  const day = inputValue(component, value).slice(0, 10);
  return /^\d{4}-\d{2}-\d{2}$/.test(day) && !Number.isNaN(Date.parse(day)) ? { echo: dayInWords(day) } : {};
}
