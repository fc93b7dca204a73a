import { type Component, inputsOf, lintForm } from '../../../forms/index.ts';
import { lineOf, readJson } from '../../../rules/index.ts';
import { variablesRead } from '../../lint/index.ts';
import type { FormUsage } from './form-usage.ts';

/** One thing wrong or doubtful about a form, with the place in its text. */
export interface FormFinding {
  severity: 'error' | 'warning';
  line: number;
  pointer: string;
  message: string;
}

export interface FormSurroundings {
  /** What `valuesKey` may name. */
  optionSources: readonly string[];
  needs: FormUsage['needs'];
  /** Fields of the version in force that the program reads when the step is done. */
  readByProgram: readonly { name: string; label: string }[];
}

const PERSONAL_KEY = /phone|mobile|idNumber|taxpayerName|contactName|address|email|bankAccount/i;
const PERSONAL_LABEL = /电话|手机|身份证|证件号|姓名|住址|地址|邮箱|联系人|银行卡|银行账号/;

/** Data about a person: what it is collected for has to be said (个人信息保护法 17). */
export const isPersonal = (component: Component): boolean =>
  PERSONAL_KEY.test(component.key ?? '') || PERSONAL_LABEL.test(component.label ?? component.dateLabel ?? '');

/** Everything that speaks against a form where it stands, worst first, each with line and pointer. */
export function lintFormDesign(content: string, around: FormSurroundings): FormFinding[] {
  const read = readJson(content);
  if ('mistake' in read) {
    const { line, column, message } = read.mistake;
    return [{ severity: 'error', line, pointer: '', message: `第 ${column} 列：${message}` }];
  }
  const findings: FormFinding[] = [];
  const say = (severity: FormFinding['severity'], pointer: string, message: string) =>
    findings.push({ severity, pointer, message, line: lineOf(content, read.root, pointer) });
  for (const problem of lintForm(read.value)) say('error', problem.pointer, problem.message);
  const components = (read.value as { components?: Component[] } | null)?.components;
  if (!Array.isArray(components)) return findings;
  // What is so broken that it has no fields has been said.
  if (findings.some((finding) => /\/components\/\d+$/.test(finding.pointer))) return findings;
  if (components.length === 0) say('warning', '/components', '还没有字段。先加“措施”。');
  walk(components, '/components', (component, pointer) => {
    if (component.valuesKey && !around.optionSources.includes(component.valuesKey))
      say(
        'error',
        `${pointer}/valuesKey`,
        `选项来源“${component.valuesKey}”不存在。可用：${around.optionSources.join('、')}。`,
      );
    if (component.key && isPersonal(component) && !component.properties?.purpose)
      say(
        'warning',
        pointer,
        `“${component.label ?? component.key}”像是个人信息，还没有写用途说明。请写明收集它做什么用。`,
      );
  });
  const names = new Set(inputsOf(components).map((input) => input.name));
  const known = new Set([...names].map((name) => name.split('.')[0]!));
  walk(components, '/components', (component, pointer) => {
    const hide = component.conditional?.hide;
    const strange = typeof hide === 'string' ? variablesRead(hide).filter((name) => !known.has(name)) : [];
    if (strange.length > 0)
      say(
        'warning',
        `${pointer}/conditional/hide`,
        `“${component.label ?? component.key ?? component.type}”的隐藏条件用到${strange.map((name) => `“${name}”`).join('、')}，表单里没有这个字段，条件会一直当它没有值。请改正名称。`,
      );
  });
  for (const need of around.needs)
    if (!names.has(need.name))
      say('error', '/components', `不能删除“${need.name}”：${need.by}用到它。请把字段加回来，或先改那一处。`);
  for (const field of around.readByProgram)
    if (!names.has(field.name))
      say(
        'warning',
        '/components',
        `字段“${field.label}”（${field.name}）不见了：程序办结这一步时要读它，没有它这一步可能办不成。`,
      );
  return findings.sort((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error') || a.line - b.line);
}

function walk(list: readonly Component[], at: string, visit: (component: Component, pointer: string) => void): void {
  for (const [index, component] of list.entries()) {
    visit(component, `${at}/${index}`);
    if (component.components) walk(component.components, `${at}/${index}/components`, visit);
  }
}
