/**
 * `npm run test:flows`: walks the processes by their tests and tells which elements and sequence flows of which diagram nobody has passed.
 * With `-- --from FOLDER` it only adds up what an earlier run with FLOW_COVERAGE=FOLDER has left there. Ends with 1 when anything is missing.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BpmnModdle } from 'bpmn-moddle';
import type { WalkedPaths } from '../support/walked-paths.ts';

const ROOT = join(import.meta.dirname, '../..');
const { values: args } = parseArgs({ options: { from: { type: 'string' } } });

/** Every element and flow of a process that a token can pass, sub-processes included. */
interface Passable {
  processId: string;
  elements: Set<string>;
  flows: Set<string>;
}

async function readDiagrams(): Promise<Passable[]> {
  const found: Passable[] = [];
  for (const folder of readdirSync(join(ROOT, 'processes'))) {
    const xml = readFileSync(join(ROOT, 'processes', folder, `${folder}.bpmn`), 'utf8');
    const { rootElement } = (await new BpmnModdle().fromXML(xml)) as any;
    for (const root of rootElement.rootElements.filter((item: any) => item.$type === 'bpmn:Process')) {
      const passable: Passable = { processId: root.id, elements: new Set(), flows: new Set() };
      gather(root, passable);
      found.push(passable);
    }
  }
  return found;
}

function gather(scope: any, passable: Passable): void {
  for (const item of scope.flowElements ?? []) {
    if (item.$type === 'bpmn:SequenceFlow') passable.flows.add(item.id);
    else if (!/DataObject|DataStore/.test(item.$type)) passable.elements.add(item.id);
    if (item.flowElements) gather(item, passable);
  }
}

function readWalked(folder: string): Map<string, Set<string>> {
  const walked = new Map<string, Set<string>>();
  for (const file of readdirSync(folder))
    for (const [processId, ids] of Object.entries(
      JSON.parse(readFileSync(join(folder, file), 'utf8')) as WalkedPaths,
    )) {
      const known = walked.get(processId) ?? new Set<string>();
      for (const id of ids) known.add(id);
      walked.set(processId, known);
    }
  return walked;
}

const folder = args.from ?? mkdtempSync(join(tmpdir(), 'suying-flows-'));
if (!args.from) {
  const run = spawnSync('npm', ['test', '--silent', '--', 'tests/processes'], {
    cwd: ROOT,
    env: { ...process.env, FLOW_COVERAGE: folder },
    stdio: 'inherit',
  });
  if (run.status !== 0) process.exit(run.status ?? 1);
}
const walked = readWalked(folder);
if (!args.from) rmSync(folder, { recursive: true, force: true });

const share = (all: Set<string>, passed: Set<string>) =>
  `${[...all].filter((id) => passed.has(id)).length} / ${all.size}`;
const missing: string[] = [];
console.log('| 流程 | 走过的图元 | 走过的流向 |\n|---|---|---|');
for (const { processId, elements, flows } of await readDiagrams()) {
  const passed = walked.get(processId) ?? new Set<string>();
  console.log(`| ${processId} | ${share(elements, passed)} | ${share(flows, passed)} |`);
  for (const id of [...elements, ...flows]) if (!passed.has(id)) missing.push(`${processId}: ${id}`);
}
if (missing.length > 0) {
  console.log(`\n没有走过的 ${missing.length} 处：\n${missing.map((item) => `  ${item}`).join('\n')}`);
  process.exit(1);
}
