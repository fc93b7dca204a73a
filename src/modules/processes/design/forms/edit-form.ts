import { conflict, notFound } from '../../../../kernel/errors.ts';
import { COMPONENT_NAMES, type Component } from '../../../forms/index.ts';
import { insertItem, readJson, removeItem, setMember, swapItems } from '../../../rules/index.ts';

/** One component of a form file, where it stands and how deep. */
export interface FormRow {
  /** `/components/2/components/0` */
  pointer: string;
  /** `2.0`, for addresses. */
  at: string;
  depth: number;
  isFirst: boolean;
  isLast: boolean;
  component: Component;
}

/** The components a text holds, group by group; undefined when it is no form file at all. */
export function formRows(content: string): FormRow[] | undefined {
  const read = readJson(content);
  const list = 'mistake' in read ? undefined : (read.value as { components?: unknown })?.components;
  if (!Array.isArray(list)) return undefined;
  const rows: FormRow[] = [];
  const walk = (components: readonly Component[], pointer: string, at: string, depth: number): void => {
    for (const [index, component] of components.entries()) {
      if (typeof component !== 'object' || component === null) continue;
      const own = { pointer: `${pointer}/${index}`, at: `${at}${index}` };
      rows.push({ ...own, depth, isFirst: index === 0, isLast: index === components.length - 1, component });
      if (Array.isArray(component.components))
        walk(component.components, `${own.pointer}/components`, `${own.at}.`, depth + 1);
    }
  };
  walk(list, '/components', '', 0);
  return rows;
}

export function rowAt(content: string, at: string): FormRow {
  const row = formRows(content)?.find((item) => item.at === at);
  if (!row) throw notFound('没有找到这个字段，它可能刚被移走或删除。请回到字段表查看。');
  return row;
}

/** Adds a component at the end of the form, or of a group; answers the text and where it stands. */
export function addComponent(content: string, type: string, group?: string): { content: string; at: string } {
  const rows = formRows(content) ?? [];
  const parent = group === undefined ? undefined : rowAt(content, group);
  const pointer = parent ? `${parent.pointer}/components` : '/components';
  const siblings = rows.filter(
    (row) => row.pointer.startsWith(`${pointer}/`) && !row.pointer.slice(pointer.length + 1).includes('/'),
  );
  const component = fresh(type, rows);
  const at = `${parent ? `${parent.at}.` : ''}${siblings.length}`;
  const withList =
    parent && !parent.component.components ? setMember(content, parent.pointer, 'components', []) : content;
  return { content: insertItem(withList, pointer, siblings.length, component), at };
}

/** A new component that is right as it stands: a key nobody has, a label, options where it needs some. */
function fresh(type: string, rows: readonly FormRow[]): Component {
  const taken = new Set(rows.flatMap(({ component }) => [component.key, component.id]));
  let number = rows.length + 1;
  while (taken.has(`field${number}`) || taken.has(`Field_${number}`)) number += 1;
  const id = `Field_${number}`;
  if (type === 'separator' || type === 'spacer') return { type, id };
  if (type === 'text') return { type, id, text: '说明文字' };
  if (type === 'group') return { type, id, label: '新分组', components: [] };
  const choice = ['radio', 'select', 'checklist', 'taglist'].includes(type);
  return {
    type,
    id,
    key: `field${number}`,
    ...(type === 'datetime' ? { subtype: 'date', dateLabel: '新字段' } : { label: '新字段' }),
    ...(choice ? { values: [{ value: 'option1', label: '选项一' }] } : {}),
  };
}

/** Lets a component change places with the one before or after it, within its group. */
export function moveComponent(content: string, at: string, step: -1 | 1): string {
  const row = rowAt(content, at);
  if ((step < 0 && row.isFirst) || (step > 0 && row.isLast))
    throw conflict(`“${labelOfRow(row)}”已经在${step < 0 ? '最前' : '最后'}，不能再移。`, { reason: 'field-at-end' });
  const { list, index } = placeIn(row);
  return swapItems(content, list, index, index + step);
}

export function removeComponent(content: string, at: string): string {
  const { list, index } = placeIn(rowAt(content, at));
  return removeItem(content, list, index);
}

const placeIn = ({ pointer }: FormRow): { list: string; index: number } => ({
  list: pointer.slice(0, pointer.lastIndexOf('/')),
  index: Number(pointer.slice(pointer.lastIndexOf('/') + 1)),
});

export const labelOfRow = ({ component }: FormRow): string =>
  component.label ??
  component.dateLabel ??
  component.text?.slice(0, 20) ??
  component.key ??
  COMPONENT_NAMES[component.type] ??
  '';

/** Writes properties of a component, `validate.required` the way down; undefined takes one away. What is not named stays as it is written. */
export function writeComponent(content: string, at: string, properties: Readonly<Record<string, unknown>>): string {
  const { pointer } = rowAt(content, at);
  let text = content;
  for (const [path, value] of Object.entries(properties)) {
    const [head, member] = path.split('.') as [string, string | undefined];
    if (member === undefined) text = setMember(text, pointer, head, value);
    else {
      const known = (rowAt(text, at).component as unknown as Record<string, object | undefined>)[head];
      if (known) text = setMember(text, `${pointer}/${head}`, member, value);
      else if (value !== undefined) text = setMember(text, pointer, head, { [member]: value });
      const left = (rowAt(text, at).component as unknown as Record<string, object | undefined>)[head];
      if (left && Object.keys(left).length === 0) text = setMember(text, pointer, head, undefined);
    }
  }
  return text;
}

/** A new form: a title, one field to begin with. */
export const emptyForm = ({ id, title }: { id: string; title: string }): string =>
  `${JSON.stringify(
    {
      id,
      type: 'default',
      schemaVersion: 17,
      properties: { title },
      components: [{ type: 'textarea', id: 'Field_1', key: 'measures', label: '措施', validate: { required: true } }],
    },
    null,
    2,
  )}\n`;
