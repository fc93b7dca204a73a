import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { Sql } from '../../db/sql.ts';
import type { Actor } from '../../kernel/actor.ts';
import { conflict, invalid, notFound } from '../../kernel/errors.ts';
import { appendEvent } from '../history/index.ts';
import { diagramOf, listProcessVersions } from './catalogue.ts';
import { contentHash } from './read-diagram.ts';

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

interface By {
  actor: Actor;
  now: Date;
}

/** Stores the program's own scenarios: those that are not there, and newer texts of those no administrator has touched. */
export async function seedScenarios(sql: Sql, files: readonly ScenarioFile[], by: By): Promise<void> {
  for (const file of files)
    await sql.query(
      `insert into scenario (process_id, name, content, hash, saved_at, saved_by) values ($1, $2, $3, $4, $5, $6)
       on conflict (process_id, name) do update set content = excluded.content, hash = excluded.hash, saved_at = excluded.saved_at
       where scenario.saved_by = excluded.saved_by and scenario.hash <> excluded.hash and not scenario.dropped`,
      [file.processId, file.name, file.content, contentHash(file.content), by.now.toISOString(), by.actor.login],
    );
}

export interface StoredScenario {
  processId: string;
  name: string;
  content: string;
  savedAt: Date;
  savedBy: string;
}

/** All scenarios, or those of one process, by their names. */
export async function listScenarios(sql: Sql, processId?: string): Promise<StoredScenario[]> {
  const rows = await sql.query<any>(
    `select process_id, name, content, saved_at, saved_by from scenario
     where not dropped and ($1::text is null or process_id = $1) order by process_id, name`,
    [processId ?? null],
  );
  return rows.map((row) => ({
    processId: row.process_id,
    name: row.name,
    content: row.content,
    savedAt: new Date(row.saved_at),
    savedBy: row.saved_by,
  }));
}

/** Keeps a scenario. One of the same name is replaced only when that was said. */
export async function saveScenario(sql: Sql, item: Scenario, options: { replace: boolean }, by: By): Promise<void> {
  const content = scenarioText(parseScenario(scenarioText(item)));
  const saved = await sql.query(
    `insert into scenario (process_id, name, content, hash, saved_at, saved_by) values ($1, $2, $3, $4, $5, $6)
     on conflict (process_id, name) do update set content = excluded.content, hash = excluded.hash, saved_at = excluded.saved_at,
       saved_by = excluded.saved_by, dropped = false where scenario.dropped or $7 returning 1`,
    [item.process, item.name, content, contentHash(content), by.now.toISOString(), by.actor.login, options.replace],
  );
  if (saved.length === 0)
    throw conflict(`已经有一个叫“${item.name}”的场景。换一个名称，或勾选“替换同名场景”。`, {
      reason: 'scenario-exists',
    });
  await note(sql, item.process, 'scenario.saved', { name: item.name, hash: contentHash(content) }, by);
}

/** Takes a scenario out of use, with the reason on record. */
export async function dropScenario(sql: Sql, processId: string, name: string, reason: string, by: By): Promise<void> {
  if (!reason.trim())
    throw invalid('请写明为什么删除这个场景。', [{ pointer: '/reason', message: '理由还没有填写。' }]);
  const dropped = await sql.query(
    'update scenario set dropped = true where process_id = $1 and name = $2 and not dropped returning 1',
    [processId, name],
  );
  if (dropped.length === 0) throw notFound(`没有叫“${name}”的场景，可能刚被别人删除。`);
  await note(sql, processId, 'scenario.dropped', { name, reason: reason.trim() }, by);
}

const note = (sql: Sql, processId: string, type: string, payload: Record<string, unknown>, by: By) =>
  appendEvent(sql, {
    subjectType: 'process',
    subjectId: processId,
    type,
    occurredAt: by.now,
    actor: by.actor,
    payload,
  });

/** Which processes use a form, by what is in force. */
export async function processesUsing(sql: Sql): Promise<(formId: string) => string[]> {
  const uses = new Map<string, string[]>();
  for (const processId of new Set((await listProcessVersions(sql)).map((version) => version.processId)))
    for (const { formId } of (await diagramOf(sql, processId)).elements)
      if (formId) uses.set(formId, [...(uses.get(formId) ?? []), processId]);
  return (formId) => uses.get(formId) ?? [];
}
