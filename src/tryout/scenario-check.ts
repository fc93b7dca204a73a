import type { Sql } from '../db/sql.ts';
import { conflict, notFound } from '../kernel/errors.ts';
import {
  type Check,
  type CheckFinding,
  checkOf,
  diagramOf,
  differencesOf,
  type ElementNames,
  listProcessVersions,
  listScenarios,
  parseScenario,
  processesUsing,
  type Release,
  readDiagram,
  readScenarioKey,
  type ScenarioVersion,
  scenarioKey,
  scenariosChangedByHand,
  scenarioText,
} from '../modules/processes/index.ts';
import { type Designs, designsFrom } from './designs.ts';
import { runScenarios, type ScenarioAsked, type ScenarioResult, standingAfter, touchedBy } from './run-scenarios.ts';
import type { OpenTrial } from './trial-house.ts';

/** So many differences of one scenario are told; the rest are counted. */
const TOLD = 8;

/**
 * The gate's 场景: recorded trials that may go another way with what is to be published are replayed with it. One that comes out otherwise
 * keeps the release back, unless the release itself says what is expected from now on.
 */
export const scenarioCheck =
  (open: OpenTrial) =>
  async (release: Release, { sql }: { sql: Sql }): Promise<Check | undefined> => {
    const designs = designsFrom(release.items);
    const renewed = release.items.filter((item) => item.kind === 'scenario');
    if (designs.processes.size + designs.ruleSets.size + designs.forms.size + renewed.length === 0) return undefined;
    const usedBy = await processesUsing(sql);
    const stored = await scenariosOf(sql, release);
    const touched = touchedBy(designs, stored, usedBy);
    const replayed = stored.filter((item) => touched.includes(item) || isRenewed(release, item));
    const byHand = touchedBy(designs, await scenariosChangedByHand(sql), usedBy).filter(
      (item) => !isRenewed(release, item),
    );
    if (replayed.length + byHand.length === 0) return checkOf('scenarios', '场景', '没有场景走到这些设计', []);
    const results = await runScenarios(open, designs, replayed, await namesWith(sql, designs));
    const failed = results.filter((result) => !result.passed);
    const more = renewed.length > 0 ? `；其中 ${renewed.length} 个按这张发布单里的新期望` : '';
    const [first] = [...replayed, ...byHand];
    return checkOf(
      'scenarios',
      '场景',
      `重放 ${results.length} 个，与期望相同 ${results.length - failed.length} 个${more}`,
      [...failed.map(findingOf), ...byHand.map(findingByHand)],
      `/processes/${first!.processId}/try#scenarios`,
    );
  };

const isRenewed = (release: Release, item: Pick<ScenarioAsked, 'processId' | 'name'>): boolean =>
  release.items.some((one) => one.kind === 'scenario' && one.id === scenarioKey(item.processId, item.name));

/** Scenarios as they would be with the release: what it brings stands in place of what is kept. */
async function scenariosOf(sql: Sql, release: Release): Promise<ScenarioAsked[]> {
  const kept = await listScenarios(sql);
  const brought = release.items
    .filter((item) => item.kind === 'scenario')
    .map((item): ScenarioAsked => ({ ...readScenarioKey(item.id), content: item.content }));
  return [...kept.filter((item) => !isRenewed(release, item)), ...brought];
}

const findingOf = (result: ScenarioResult): CheckFinding => ({
  severity: 'error',
  where: result.name,
  what: [
    ...result.differences.slice(0, TOLD),
    ...(result.differences.length > TOLD ? [`另有 ${result.differences.length - TOLD} 处不同。`] : []),
  ].join(''),
  why: '发布以后，同样的件会走成这样',
  mend: result.walked
    ? '不该这样的，改草稿；本来就要这样的，写明理由，点“更新期望”'
    : '步骤走不下去了：不该这样的，改草稿；本来就要这样的，在“试运行”里带上草稿重新录一遍',
  href: `/processes/${result.processId}/try#scenarios`,
  ...(result.walked ? { scenario: scenarioKey(result.processId, result.name) } : {}),
});

const findingByHand = (item: ScenarioVersion): CheckFinding => ({
  severity: 'warning',
  where: item.name,
  what: item.dropped ? '在用的版本启用以后，这个场景被删除了' : '在用的版本启用以后，这个场景在试运行里重新录过',
  why: '这处改动没有经过第二人复核',
  mend: '请核对，写明为什么可以接受',
  href: `/processes/${item.processId}/try#scenarios`,
});

/**
 * A scenario with what comes out now as what is expected: its steps stay, the release's designs stand in place of what is in force. Also
 * says in words what that changes. Refused when a step cannot be done any more.
 */
export async function expectationNow(
  open: OpenTrial,
  release: Release,
  key: string,
  sql: Sql,
): Promise<{ content: string; differences: string[] }> {
  const { processId, name } = readScenarioKey(key);
  const kept = (await listScenarios(sql, processId)).find((item) => item.name === name);
  if (!kept) throw notFound(`没有叫“${name}”的场景，可能刚被别人删除。请重新检查。`);
  const designs = designsFrom(release.items);
  const names = await namesWith(sql, designs);
  const { standing, problem } = await standingAfter(open, designs, kept, names);
  if (!standing)
    throw conflict(`“${name}”的期望没有更新：${problem} 请在“试运行”里带上草稿重新录这个场景。`, {
      reason: 'scenario-not-walked',
    });
  const before = parseScenario(kept.content, name);
  const differences = differencesOf(before.expect, standing, names);
  return {
    // What is as it was keeps its text to the byte.
    content: differences.length === 0 ? kept.content : scenarioText({ ...before, expect: standing }),
    differences,
  };
}

/** Names of elements for sentences, of what is in force; an element that is new is told by its id. */
export async function elementNames(sql: Sql): Promise<ElementNames> {
  const names = new Map<string, string>();
  for (const processId of new Set((await listProcessVersions(sql)).map((version) => version.processId)))
    for (const element of (await diagramOf(sql, processId)).elements) {
      names.set(`${processId} ${element.id}`, element.name);
      if (!names.has(element.id)) names.set(element.id, element.name);
    }
  return (processId, elementId) => names.get(`${processId} ${elementId}`) ?? names.get(elementId) ?? elementId;
}

/** The same with the diagrams of a release in front: a step that is new there has its name. */
export async function namesWith(sql: Sql, designs: Designs): Promise<ElementNames> {
  const inForce = await elementNames(sql);
  const fresh = new Map<string, string>();
  for (const [processId, xml] of designs.processes) {
    const diagram = await readDiagram(xml).catch(() => undefined);
    for (const element of diagram?.elements ?? [])
      if (element.name) fresh.set(`${processId} ${element.id}`, element.name);
  }
  return (processId, elementId) => fresh.get(`${processId} ${elementId}`) ?? inForce(processId, elementId);
}
