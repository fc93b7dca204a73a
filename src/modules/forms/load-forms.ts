import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '../../kernel/errors.ts';
import type { Component, Form } from './form.ts';
import { lintForm } from './lint-form.ts';

/** A form as it stands in its file. */
export interface FormFile {
  form: Form;
  content: string;
}

/** Reads `processes/<process>/forms/*.form`. Form ids are unique over all processes. Refuses a wrong file with every problem named. */
export async function loadFormFiles(folder: string): Promise<FormFile[]> {
  const found = new Map<string, FormFile>();
  const processes = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  for (const { name: process } of processes.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const files = await readdir(join(folder, process, 'forms')).catch(() => []);
    for (const file of files.filter((name) => name.endsWith('.form')).sort()) {
      const content = await readFile(join(folder, process, 'forms', file), 'utf8');
      const form = parseForm(process, file, content);
      if (found.has(form.id)) throw invalid(`表单编号“${form.id}”用了两次（${process}/${file}）。`);
      found.set(form.id, { form, content });
    }
  }
  return [...found.values()];
}

/** The forms of a folder by their ids. */
export async function loadForms(folder: string): Promise<Map<string, Form>> {
  return new Map((await loadFormFiles(folder)).map(({ form }) => [form.id, form]));
}

export function parseForm(processId: string, file: string, content: string): Form {
  let schema: { id: string; components: Component[]; properties?: { title?: string } };
  try {
    schema = JSON.parse(content);
  } catch (error) {
    throw invalid(`表单文件 ${file} 不是有效的 JSON${placeOf(error as Error)}。请核对括号、引号和逗号。`);
  }
  const problems = lintForm(schema);
  if (problems.length > 0)
    throw invalid(
      `表单文件 ${file} 有 ${problems.length} 处问题：${problems.map((p) => `${p.pointer} ${p.message}`).join('；')}`,
      problems,
    );
  return { id: schema.id, processId, title: schema.properties?.title ?? schema.id, components: schema.components };
}

/** Where the parser stopped, as far as it says. */
function placeOf({ message }: Error): string {
  const [, line, column] = /line (\d+) column (\d+)/.exec(message) ?? [];
  if (line) return `：第 ${line} 行第 ${column} 列读不懂`;
  return /end of JSON/.test(message) ? '：还没有写完' : '';
}
