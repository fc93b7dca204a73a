import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Sql } from '../../db/sql.ts';
import { designsInForce, readDiagram } from '../../modules/processes/index.ts';
import { requireDiagrams } from './deploy-designs.ts';

/**
 * Writes everything in force as files, byte for byte as it was published: diagrams, forms, scenarios, rules and examples, and beside each
 * process a README where there is none. A file that is the same already is left alone. Answers the paths that were written.
 */
export async function exportDesigns(sql: Sql, folder: string): Promise<{ files: number; written: string[] }> {
  const designs = await designsInForce(sql);
  requireDiagrams(designs);
  const written: string[] = [];
  for (const design of designs) if (await put(join(folder, design.path), design.content)) written.push(design.path);
  for (const design of designs.filter((one) => one.kind === 'process')) {
    const path = `processes/${design.id}/README.md`;
    if ((await textOf(join(folder, path))) !== undefined) continue;
    await put(join(folder, path), await readmeOf(design.id, design.content));
    written.push(path);
  }
  return { files: designs.length, written };
}

async function put(path: string, content: string): Promise<boolean> {
  if ((await textOf(path)) === content) return false;
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
  return true;
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** What a process is, in its own words. */
async function readmeOf(id: string, xml: string): Promise<string> {
  const { processes } = await readDiagram(xml);
  const process = processes.find((one) => one.id === id) ?? processes[0];
  return [`# ${process?.name ?? id}`, process?.documentation ?? '', '']
    .filter((line, index) => line || index === 2)
    .join('\n\n');
}
