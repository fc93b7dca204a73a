import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { invalid } from '../../kernel/errors.ts';

const values = z.record(z.string(), z.unknown());
const at = z.iso.datetime({ offset: true });

/** What a person does in a trial, or what time does until `at` (an instant, ISO 8601 with offset). */
const step = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('register'), at, orgCode: z.string(), department: z.string().optional(), values }),
  /** Starts a process that no demand starts, with these variables. */
  z.strictObject({ do: z.literal('start'), at, variables: values }),
  /** Completes the open task of this element; of a department where several have one. */
  z.strictObject({ do: z.literal('complete'), at, element: z.string(), department: z.string().optional(), values }),
  /** Something a person does about the demand that is no task: `extensions`, `returns`, `deferrals`. */
  z.strictObject({ do: z.literal('act'), at, action: z.string().regex(/^[a-z-]+(\/[a-z-]+)?$/), values }),
  /** Time passes; whatever falls due meanwhile happens. */
  z.strictObject({ do: z.literal('wait'), at }),
]);

const scenario = z.strictObject({
  /** Also a file's name. */
  name: z
    .string()
    .trim()
    .min(1)
    .max(60)
    .regex(/^[^/\\:*?"<>|\p{Cc}]+$/u),
  process: z.string(),
  /** Where the clock begins. */
  start: at,
  steps: z.array(step).min(1).max(300),
  /** How things stand after the last step. */
  expect: z.strictObject({
    /** By process: elements in the order they were first entered, gateways left out. */
    path: z.record(z.string(), z.array(z.string())),
    /** Elements of the open tasks, in alphabetical order. */
    open: z.array(z.string()),
    /** Of the demand; null where there is none. */
    status: z.string().nullable(),
    clocks: z.array(z.strictObject({ kind: z.string(), dueDate: z.string(), status: z.string() })),
    decisions: z.array(z.strictObject({ ruleSet: z.string(), outcome: values })),
    /** Elements that stand still with an incident. */
    incidents: z.array(z.string()),
  }),
});

export type ScenarioStep = z.infer<typeof step>;
/** A recorded trial: what was done and how things stood afterwards. File: `processes/<id>/scenarios/<name>.json`. */
export type Scenario = z.infer<typeof scenario>;
export type Standing = Scenario['expect'];

/** Reads a scenario; a wrong one is refused with the place and the reason of everything that is wrong. */
export function parseScenario(text: string, file = '场景'): Scenario {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (error) {
    throw invalid(`${file} 不是有效的 JSON：${(error as Error).message}`, [
      { pointer: '', message: '不是有效的 JSON。' },
    ]);
  }
  const read = scenario.safeParse(data);
  if (read.success) return read.data;
  const problems = read.error.issues.map((issue) => ({
    pointer: issue.path.map((part) => `/${String(part)}`).join(''),
    message: issue.code === 'unrecognized_keys' ? `没有“${issue.keys.join('、')}”这一项。` : '写法不对或缺少内容。',
  }));
  throw invalid(
    `${file} 不是有效的场景：${problems.map((problem) => `${problem.pointer || '文件'} ${problem.message}`).join('；')}`,
    problems,
  );
}

/** How a scenario is named among the designs of a release: neither half can hold a colon. */
export const scenarioKey = (processId: string, name: string): string => `${processId}:${name}`;

/** The two halves of such a name. */
export function readScenarioKey(key: string): { processId: string; name: string } {
  const at = key.indexOf(':');
  return { processId: key.slice(0, Math.max(at, 0)), name: key.slice(at + 1) };
}

export const scenarioText = (item: Scenario): string => `${JSON.stringify(item, null, 2)}\n`;

export interface ScenarioFile {
  processId: string;
  name: string;
  content: string;
}

/** A scenario as a file: its name is the file's, its process the folder's. */
export function scenarioIn(processId: string, file: string, content: string): Scenario {
  const path = `processes/${processId}/scenarios/${file}`;
  const read = parseScenario(content, path);
  if (`${read.name}.json` !== file)
    throw invalid(`${path} 里的名称是“${read.name}”，文件名应当是 ${read.name}.json。`, [
      { pointer: '/name', message: '名称与文件名不同。' },
    ]);
  if (read.process !== processId)
    throw invalid(`${path} 里的流程是“${read.process}”，应当是“${processId}”。`, [
      { pointer: '/process', message: '流程与文件夹不同。' },
    ]);
  return read;
}

/** Scenarios of a folder of processes, in the order of their names. */
export async function loadScenarioFiles(folder: string): Promise<ScenarioFile[]> {
  const files: ScenarioFile[] = [];
  for (const processId of (await readdir(folder)).sort()) {
    const own = join(folder, processId, 'scenarios');
    const names = await readdir(own).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return [];
      throw error;
    });
    for (const name of names.filter((one) => one.endsWith('.json')).sort()) {
      const content = await readFile(join(own, name), 'utf8');
      files.push({ processId, name: scenarioIn(processId, name, content).name, content });
    }
  }
  return files;
}
