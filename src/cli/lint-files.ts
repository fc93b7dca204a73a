import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { checkDiagram } from '../compose.ts';
import { isDomainError } from '../kernel/errors.ts';
import { lintForm } from '../modules/forms/index.ts';
import { lintDiagramAlone } from '../modules/processes/index.ts';
import { lintRuleSet } from '../modules/rules/index.ts';
import { readDesignFolder } from './designs/read-folder.ts';
import { readNamed, readNamedJson } from './read-file.ts';

export interface LintFinding {
  /** Element or JSON pointer. */
  place: string;
  message: string;
  severity: 'error' | 'warning';
}

export interface LintedFile {
  file: string;
  findings: LintFinding[];
}

/** Checks .bpmn, .form and .rules.json files, and folders of them, as publishing would without an organisation around. */
export async function lintFiles(names: readonly string[]): Promise<{ ok: boolean; files: LintedFile[] }> {
  const files: LintedFile[] = [];
  for (const name of names) {
    const folder = await stat(name).then(
      (found) => found.isDirectory(),
      () => false,
    );
    for (const file of folder ? await filesOf(name) : [name]) files.push({ file, findings: await findingsOf(file) });
  }
  return { ok: files.every(({ findings }) => findings.length === 0), files };
}

/** Every finding on its own line. */
export const lintLines = ({ files }: { files: readonly LintedFile[] }): { good: string[]; bad: string[] } => ({
  good: files.filter(({ findings }) => findings.length === 0).map(({ file }) => `${basename(file)} 没有问题`),
  bad: files.flatMap(({ file, findings }) =>
    findings.map(({ place, message }) => `${basename(file)} ${place ? `${place} ` : ''}${message}`),
  ),
});

async function filesOf(folder: string): Promise<string[]> {
  const { files, strange } = await readDesignFolder(folder);
  const linted = files.filter(({ kind }) => ['process', 'form', 'rules'].includes(kind)).map(({ path }) => path);
  return [...linted, ...strange].map((path) => join(folder, path));
}

async function findingsOf(file: string): Promise<LintFinding[]> {
  const wrong = (place: string, message: string): LintFinding => ({ place, message, severity: 'error' });
  const lint = file.endsWith('.form') ? lintForm : file.endsWith('.rules.json') ? lintRuleSet : undefined;
  if (!lint && !file.endsWith('.bpmn'))
    return [wrong('', '不认识这种文件，或它不在该在的地方；可检查 .bpmn、.form、.rules.json。')];
  try {
    if (!lint) return await diagramFindings(file);
    return lint(await readNamedJson(file)).map((problem) => ({
      place: problem.pointer,
      message: problem.message,
      severity: 'severity' in problem && problem.severity === 'warning' ? 'warning' : 'error',
    }));
  } catch (error) {
    // The line begins with the name of the file already.
    if (isDomainError(error) && error.code === 'Invalid')
      return [wrong('', error.message.replace(`${basename(file)} `, ''))];
    throw error;
  }
}

/** What the page would say of the drawing and of the engines; what leans on an organisation is asked at the gate. */
async function diagramFindings(file: string): Promise<LintFinding[]> {
  const findings = await lintDiagramAlone(basename(file), await readNamed(file), checkDiagram);
  return findings
    .filter((finding) => finding.severity === 'error')
    .map(({ place, what, mend }) => ({
      place,
      message: `${what.replace(/。$/, '')}。${mend === '按说明改正' ? '' : `怎样改：${mend}。`}`,
      severity: 'error',
    }));
}
