import { isDomainError } from '../../kernel/errors.ts';
import { checkExamples, parseRuleFile, runExamples } from '../../modules/rules/index.ts';
import { readDesignFolder } from './read-folder.ts';

export interface ExamplesResult {
  ruleSet: string;
  examples: { name: string; passed: boolean; wrong: readonly string[] }[];
  /** What keeps the file from being run at all, or an example from being one; with its place. */
  problems: { place: string; message: string }[];
}

/** Runs the examples of every rule set of a folder; nothing but the files is looked at. */
export async function testFolder(folder: string): Promise<{ ok: boolean; ruleSets: ExamplesResult[] }> {
  const { files } = await readDesignFolder(folder);
  const ruleSets = files
    .filter((file) => file.kind === 'rules')
    .map((file) => {
      const examples = files.find((one) => one.kind === 'examples' && one.id === file.id);
      return resultOf(file, examples?.content);
    });
  const ok = ruleSets.every(
    (result) => result.problems.length === 0 && result.examples.every((example) => example.passed),
  );
  return { ok, ruleSets };
}

function resultOf(file: { id: string; path: string; content: string }, text: string | undefined): ExamplesResult {
  const result: ExamplesResult = { ruleSet: file.id, examples: [], problems: [] };
  try {
    const { ruleSet } = parseRuleFile(`${file.id}.rules.json`, file.content);
    const examples: unknown = text === undefined ? [] : JSON.parse(text);
    result.examples = runExamples(ruleSet, examples).map(({ name, passed, wrong }) => ({ name, passed, wrong }));
    // An example that fails is told of above; one that is none is told of here.
    const failed = result.examples.some((example) => !example.passed);
    result.problems = checkExamples(ruleSet, examples)
      .filter(({ pointer }) => !failed || !pointer.includes('/expect/'))
      .map(({ pointer, message }) => ({ place: `${file.id}.examples.json ${pointer}`.trim(), message }));
  } catch (error) {
    if (isDomainError(error))
      result.problems = error.problems.map(({ pointer, message }) => ({
        place: `${file.path} ${pointer}`.trim(),
        message,
      }));
    else if (error instanceof SyntaxError)
      result.problems = [{ place: `${file.id}.examples.json`, message: `不是有效的 JSON：${error.message}` }];
    else throw error;
  }
  return result;
}

/** The same for people: failures one by one, then the sum. */
export function testLines({ ruleSets }: { ruleSets: readonly ExamplesResult[] }): string[] {
  const failures = ruleSets.flatMap((result) => [
    ...result.problems.map(({ place, message }) => `✗ ${place} ${message}`),
    ...result.examples
      .filter((example) => !example.passed)
      .map((example) => `✗ ${result.ruleSet} “${example.name}”：${example.wrong.join('；')}`),
  ]);
  const all = ruleSets.flatMap((result) => result.examples);
  const passed = all.filter((example) => example.passed).length;
  return [
    ...failures,
    `${ruleSets.length} 个规则集，${all.length} 个示例：${passed} 个成立，${all.length - passed} 个不成立。`,
  ];
}
