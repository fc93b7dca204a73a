import { basename } from 'node:path';
import { checkDiagram } from '../compose.ts';
import { isDomainError } from '../kernel/errors.ts';
import { lintForm } from '../modules/forms/index.ts';
import { lintRuleSet } from '../modules/rules/index.ts';
import { readNamed, readNamedJson } from './read-file.ts';

interface Finding {
  /** Element or JSON pointer. */
  place: string;
  message: string;
}

/** Checks .bpmn, .form and .rules.json files as publishing would; every finding on its own line. Answers the exit code. */
export async function lintFiles(files: readonly string[]): Promise<number> {
  let findings = 0;
  for (const file of files) {
    const found = await findingsOf(file);
    findings += found.length;
    for (const { place, message } of found) console.error(`${basename(file)} ${place ? `${place} ` : ''}${message}`);
    if (found.length === 0) console.log(`${basename(file)} 没有问题`);
  }
  return findings === 0 ? 0 : 1;
}

async function findingsOf(file: string): Promise<Finding[]> {
  if (file.endsWith('.bpmn'))
    return (await checkDiagram(basename(file), await readNamed(file))).map((problem) => ({
      place: problem.elementId,
      message: problem.reason,
    }));
  const lint = file.endsWith('.form') ? lintForm : file.endsWith('.rules.json') ? lintRuleSet : undefined;
  if (!lint) return [{ place: '', message: '不认识这种文件；可检查 .bpmn、.form、.rules.json。' }];
  try {
    return lint(await readNamedJson(file)).map(({ pointer, message }) => ({ place: pointer, message }));
  } catch (error) {
    if (isDomainError(error) && error.code === 'Invalid') return [{ place: '', message: error.message }];
    throw error;
  }
}
