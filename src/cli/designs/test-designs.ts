import { isDomainError } from '../../kernel/errors.ts';
import { readDiagram, scenarioIn } from '../../modules/processes/index.ts';
import { checkExamples, parseRuleFile, runExamples } from '../../modules/rules/index.ts';
import { designsFrom, type OpenTrial, runScenarios, type ScenarioResult } from '../../tryout/index.ts';
import { type DesignFile, readDesignFolder } from './read-folder.ts';

export interface ExamplesResult {
  ruleSet: string;
  examples: { name: string; passed: boolean; wrong: readonly string[] }[];
  /** What keeps the file from being run at all, or an example from being one; with its place. */
  problems: { place: string; message: string }[];
}

/** Runs the examples of every rule set of a folder; nothing but the files is looked at. With `open` its scenarios are replayed as well. */
export async function testFolder(
  folder: string,
  open?: OpenTrial,
): Promise<{ ok: boolean; ruleSets: ExamplesResult[]; scenarios: ScenarioResult[] }> {
  const { files } = await readDesignFolder(folder);
  const scenarios = open ? await replay(open, files) : [];
  const ruleSets = files
    .filter((file) => file.kind === 'rules')
    .map((file) => {
      const examples = files.find((one) => one.kind === 'examples' && one.id === file.id);
      return resultOf(file, examples?.content);
    });
  const ok =
    ruleSets.every((result) => result.problems.length === 0 && result.examples.every((example) => example.passed)) &&
    scenarios.every((scenario) => scenario.passed);
  return { ok, ruleSets, scenarios };
}

/** Scenarios of the folder with the diagrams, forms and rules of the folder. */
async function replay(open: OpenTrial, files: readonly DesignFile[]): Promise<ScenarioResult[]> {
  const of = (kind: DesignFile['kind']) => files.filter((file) => file.kind === kind);
  const names = new Map<string, string>();
  for (const file of of('process'))
    for (const element of (await readDiagram(file.content)).elements) names.set(element.id, element.name);
  return runScenarios(
    open,
    designsFrom(files),
    of('scenario').map((file) => ({
      processId: file.processId!,
      name: scenarioIn(file.processId!, `${file.id}.json`, file.content).name,
      content: file.content,
    })),
    (_process, element) => names.get(element) ?? element,
  );
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
export function testLines({
  ruleSets,
  scenarios,
}: {
  ruleSets: readonly ExamplesResult[];
  scenarios: readonly ScenarioResult[];
}): string[] {
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
    ...scenarios.filter((item) => !item.passed).map((item) => `✗ 场景“${item.name}”：${item.difference}`),
    ...(scenarios.length > 0
      ? [`${scenarios.length} 个场景：${scenarios.filter((item) => item.passed).length} 个与记录相同。`]
      : []),
    `${ruleSets.length} 个规则集，${all.length} 个示例：${passed} 个成立，${all.length - passed} 个不成立。`,
  ];
}
