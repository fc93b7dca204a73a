/** The part of the form-js schema that is drawn and validated here. */
export interface Component {
  id?: string;
  type: string;
  key?: string;
  label?: string;
  description?: string;
  text?: string;
  path?: string;
  components?: Component[];
  values?: Option[];
  valuesKey?: string;
  defaultValue?: unknown;
  subtype?: 'date' | 'time' | 'datetime';
  dateLabel?: string;
  timeLabel?: string;
  /** File field: several files; `accept` as in HTML. */
  multiple?: boolean;
  accept?: string;
  readonly?: boolean;
  disabled?: boolean;
  appearance?: { prefixAdorner?: string; suffixAdorner?: string };
  conditional?: { hide?: string };
  validate?: {
    required?: boolean;
    minLength?: number;
    maxLength?: number;
    min?: number;
    max?: number;
    pattern?: string;
    validationType?: 'email' | 'phone';
  };
  /** form-js' grid: fields of one `row` stand side by side, `columns` of 16. */
  layout?: { row?: string; columns?: number | null };
  /** Free additions: `when` (the sentence shown without JavaScript), `rows`, `autocomplete`, `autofocus`, `folded`, `patternMessage`, `requiredMessage`, `purpose` (told to whoever fills it in), `mask` (`yes`: never shown in full afterwards). */
  properties?: Record<string, string>;
}

export interface Option {
  value: string;
  label: string;
}

export interface Form {
  id: string;
  processId: string;
  title: string;
  components: Component[];
}

/** Options for `valuesKey`: departments, tags, ...; under `files` the uploads a file field may name, by id. */
export type OptionSource = Record<string, readonly Option[]>;
export type Values = Record<string, unknown>;

export const INPUTS = [
  'textfield',
  'textarea',
  'number',
  'datetime',
  'checkbox',
  'checklist',
  'radio',
  'select',
  'taglist',
  'filepicker',
] as const;
export const STATIC = ['group', 'text', 'separator', 'spacer'] as const;

/** What can be put into a form, exactly what the pages draw, by the word people know it by. */
export const COMPONENT_NAMES: Readonly<Record<string, string>> = {
  textfield: '单行文字',
  textarea: '多行文字',
  number: '数字',
  datetime: '日期时间',
  checkbox: '勾选',
  checklist: '多选',
  radio: '单选',
  select: '下拉选择',
  taglist: '标签',
  filepicker: '附件',
  group: '分组',
  text: '说明文字',
  separator: '分隔线',
  spacer: '空白',
};

export const isInput = (component: Component): boolean => (INPUTS as readonly string[]).includes(component.type);

/** Every input of a form with its full name; groups with a path put it in front (`notice.method`). */
export function inputsOf(
  components: readonly Component[],
  prefix = '',
): { component: Component; name: string; hides: string[] }[] {
  const found: { component: Component; name: string; hides: string[] }[] = [];
  const walk = (list: readonly Component[], path: string, hides: string[]): void => {
    for (const component of list) {
      const own = component.conditional?.hide ? [...hides, component.conditional.hide] : hides;
      if (component.type === 'group')
        walk(component.components ?? [], component.path ? `${path}${component.path}.` : path, own);
      else if (isInput(component) && component.key) found.push({ component, name: path + component.key, hides: own });
    }
  };
  walk(components, prefix, []);
  return found;
}

export const optionsOf = (component: Component, source: OptionSource): readonly Option[] =>
  component.values ?? (component.valuesKey ? (source[component.valuesKey] ?? []) : []);

export const labelOf = (component: Component): string => component.label ?? component.dateLabel ?? component.key ?? '';

/** Names of the file fields of a form. */
export const fileFieldsOf = (form: Form): string[] =>
  inputsOf(form.components)
    .filter(({ component }) => component.type === 'filepicker')
    .map(({ name }) => name);
