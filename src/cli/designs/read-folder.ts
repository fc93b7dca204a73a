import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { notFound } from '../../kernel/errors.ts';
import { designText } from '../../modules/processes/index.ts';

/** A design as a file of a folder: where it lies, what it is, its text. */
export interface DesignFile {
  kind: 'process' | 'rules' | 'form' | 'examples' | 'scenario';
  id: string;
  /** Process a form or scenario belongs to. */
  processId: string | null;
  /** Path in the folder, with forward slashes. */
  path: string;
  content: string;
}

const PATTERNS: readonly [DesignFile['kind'], RegExp][] = [
  ['process', /^processes\/([\w.-]+)\/([\w.-]+)\.bpmn$/],
  ['form', /^processes\/([\w.-]+)\/forms\/([\w.-]+)\.form$/],
  ['scenario', /^processes\/([\w.-]+)\/scenarios\/(.+)\.json$/],
  ['rules', /^(rules)\/([\w.-]+)\.rules\.json$/],
  ['examples', /^(rules)\/([\w.-]+)\.examples\.json$/],
];

/**
 * Reads `processes/` and `rules/` of a folder as `export` writes them. `strange` are files with an ending of ours in a place where
 * nobody would look for them: they are named, never passed over in silence.
 */
export async function readDesignFolder(folder: string): Promise<{ files: DesignFile[]; strange: string[] }> {
  const paths = [...(await pathsIn(folder, 'processes')), ...(await pathsIn(folder, 'rules'))].sort();
  const files: DesignFile[] = [];
  const strange: string[] = [];
  for (const path of paths) {
    const [kind, pattern] = PATTERNS.find(([, one]) => one.test(path)) ?? [];
    const [, owner, id] = pattern?.exec(path) ?? [];
    if (!kind || !id || (kind === 'process' && owner !== id)) {
      if (/\.(bpmn|form|json)$/.test(path)) strange.push(path);
      continue;
    }
    const processId = kind === 'form' || kind === 'scenario' ? owner! : null;
    files.push({ kind, id, processId, path, content: designText(await readFile(join(folder, path)), path) });
  }
  if (files.length === 0 && strange.length === 0)
    throw notFound(`${folder} 里没有 processes/ 或 rules/ 的文件。请写明用 export 导出的文件夹。`);
  return { files, strange };
}

async function pathsIn(folder: string, part: string): Promise<string[]> {
  try {
    const entries = await readdir(join(folder, part), { withFileTypes: true, recursive: true });
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll('\\', '/'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
