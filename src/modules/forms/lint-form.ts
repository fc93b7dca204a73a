import { isValidCondition } from './conditions.ts';
import { type Component, INPUTS, STATIC } from './form.ts';

export interface FormProblem {
  pointer: string;
  message: string;
}

/** Everything wrong with a form file, each with its place. An unknown component is an error, never a blank. */
export function lintForm(input: unknown): FormProblem[] {
  const problems: FormProblem[] = [];
  const schema = input as { id?: string; components?: Component[]; schemaVersion?: number };
  if (typeof input !== 'object' || input === null || !Array.isArray(schema.components))
    return [{ pointer: '', message: '表单文件没有组件列表（components）。' }];
  if (!schema.id) problems.push({ pointer: '/id', message: '表单没有编号（id）。' });
  const names = new Map<string, string>();
  const walk = (components: readonly Component[], at: string, path: string): void => {
    for (const [index, component] of components.entries()) check(component, `${at}/${index}`, path);
  };
  const check = (component: Component, pointer: string, path: string): void => {
    if (typeof component !== 'object' || component === null) {
      problems.push({ pointer, message: '这里应当是一个组件。' });
      return;
    }
    const say = (key: string, message: string): void => {
      problems.push({ pointer: `${pointer}${key}`, message });
    };
    const known = [...INPUTS, ...STATIC] as readonly string[];
    if (!known.includes(component.type))
      return say('/type', `不支持组件“${component.type}”。可用：${known.join('、')}。`);
    const hide = component.conditional?.hide;
    if (hide !== undefined && !isValidCondition(hide))
      say('/conditional/hide', `隐藏条件“${hide}”不是以“=”开头的有效 FEEL 表达式。`);
    if (component.type === 'group')
      return walk(
        component.components ?? [],
        `${pointer}/components`,
        component.path ? `${path}${component.path}.` : path,
      );
    if ((STATIC as readonly string[]).includes(component.type)) return;
    if (!component.key || !/^[A-Za-z_][\w.]*$/.test(component.key))
      return say('/key', `组件的键“${component.key ?? ''}”应当以字母开头，只含字母、数字、下划线。`);
    const name = path + component.key;
    if (names.has(name))
      say('/key', `字段键“${name}”重复，${placeInWords(names.get(name)!)}与${placeInWords(pointer)}。请改其中一个。`);
    names.set(name, pointer);
    if (name.split('.').some((part) => part in Object.prototype))
      return say('/key', `键“${name}”是程序保留的名字，请换一个。`);
    for (const flag of ['readonly', 'disabled'] as const)
      if (component[flag] !== undefined && typeof component[flag] !== 'boolean')
        say(`/${flag}`, `组件“${name}”的 ${flag} 只能是 true 或 false，不支持表达式。`);
    for (const rule of ['minLength', 'maxLength', 'min', 'max'] as const)
      if (component.validate?.[rule] !== undefined && typeof component.validate[rule] !== 'number')
        say(`/validate/${rule}`, `组件“${name}”的 ${rule} 应当是数字。`);
    for (const [least, most, of] of [
      ['min', 'max', '值'],
      ['minLength', 'maxLength', '字数'],
    ] as const)
      if (Number(component.validate?.[least]) > Number(component.validate?.[most]))
        say(`/validate/${least}`, `组件“${name}”的最小${of}大于最大${of}，填什么都不行。请改其中一个。`);
    if (component.type === 'datetime' && component.subtype && !['date', 'time', 'datetime'].includes(component.subtype))
      say('/subtype', `日期组件“${name}”的种类“${component.subtype}”不认识，可用 date、time、datetime。`);
    const repeated = (component.values ?? []).map((option) => option.value);
    if (new Set(repeated).size !== repeated.length) say('/values', `组件“${name}”有两个选项的值相同。`);
    if (!component.label && !component.dateLabel) say('/label', `组件“${name}”没有标签，读屏软件读不出来。`);
    if (
      ['radio', 'select', 'checklist', 'taglist'].includes(component.type) &&
      !component.values &&
      !component.valuesKey
    )
      say('', `组件“${name}”没有选项。`);
    if (component.validate?.pattern) {
      try {
        new RegExp(component.validate.pattern, 'u');
      } catch {
        say('/validate/pattern', `“${component.validate.pattern}”不是有效的正则表达式。`);
      }
      if (REPEATED_REPEAT.test(component.validate.pattern))
        say(
          '/validate/pattern',
          `正则表达式“${component.validate.pattern}”在重复里又有重复，遇到有些内容会算很久。请去掉里面或外面的 + 或 *。`,
        );
    }
  };
  walk(schema.components, '/components', '');
  return problems;
}

/** `(a+)+`: tried in exponentially many ways on a text that does not fit. */
const REPEATED_REPEAT = /\((?:[^()\\]|\\.)*[+*](?:[^()\\]|\\.)*\)[+*{]/;

/** “第 2 项”, “第 5 项里的第 1 项”: places as people count them. */
const placeInWords = (pointer: string): string =>
  [...pointer.matchAll(/\/(\d+)/g)].map(([, index]) => `第 ${Number(index) + 1} 项`).join('里的');
