import type { FieldProblem } from '../../../kernel/errors.ts';
import type { TemplateDeclaration } from './catalogue.ts';

/** Chinese operators count a short message by 70 characters, longer ones by 67; ten parts are more than anybody reads. */
const PART = 67;
const ONE_PART = 70;
const LONGEST_TEXT = 500;
const LONGEST_SUBJECT = 120;
const PLACEHOLDER = /\{\{([^{}]*)\}\}/g;
/** What must not stand in a text by hand: it would go to everybody. */
const PERSONAL: readonly [RegExp, string][] = [
  [/(?<!\d)1[3-9]\d{9}(?!\d)/, '手机号码'],
  [/(?<!\d)\d{17}[\dXx](?!\d)/, '身份证号码'],
  [/(?<!\d)\d{16,19}(?!\d)/, '银行卡号'],
];

export interface TemplateText {
  subject: string;
  body: string;
}

/** How many parts a short message is sent in. */
export const partsOf = (text: string): number => {
  const length = [...text].length;
  return length <= ONE_PART ? 1 : Math.ceil(length / PART);
};

/** Everything wrong with a text, each with its field: unknown placeholders, required ones that are missing, personal data, length. */
export function checkTemplate(declaration: TemplateDeclaration, text: TemplateText): FieldProblem[] {
  const fields = declaration.hasSubject ? (['subject', 'body'] as const) : (['body'] as const);
  const titles = Object.values(declaration.placeholders).map((item) => item.title);
  const problems = fields.flatMap((field) => fieldProblems(field, text[field], titles));
  for (const item of Object.values(declaration.placeholders).filter(({ required }) => required))
    if (!fields.some((field) => text[field].includes(`{{${item.title}}}`)))
      problems.push({
        pointer: '/body',
        message: `正文里没有“{{${item.title}}}”，收到的人就不知道${item.title}。请加上。`,
      });
  return problems;
}

function fieldProblems(field: 'subject' | 'body', value: string, titles: readonly string[]): FieldProblem[] {
  const pointer = `/${field}`;
  const name = field === 'subject' ? '标题' : '正文';
  const most = field === 'subject' ? LONGEST_SUBJECT : LONGEST_TEXT;
  if (!value.trim()) return [{ pointer, message: `“${name}”还没有填写。` }];
  const problems: FieldProblem[] = [];
  const length = [...value].length;
  if (length > most) problems.push({ pointer, message: `“${name}”有 ${length} 字，最多 ${most} 字。请写短一些。` });
  if (field === 'subject' && /[\r\n]/.test(value)) problems.push({ pointer, message: '“标题”只能写一行。' });
  for (const [, found] of value.matchAll(PLACEHOLDER))
    if (!titles.includes(found!))
      problems.push({
        pointer,
        message: `“{{${found}}}”不是这个模板能用的内容。可以用：${titles.map((title) => `{{${title}}}`).join('、')}。`,
      });
  if (/\{\{|\}\}/.test(value.replace(PLACEHOLDER, '')))
    problems.push({ pointer, message: `“${name}”里有不成对的大括号。要替换的内容写成“{{名称}}”。` });
  for (const [pattern, what] of PERSONAL)
    if (pattern.test(value))
      problems.push({ pointer, message: `“${name}”里像是有${what}。模板会发给所有人，请去掉个人信息。` });
  return problems;
}

/** Writes values into a text. A value that is not known leaves nothing behind; values are never read as templates. */
export function renderTemplate(
  declaration: TemplateDeclaration,
  text: TemplateText,
  values: Readonly<Record<string, string>>,
): TemplateText {
  const byTitle = new Map(
    Object.entries(declaration.placeholders).map(([key, { title }]) => [title, values[key] ?? '']),
  );
  const fill = (line: string) => line.replace(PLACEHOLDER, (_, title: string) => byTitle.get(title) ?? '');
  return {
    subject: fill(text.subject).replace(/\s+/g, ' ').trim(),
    body: fill(text.body)
      .split('\n')
      .map((line) => line.trimEnd())
      .filter((line, index, lines) => line !== '' || lines[index - 1] !== '')
      .join('\n')
      .trim(),
  };
}

/** The text with the examples of the catalogue: what an administrator sees before publishing. */
export const previewTemplate = (declaration: TemplateDeclaration, text: TemplateText): TemplateText =>
  renderTemplate(
    declaration,
    text,
    Object.fromEntries(Object.entries(declaration.placeholders).map(([key, { example }]) => [key, example])),
  );
