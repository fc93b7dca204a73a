import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { invalid, notFound } from '../kernel/errors.ts';
import { designText } from '../modules/processes/index.ts';
import { readJson } from '../modules/rules/index.ts';

/** The text of a file the operator has named. */
export async function readNamed(file: string): Promise<string> {
  try {
    return designText(await readFile(file), basename(file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') throw notFound(`没有文件 ${file}。请核对路径。`);
    if (code === 'EISDIR') throw invalid(`${file} 是文件夹。请写明文件。`);
    if (code === 'EACCES') throw invalid(`没有读取 ${file} 的权限。`);
    throw error;
  }
}

/** The JSON of a file the operator has named. */
export async function readNamedJson(file: string): Promise<unknown> {
  const read = readJson(await readNamed(file));
  if (!('mistake' in read)) return read.value;
  const { line, column, message } = read.mistake;
  throw invalid(`${basename(file)} 不是有效的 JSON：第 ${line} 行第 ${column} 列：${message}`);
}
