import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { invalid } from '../../kernel/errors.ts';
import type { Component, Form } from './form.ts';
import { lintForm } from './lint-form.ts';

/** Reads `processes/<process>/forms/*.form`. Form ids are unique over all processes. Refuses a wrong file with every problem named. */
export async function loadForms(folder: string): Promise<Map<string, Form>> {
  const forms = new Map<string, Form>();
  for (const process of (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory())) {
    const files = await readdir(join(folder, process.name, 'forms')).catch(() => []);
    for (const file of files.filter((name) => name.endsWith('.form')).sort()) {
      const form = parseForm(process.name, file, await readFile(join(folder, process.name, 'forms', file), 'utf8'));
      if (forms.has(form.id)) throw invalid(`表单编号“${form.id}”用了两次（${process.name}/${file}）。`);
      forms.set(form.id, form);
    }
  }
  return forms;
}

export function parseForm(processId: string, file: string, content: string): Form {
  let schema: { id: string; components: Component[]; properties?: { title?: string } };
  try {
    schema = JSON.parse(content);
  } catch (error) {
    throw invalid(`表单文件 ${file} 不是有效的 JSON：${(error as Error).message}`);
  }
  const problems = lintForm(schema);
  if (problems.length > 0)
    throw invalid(
      `表单文件 ${file} 有 ${problems.length} 处问题：${problems.map((p) => `${p.pointer} ${p.message}`).join('；')}`,
      problems,
    );
  return { id: schema.id, processId, title: schema.properties?.title ?? schema.id, components: schema.components };
}
