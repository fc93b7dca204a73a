import { type Component, type Form, inputsOf } from '../../forms/index.ts';
import { type DesignChange, type Facets, facetChanges, facetsInWords } from './design-change.ts';

/** What is other in a later version of a form: its fields by their keys, their words, limits, options and conditions, and their order. */
export function diffForm(before: Form, after: Form): DesignChange[] {
  const [old, young] = [fieldsOf(before), fieldsOf(after)];
  const changes: DesignChange[] = [];
  if (before.title !== after.title)
    changes.push({
      kind: 'changed',
      place: '',
      name: after.title,
      text: `表单的名称：“${before.title}”改为“${after.title}”`,
    });
  for (const [key, field] of young) {
    const known = old.get(key);
    if (known)
      for (const sentence of facetChanges(known.facets, field.facets))
        changes.push({ kind: 'changed', place: key, name: field.name, text: `字段“${known.name}”的${sentence}` });
    else {
      const said = facetsInWords(field.facets, ['标签']);
      changes.push({
        kind: 'added',
        place: key,
        name: field.name,
        text: `增加字段“${field.name}”${said ? `：${said}` : ''}`,
      });
    }
  }
  for (const [key, field] of old)
    if (!young.has(key))
      changes.push({ kind: 'removed', place: key, name: field.name, text: `删除字段“${field.name}”` });
  const stays = (order: Iterable<string>, other: Map<string, unknown>) =>
    [...order].filter((key) => other.has(key)).join(' ');
  if (stays(old.keys(), young) !== stays(young.keys(), old))
    changes.push({
      kind: 'moved',
      place: '',
      name: '',
      text: `字段的次序改为：${[...young.values()].map((field) => field.name).join('、')}`,
    });
  return changes.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

const ORDER = ['added', 'changed', 'removed', 'moved'];

/** Texts and groups have no key of their own: they are known by their id, or by what they say. */
function fieldsOf(form: Form): Map<string, { name: string; facets: Facets }> {
  const fields = new Map<string, { name: string; facets: Facets }>();
  for (const { component, name, hides } of inputsOf(form.components)) {
    const label = component.label ?? component.dateLabel ?? name;
    fields.set(name, { name: label, facets: facetsOf(component, hides) });
  }
  const others = (list: readonly Component[]): void => {
    for (const component of list) {
      if (component.type === 'group') {
        const facets: Facets = new Map([['标题', component.label ?? '']]);
        if (component.conditional?.hide) facets.set('隐藏条件', component.conditional.hide);
        fields.set(`group ${component.path ?? component.id ?? component.label}`, {
          name: `分组 ${component.label ?? ''}`,
          facets,
        });
        others(component.components ?? []);
      } else if (component.type === 'text' && component.text)
        fields.set(`text ${component.id ?? component.text}`, {
          name: `说明文字 ${component.text.slice(0, 12)}`,
          facets: new Map([['文字', component.text]]),
        });
    }
  };
  others(form.components);
  return fields;
}

const LIMITS = {
  required: '必填',
  minLength: '最少字数',
  maxLength: '最多字数',
  min: '不小于',
  max: '不大于',
  pattern: '格式',
  validationType: '格式类型',
} as const;

/** Kinds of fields as the editor calls them. */
const TYPES: Record<string, string> = {
  textfield: '短文本',
  textarea: '长文本',
  number: '数字',
  datetime: '日期时间',
  checkbox: '勾选框',
  checklist: '多项勾选',
  radio: '单选',
  select: '下拉',
  taglist: '标签',
  filepicker: '文件',
};
const PROPERTIES: Record<string, string> = {
  purpose: '用途说明',
  mask: '脱敏',
  patternMessage: '格式不对时的文案',
  requiredMessage: '没有填写时的文案',
  when: '什么时候显示',
};

function facetsOf(component: Component, hides: readonly string[]): Facets {
  const facets: Facets = new Map();
  const say = (title: string, value: unknown) => {
    if (value === undefined || value === null || value === '' || value === false) return;
    facets.set(title, value === true ? '是' : typeof value === 'object' ? JSON.stringify(value) : String(value));
  };
  say('标签', component.label ?? component.dateLabel);
  say('类型', TYPES[component.type] ?? component.type);
  say('说明', component.description);
  for (const [key, title] of Object.entries(LIMITS)) say(title, component.validate?.[key as keyof typeof LIMITS]);
  say('选项', component.values?.map((option) => `${option.label}（${option.value}）`).join('、'));
  say('选项来源', component.valuesKey);
  say('默认值', component.defaultValue);
  say(
    '日期类型',
    { date: '日期', time: '时间', datetime: '日期和时间' }[String(component.subtype)] ?? component.subtype,
  );
  say('可放多个文件', component.multiple);
  say('文件类型', component.accept);
  say('只读', component.readonly);
  say('隐藏条件', hides.join('；'));
  for (const [key, value] of Object.entries(component.properties ?? {})) say(PROPERTIES[key] ?? `附加 ${key}`, value);
  return facets;
}
